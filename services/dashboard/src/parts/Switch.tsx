import './Switch.css'

interface Props {
  on: boolean
  label: string
  busy?: boolean
  disabled?: boolean
  onChange: (on: boolean) => void
}

/* On or off, at once. */
export function Switch({ on, label, busy, disabled, onChange }: Props) {
  return (
    <button type="button" role="switch" aria-checked={on} aria-label={label} aria-busy={busy || undefined} disabled={busy || disabled} className="switch" onClick={() => onChange(!on)}>
      <span />
    </button>
  )
}
