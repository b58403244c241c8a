/* Numbers, durations and telephone numbers as people read them. */

const LOCALE = navigator.language

const plain = new Intl.NumberFormat(LOCALE)
export const number = (n: number) => plain.format(n)

const whole = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 0 })
export const percent = (share: number) => whole.format(share)

export const money = (amount: number, currency: string) =>
  new Intl.NumberFormat(LOCALE, { style: 'currency', currency, maximumFractionDigits: 0 }).format(amount)

export const plural = (n: number, one: string, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`

/* 0:07, 12:40, 1:02:03 */
export function clock(seconds: number) {
  const s = Math.max(0, Math.floor(seconds))
  const pad = (n: number) => String(n).padStart(2, '0')
  const hours = Math.floor(s / 3600)
  return `${hours ? `${hours}:${pad(Math.floor(s / 60) % 60)}` : Math.floor(s / 60)}:${pad(s % 60)}`
}

/* 45 s, 3 min, 2 h 10 min */
export function span(seconds: number) {
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`
}

export const milliseconds = (ms: number) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`)

/* +1 202 555 0101: only North America's are grouped; others keep their digits. */
export function phone(e164: string) {
  const na = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(e164)
  return na ? `+1 ${na[1]} ${na[2]} ${na[3]}` : e164
}

/* viewing_booked -> Viewing booked */
export function words(name: string) {
  const text = name.replaceAll(/[_-]/g, ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
