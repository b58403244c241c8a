import { useId, type ReactNode } from 'react'
import './Card.css'

interface Props {
  title?: ReactNode
  aside?: ReactNode
  children: ReactNode
  flush?: boolean
}

export function Card({ title, aside, children, flush }: Props) {
  const id = useId()
  return (
    <section className={flush ? 'card flush' : 'card'} aria-labelledby={title ? id : undefined}>
      {title && (
        <header className="card-head">
          <h2 id={id}>{title}</h2>
          {aside}
        </header>
      )}
      {children}
    </section>
  )
}
