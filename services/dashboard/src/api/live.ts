/* The calls that are on now, and what is said on them: kept from the events, for any screen to show. */
import { useSyncExternalStore } from 'react'
import { markStale } from './client'
import { useEvent } from './events'
import type { Call, Turn } from './types'

export interface LiveCall {
  call: Call
  turns: Turn[]
}

const OVER = new Set(['completed', 'failed', 'busy', 'no-answer', 'canceled'])
const STAYS_MS = 8000 /* a call that has ended is still shown for a moment */
const SETTLE_MS = 1500 /* summaries and figures follow a call's end */

export const isOver = (call: Call) => OVER.has(call.status)

let calls: LiveCall[] = []
const watchers = new Set<() => void>()

function set(next: LiveCall[]) {
  calls = next
  watchers.forEach((tell) => tell())
}

function put(call: Call) {
  const known = calls.find((live) => live.call.id === call.id)
  if (known) set(calls.map((live) => (live === known ? { ...live, call } : live)))
  else if (!isOver(call)) set([{ call, turns: [] }, ...calls])
  if (known && isOver(call)) window.setTimeout(() => set(calls.filter((live) => live.call.id !== call.id)), STAYS_MS)
}

function say(id: string, turns: Turn[]) {
  set(
    calls.map((live) => {
      if (live.call.id !== id) return live
      const fresh = new Map(live.turns.map((turn) => [turn.seq, turn]))
      for (const turn of turns) fresh.set(turn.seq, turn)
      return { ...live, turns: [...fresh.values()].sort((a, b) => a.seq - b.seq) }
    }),
  )
}

let settling: number | undefined

function settleSoon() {
  window.clearTimeout(settling)
  settling = window.setTimeout(() => void markStale('/agent/call-stats', '/agent/messages', '/agent/viewings', '/agent/calls/{call_id}'), SETTLE_MS)
}

/* Used once, by the shell. */
export function useLiveFeed() {
  useEvent('ready', ({ calls: now }) => set(now.map((call) => calls.find((live) => live.call.id === call.id) ?? { call, turns: [] })))
  useEvent('call.changed', ({ call }) => {
    put(call)
    settleSoon()
  })
  useEvent('call.spoke', ({ call_id, turns }) => say(call_id, turns))
  useEvent('batch.changed', () => void markStale('/agent/batches'))
}

export function useLiveCalls() {
  return useSyncExternalStore(
    (tell) => {
      watchers.add(tell)
      return () => watchers.delete(tell)
    },
    () => calls,
  )
}
