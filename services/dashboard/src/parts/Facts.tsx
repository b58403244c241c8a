import type { ReactNode } from 'react'
import './Facts.css'

/* Names and values; what is null is left out. */
export function Facts({ of }: { of: [string, ReactNode | null | undefined][] }) {
  return (
    <dl className="facts">
      {of
        .filter(([, value]) => value !== null && value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}
