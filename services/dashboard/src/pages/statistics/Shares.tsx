import { number, percent } from '@/parts/format'
import './statistics.css'

/* Parts of a whole, the largest first. */
export function Shares({ of, name, total }: { of: Record<string, number>; name: (key: string) => string; total: number }) {
  const parts = Object.entries(of).sort(([, a], [, b]) => b - a)
  if (!parts.length) return <p className="quiet">Nothing yet.</p>
  return (
    <ul className="shares">
      {parts.map(([key, count]) => (
        <li key={key}>
          <span>{name(key)}</span>
          <span className="share-bar" aria-hidden>
            <span style={{ width: `${(count / total) * 100}%` }} />
          </span>
          <span className="number">{number(count)}</span>
          <span className="number quiet">{percent(count / total)}</span>
        </li>
      ))}
    </ul>
  )
}
