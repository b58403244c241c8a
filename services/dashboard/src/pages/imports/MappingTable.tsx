import type { ImportField } from './kinds'
import type { Mapping, Sheet } from './sheet'

const SAMPLES = 3

interface Props {
  sheet: Sheet
  fields: ImportField[]
  mapping: Mapping
  onChange: (mapping: Mapping) => void
}

/* Every column of the file with its first values, and what it becomes. */
export function MappingTable({ sheet, fields, mapping, onChange }: Props) {
  const set = (column: number, name: string) => onChange(mapping.map((old, i) => (i === column ? name : old === name ? '' : old)))
  return (
    <div className="mapping-box" tabIndex={0} role="region" aria-label="Columns of the file">
      <table className="mapping">
        <thead>
          <tr>
            {sheet.columns.map((column, i) => (
              <th key={i} scope="col">
                <span className="strong">{column}</span>
                <select className="input" aria-label={`${column} becomes`} value={mapping[i]} onChange={(event) => set(i, event.target.value)}>
                  <option value="">Leave out</option>
                  {fields.map((field) => (
                    <option key={field.name} value={field.name}>
                      {field.label}
                      {field.needed ? ' *' : ''}
                    </option>
                  ))}
                </select>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sheet.rows.slice(0, SAMPLES).map((row, r) => (
            <tr key={r}>
              {sheet.columns.map((_, i) => (
                <td key={i} className={mapping[i] ? undefined : 'left-out'}>
                  {row[i]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
