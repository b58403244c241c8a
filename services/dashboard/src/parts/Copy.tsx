import { useState } from 'react'
import { Check, Copy as CopyIcon } from 'lucide-react'
import { Button } from './Button'

export function Copy({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    window.setTimeout(() => setCopied(false), 1500)
  }
  return <Button look="bare" small icon={copied ? Check : CopyIcon} aria-label={copied ? 'Copied' : `Copy ${what}`} onClick={() => void copy()} />
}
