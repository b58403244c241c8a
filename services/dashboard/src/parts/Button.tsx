import type { ButtonHTMLAttributes, ReactNode } from 'react'
import type { LucideIcon } from 'lucide-react'
import { Link } from 'wouter'
import './Button.css'

type Look = 'plain' | 'primary' | 'danger' | 'bare'

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look
  icon?: LucideIcon
  busy?: boolean
  small?: boolean
  children?: ReactNode
}

const classOf = (look: Look, small?: boolean, only?: boolean) =>
  ['button', look, small && 'small', only && 'only-icon'].filter(Boolean).join(' ')

/* Without children it is an icon: then it needs an aria-label, which is also its tooltip. */
export function Button({ look = 'plain', icon: Icon, busy, small, children, className, disabled, ...rest }: Props) {
  return (
    <button
      type="button"
      title={children ? undefined : rest['aria-label']}
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={`${classOf(look, small, !children)} ${className ?? ''}`}
    >
      {Icon && <Icon size={small ? 14 : 16} aria-hidden />}
      {children && <span>{children}</span>}
    </button>
  )
}

interface LinkProps {
  to: string
  look?: Look
  icon?: LucideIcon
  small?: boolean
  children: ReactNode
}

export function ButtonLink({ to, look = 'plain', icon: Icon, small, children }: LinkProps) {
  return (
    <Link href={to} className={classOf(look, small)}>
      {Icon && <Icon size={small ? 14 : 16} aria-hidden />}
      <span>{children}</span>
    </Link>
  )
}
