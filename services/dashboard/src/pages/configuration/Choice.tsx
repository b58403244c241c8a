/* One of a few, each with its words: radio buttons that look like cards. */
import { useId, type ReactNode } from 'react'

interface Props<Value extends string | number> {
  label: string
  value: Value
  options: { value: Value; name: string; about?: string; aside?: ReactNode }[]
  onChange: (value: Value) => void
}

export function Choice<Value extends string | number>({ label, value, options, onChange }: Props<Value>) {
  const id = useId()
  return (
    <fieldset className="choice">
      <legend>{label}</legend>
      <div className="choice-options">
        {options.map((option) => (
          <div key={option.value} className={option.value === value ? 'choice-option chosen' : 'choice-option'}>
            <label>
              <input type="radio" name={id} checked={option.value === value} onChange={() => onChange(option.value)} />
              <span>
                <span className="strong">{option.name}</span>
                {option.about && <span className="quiet small">{option.about}</span>}
              </span>
            </label>
            {option.aside}
          </div>
        ))}
      </div>
    </fieldset>
  )
}
