export const RANGES = [
  { name: 'Today', days: 0 },
  { name: 'Last 7 days', days: 6 },
  { name: 'Last 30 days', days: 29 },
]

/* The date so many days ago, where the agent is: 2026-01-31. */
export function daysBack(days: number, zone: string) {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  const today = new Date(`${parts.format(new Date())}T12:00:00Z`)
  return new Date(today.getTime() - days * 86_400_000).toISOString().slice(0, 10)
}
