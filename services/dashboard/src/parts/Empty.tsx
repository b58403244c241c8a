import type { ReactNode } from 'react'
import type { LucideIcon } from 'lucide-react'
import './Empty.css'

/* Nothing here: says why, and what to do next. */
export function Empty({ icon: Icon, title, children, action }: { icon?: LucideIcon; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      {Icon && (
        <span className="empty-icon">
          <Icon size={22} aria-hidden />
        </span>
      )}
      <p className="strong">{title}</p>
      {children && <div className="quiet">{children}</div>}
      {action && <div className="row">{action}</div>}
    </div>
  )
}
