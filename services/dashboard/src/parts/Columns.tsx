/*
 * Stacked columns, one per day or hour. Plain boxes, so that they take the page's colours in both schemes; a screen
 * reader gets the same figures as a table.
 *
 *   <Columns label="Calls by day" columns={days.map((d) => ({ key: d.date, name: d.date, parts: [
 *     { name: 'Completed', value: d.completed, tone: 'good' } ] }))} />
 */
import { number } from './format'
import './Columns.css'

export type ColumnTone = 'accent' | 'good' | 'bad' | 'warn' | 'info' | 'plain'

export interface ChartColumn {
  key: string
  name: string
  parts: { name: string; value: number; tone: ColumnTone }[]
}

interface Props {
  label: string
  columns: ChartColumn[]
  onPick?: (key: string) => void
}

const total = (column: ChartColumn) => column.parts.reduce((sum, part) => sum + part.value, 0)
const told = (column: ChartColumn) => `${column.name}: ${column.parts.map((part) => `${number(part.value)} ${part.name.toLowerCase()}`).join(', ')}`

/* 1, 2 or 5 times a power of ten: what the axis goes up to. */
function roundUp(n: number) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, n)))
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= n)!
}

export function Columns({ label, columns, onPick }: Props) {
  const top = roundUp(Math.max(1, ...columns.map(total)))
  const every = Math.ceil(columns.length / 8)
  const legend = columns[0]?.parts ?? []
  return (
    <figure className="columns">
      {legend.length > 1 && (
        <figcaption className="columns-legend" aria-hidden>
          {legend.map((part) => (
            <span key={part.name}>
              <i className={part.tone} /> {part.name}
            </span>
          ))}
        </figcaption>
      )}
      <div className="columns-plot" aria-hidden>
        <span className="columns-top number">{number(top)}</span>
        {columns.map((column) => (
          <div key={column.key} className={onPick ? 'column picks' : 'column'} title={told(column)} onClick={() => onPick?.(column.key)}>
            {column.parts.map((part) => (
              <i key={part.name} className={part.tone} style={{ height: `${(100 * part.value) / top}%` }} />
            ))}
          </div>
        ))}
      </div>
      <div className="columns-names" aria-hidden>
        {columns.map((column, i) => (
          <span key={column.key}>{i % every === 0 && <b>{column.name}</b>}</span>
        ))}
      </div>
      <table className="hidden">
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">{label}</th>
            {legend.map((part) => (
              <th scope="col" key={part.name}>
                {part.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {columns.map((column) => (
            <tr key={column.key}>
              <th scope="row">{column.name}</th>
              {column.parts.map((part) => (
                <td key={part.name}>{part.value}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  )
}
