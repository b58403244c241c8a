import type { ReactNode } from 'react'
import './Tabs.css'

interface Props<Name extends string> {
  label: string
  value: Name
  options: { value: Name; name: ReactNode }[]
  onChange: (value: Name) => void
}

/* One of a few, side by side. */
export function Tabs<Name extends string>({ label, value, options, onChange }: Props<Name>) {
  return (
    <div className="tabs" role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option.value} type="button" aria-pressed={option.value === value} onClick={() => onChange(option.value)}>
          {option.name}
        </button>
      ))}
    </div>
  )
}
