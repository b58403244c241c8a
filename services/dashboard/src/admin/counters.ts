/* The calls that are on now, as figures: kept from the events for any screen. */
import { useSyncExternalStore } from 'react'
import type { Events } from '@/api/events'

type Counters = Events['counters']

let counters: Counters | null = null
const watchers = new Set<() => void>()

export function keepCounters(now: Counters) {
  counters = now
  watchers.forEach((tell) => tell())
}

export function useCounters() {
  return useSyncExternalStore(
    (tell) => {
      watchers.add(tell)
      return () => watchers.delete(tell)
    },
    () => counters,
  )
}
