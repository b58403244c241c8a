import type { ReactNode } from 'react'
import './Stat.css'

/* One figure with its name; what it means on hover; how it compares below. */
export function Stat({ name, about, children, below }: { name: string; about?: string; children: ReactNode; below?: ReactNode }) {
  return (
    <div className="stat" title={about}>
      <dt>{name}</dt>
      <dd>
        <span className="stat-value">{children}</span>
        {below && <span className="stat-below">{below}</span>}
      </dd>
    </div>
  )
}

export function Stats({ children }: { children: ReactNode }) {
  return <dl className="stats">{children}</dl>
}
