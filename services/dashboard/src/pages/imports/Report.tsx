import type { ImportReport } from '@/api/types'
import { number } from '@/parts/format'
import { Stat, Stats } from '@/parts/Stat'
import { sentence } from '@/parts/toasts'
import type { ImportField } from './kinds'
import type { Sheet } from './sheet'

/* What the server made of each row; the wrong ones with their reason, as the file has them. */
export function Report({ report, sheet, fields }: { report: ImportReport; sheet: Sheet; fields: ImportField[] }) {
  const labelOf = (name: string) => fields.find((field) => field.name === name)?.label ?? name
  return (
    <div className="stack">
      <Stats>
        <Stat name="New">{number(report.importable)}</Stat>
        <Stat name="There already" about="They stay as they are">
          {number(report.duplicates)}
        </Stat>
        <Stat name="Wrong">{number(report.errors_total)}</Stat>
      </Stats>
      {report.errors.length > 0 && (
        <div className="mapping-box" tabIndex={0} role="region" aria-label="Wrong rows">
          <table className="mapping">
            <thead>
              <tr>
                <th scope="col">Row</th>
                <th scope="col">What is wrong</th>
                <th scope="col">As it stands in the file</th>
              </tr>
            </thead>
            <tbody>
              {report.errors.map((error, i) => (
                <tr key={i}>
                  <td className="number">{error.row}</td>
                  <td className="wrong">
                    {error.field && <strong>{labelOf(error.field)}: </strong>}
                    {sentence(error.message)}
                  </td>
                  <td className="quiet">{sheet.rows[error.row - 2]?.join(', ')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}
