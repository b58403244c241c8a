import { useEffect, useState } from 'react'

/* The value, once it has rested for so long. */
export function useDebounced<Value>(value: Value, ms: number) {
  const [rested, setRested] = useState(value)
  useEffect(() => {
    const timer = window.setTimeout(() => setRested(value), ms)
    return () => window.clearTimeout(timer)
  }, [value, ms])
  return rested
}
