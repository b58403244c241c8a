import type { ReactNode } from 'react'
import './Badge.css'

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'info' | 'accent'

export function Badge({ tone = 'plain', dot, title, children }: { tone?: Tone; dot?: boolean; title?: string; children: ReactNode }) {
  return (
    <span className={`badge ${tone}`} title={title}>
      {dot && <span className="badge-dot" aria-hidden />}
      {children}
    </span>
  )
}
