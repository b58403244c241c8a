/* Filters live in the address, so that a view can be kept, shared and gone back to. */
import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'wouter'

export function useFilters<Name extends string>(...names: Name[]) {
  const [params, setParams] = useSearchParams()
  const text = params.toString()
  const key = names.join()
  const values = useMemo(
    () => Object.fromEntries((key.split(',') as Name[]).map((name) => [name, params.get(name) || undefined])) as Record<Name, string | undefined>,
    [text, key],
  )
  const set = useCallback(
    (changes: Partial<Record<Name, string | undefined>>) =>
      setParams(
        (old) => {
          const next = new URLSearchParams(old)
          for (const [name, value] of Object.entries(changes) as [Name, string | undefined][])
            if (value) next.set(name, value)
            else next.delete(name)
          return next
        },
        { replace: true },
      ),
    [setParams],
  )
  const clear = useCallback(() => set(Object.fromEntries(key.split(',').map((name) => [name, undefined])) as Partial<Record<Name, undefined>>), [key, set])
  return { values, set, clear, any: Object.values(values).some(Boolean) }
}
