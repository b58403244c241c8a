/* A labelled control; what is wrong with it stands beside it and is told to screen readers. */
import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes } from 'react'
import './Field.css'

interface Around {
  label: ReactNode
  hint?: ReactNode
  error?: string
}

interface Wired {
  id: string
  'aria-describedby'?: string
  'aria-invalid'?: boolean
}

export function Field({ label, hint, error, children }: Around & { children: (wired: Wired) => ReactNode }) {
  const id = useId()
  const about = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ')
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-describedby': about || undefined, 'aria-invalid': error ? true : undefined })}
      {error && (
        <p id={`${id}-error`} className="field-error">
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
    </div>
  )
}

export function TextField({ label, hint, error, ...input }: Around & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(wired) => <input className="input" {...input} {...wired} />}
    </Field>
  )
}

export function TextArea({ label, hint, error, ...input }: Around & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(wired) => <textarea className="input" {...input} {...wired} />}
    </Field>
  )
}

export function Select({ label, hint, error, ...input }: Around & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(wired) => <select className="input" {...input} {...wired} />}
    </Field>
  )
}

/* A yes or no that takes effect with its form. */
export function Check({ label, hint, ...input }: { label: ReactNode; hint?: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId()
  return (
    <div className="check">
      <input type="checkbox" id={id} aria-describedby={hint ? `${id}-hint` : undefined} {...input} />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint && (
          <p id={`${id}-hint`} className="field-hint">
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}
