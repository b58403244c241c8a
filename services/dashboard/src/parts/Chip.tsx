/* A filter that reads like a word: all of them, or one. The browser's own menu, so that it works everywhere. */
import { X } from 'lucide-react'
import { useId, type ReactNode } from 'react'
import './Chip.css'

interface Props {
  label: string
  value: string | undefined
  options: { value: string; name: string }[]
  onChange: (value: string | undefined) => void
}

export function Chip({ label, value, options, onChange }: Props) {
  const id = useId()
  return (
    <span className={value ? 'chip set' : 'chip'}>
      <label htmlFor={id} className="hidden">
        {label}
      </label>
      <select id={id} value={value ?? ''} onChange={(event) => onChange(event.target.value || undefined)}>
        <option value="">{label}</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.name}
          </option>
        ))}
      </select>
      {value && (
        <button type="button" aria-label={`Any ${label.toLowerCase()}`} onClick={() => onChange(undefined)}>
          <X size={14} aria-hidden />
        </button>
      )}
    </span>
  )
}

interface TextChipProps {
  label: string
  value: string | undefined
  type?: 'search' | 'date'
  onChange: (value: string | undefined) => void
}

export function TextChip({ label, value, type = 'search', onChange }: TextChipProps) {
  const id = useId()
  return (
    <span className={value ? 'chip set' : 'chip'}>
      <label htmlFor={id} className={type === 'date' ? 'chip-name' : 'hidden'}>
        {label}
      </label>
      <input id={id} type={type} placeholder={label} value={value ?? ''} onChange={(event) => onChange(event.target.value || undefined)} />
    </span>
  )
}

export function Chips({ children, onClear }: { children: ReactNode; onClear?: () => void }) {
  return (
    <div className="chips" role="group" aria-label="Filters">
      {children}
      {onClear && (
        <button type="button" className="chips-clear" onClick={onClear}>
          Clear filters
        </button>
      )}
    </div>
  )
}
