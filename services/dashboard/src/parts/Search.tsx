import { Search as Glass } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import './Search.css'

const WAIT_MS = 200

/* What is typed counts once the fingers rest. */
export function Search({ label, value, onChange }: { label: string; value: string | undefined; onChange: (text: string | undefined) => void }) {
  const [text, setText] = useState(value ?? '')
  const told = useRef(value ?? '')
  useEffect(() => {
    if ((value ?? '') !== told.current) setText((told.current = value ?? ''))
  }, [value])
  useEffect(() => {
    const timer = window.setTimeout(() => {
      if (text === told.current) return
      told.current = text
      onChange(text || undefined)
    }, WAIT_MS)
    return () => window.clearTimeout(timer)
  }, [text, onChange])
  return (
    <div className="search">
      <Glass size={16} aria-hidden />
      <input type="search" className="input" aria-label={label} placeholder={label} value={text} onChange={(event) => setText(event.target.value)} />
    </div>
  )
}
