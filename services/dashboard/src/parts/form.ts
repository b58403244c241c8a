/*
 * The values of a form, what of them was changed, and which field the API has refused.
 *
 *   const form = useForm({ name: '', phone_number: '' }, save.error)
 *   <TextField label="Name" {...form.field('name')} />
 */
import { useState, type ChangeEvent } from 'react'
import type { ApiError } from '@/api/error'
import { sentence } from './toasts'

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement

export function useForm<Values extends object>(initial: Values, refusal?: ApiError | null) {
  const [start, setStart] = useState(initial)
  const [values, setValues] = useState(initial)
  const set = (changes: Partial<Values>) => setValues((old) => ({ ...old, ...changes }))
  const changed = (Object.keys(values) as (keyof Values)[]).filter((name) => JSON.stringify(values[name]) !== JSON.stringify(start[name]))
  const errorOf = (name: keyof Values | string) =>
    refusal?.field && (refusal.field === name || refusal.field.endsWith(`.${String(name)}`)) ? sentence(refusal.message) : undefined
  return {
    values,
    set,
    changed,
    dirty: changed.length > 0,
    /* Only what was changed, as PATCH takes it. */
    changes: () => Object.fromEntries(changed.map((name) => [name, values[name]])) as Partial<Values>,
    reset: (to: Values = start) => {
      setStart(to)
      setValues(to)
    },
    errorOf,
    field: <Name extends keyof Values & string>(name: Name) => ({
      name,
      value: (values[name] ?? '') as string,
      error: errorOf(name),
      onChange: (event: ChangeEvent<Control>) => set({ [name]: event.target.value } as unknown as Partial<Values>),
    }),
    check: <Name extends keyof Values & string>(name: Name) => ({
      name,
      checked: Boolean(values[name]),
      onChange: (event: ChangeEvent<HTMLInputElement>) => set({ [name]: event.target.checked } as unknown as Partial<Values>),
    }),
    /* A refusal that belongs to none of these fields. */
    rest: (...names: string[]) => (refusal && !names.some((name) => errorOf(name)) ? refusal : null),
  }
}
