/* A screen: its name (in the tab too), what can be done on it, and itself. */
import { useEffect, type ReactNode } from 'react'
import { ChevronLeft } from 'lucide-react'
import { Link } from 'wouter'
import './Page.css'

interface Props {
  title: string
  lead?: ReactNode
  actions?: ReactNode
  back?: { to: string; name: string }
  children: ReactNode
}

export function Page({ title, lead, actions, back, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Voice agent`
  }, [title])
  return (
    <>
      <header className="page-head">
        <div className="grow">
          {back && (
            <Link href={back.to} className="page-back">
              <ChevronLeft size={14} aria-hidden /> {back.name}
            </Link>
          )}
          <h1>{title}</h1>
          {lead && <div className="quiet">{lead}</div>}
        </div>
        {actions && <div className="row">{actions}</div>}
      </header>
      <div className="page-body">{children}</div>
    </>
  )
}
