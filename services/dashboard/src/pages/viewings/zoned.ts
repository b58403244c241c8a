/* Between what a date field holds, "2026-12-01T10:00" at a place, and moments. */

function offsetMs(at: number, zone: string) {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }).formatToParts(at)
  const part = (type: string) => Number(parts.find((one) => one.type === type)!.value)
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - Math.floor(at / 1000) * 1000
}

/* The offset before and after a change of the clocks differs: look once, then at the moment that gives. */
export function momentOf(local: string, zone: string) {
  const wall = Date.parse(`${local}:00Z`)
  const first = wall - offsetMs(wall, zone)
  return new Date(wall - offsetMs(first, zone)).toISOString()
}
