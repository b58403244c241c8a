/* Short news at the edge of the screen, read out by screen readers: toast('Saved'), toastError(error). */
import { useSyncExternalStore, type ReactNode } from 'react'
import { X } from 'lucide-react'
import { remedyFor, type ApiError } from '@/api/error'
import './toasts.css'

interface Toast {
  id: number
  bad: boolean
  text: ReactNode
}

const SHOWN_MS = 6000
let toasts: Toast[] = []
let next = 1
const listeners = new Set<() => void>()

function set(list: Toast[]) {
  toasts = list
  listeners.forEach((tell) => tell())
}

const drop = (id: number) => set(toasts.filter((toast) => toast.id !== id))

function add(text: ReactNode, bad: boolean) {
  const id = next++
  set([...toasts.slice(-3), { id, bad, text }])
  window.setTimeout(() => drop(id), bad ? 2 * SHOWN_MS : SHOWN_MS)
}

export const toast = (text: ReactNode) => add(text, false)

export const toastError = (error: ApiError) =>
  add([sentence(error.message), remedyFor(error)].filter(Boolean).join(' '), true)

/* An address or a model's name keeps its letters. */
export function sentence(text: string) {
  const first = /^[a-z’']+[ ,;.]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text
  return /[.!?]$/.test(first) ? first : `${first}.`
}

function subscribe(tell: () => void) {
  listeners.add(tell)
  return () => listeners.delete(tell)
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts)
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, bad, text }) => (
        <div key={id} className={bad ? 'toast bad' : 'toast'}>
          <span className="grow">{text}</span>
          <button type="button" aria-label="Dismiss" onClick={() => drop(id)}>
            <X size={16} aria-hidden />
          </button>
        </div>
      ))}
    </div>
  )
}
