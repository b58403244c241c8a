/* A moment where the agent is; hovering tells it in UTC. */
import { createContext, useContext } from 'react'

type Form = 'short' | 'long' | 'time' | 'second' | 'day'

const FORMS: Record<Form, Intl.DateTimeFormatOptions> = {
  short: { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' },
  long: { weekday: 'short', year: 'numeric', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' },
  time: { hour: 'numeric', minute: '2-digit' },
  second: { hour: 'numeric', minute: '2-digit', second: '2-digit' },
  day: { weekday: 'short', month: 'short', day: 'numeric' },
}

const made = new Map<string, Intl.DateTimeFormat>()

function formatter(form: Form, timeZone: string) {
  const key = `${form} ${timeZone}`
  if (!made.has(key)) made.set(key, new Intl.DateTimeFormat(navigator.language, { ...FORMS[form], timeZone }))
  return made.get(key)!
}

/* Told once, by App: a list has a moment in every row. An admin has no zone of his own: the browser's. */
export const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone
export const Zone = createContext(HERE)
export const useZone = () => useContext(Zone)

export const timeText = (iso: string, zone: string, form: Form = 'short') => formatter(form, zone).format(new Date(iso))

export function Time({ at, form = 'short' }: { at: string | null | undefined; form?: Form }) {
  const zone = useZone()
  if (!at) return <span className="quiet">–</span>
  return (
    <time dateTime={at} title={`${at.slice(0, 19).replace('T', ' ')} UTC`} className="number">
      {timeText(at, zone, form)}
    </time>
  )
}
