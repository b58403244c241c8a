/*
 * What happens, as it happens: one stream of events for the whole page. The browser comes back by itself with
 * Last-Event-ID; where the server says that too much was missed, or has ended the stream, everything is read anew.
 *
 *   useEvent('call.spoke', ({ call_id, turns }) => ...)
 */
import { useEffect, useEffectEvent, useSyncExternalStore } from 'react'
import { markStale } from './client'
import type { Call, CallStatus, Turn } from './types'

export interface Events {
  ready: { calls: Call[] }
  reset: object
  'call.changed': { status: CallStatus; call: Call }
  'call.spoke': { call_id: string; turns: Turn[] }
  'batch.changed': { batch_id: string }
  counters: { at: string; calls: number; inbound: number; outbound: number; by_status: Partial<Record<CallStatus, number>> }
}

const NAMES: (keyof Events)[] = ['ready', 'reset', 'call.changed', 'call.spoke', 'batch.changed', 'counters']
const AGAIN_MS = 3000

type Listener = (data: unknown) => void
const listeners = new Map<string, Set<Listener>>()
const watchers = new Set<() => void>()
let source: EventSource | null = null
let connected = false

function setConnected(is: boolean) {
  connected = is
  watchers.forEach((tell) => tell())
}

function tell(name: string, text: string) {
  const data: unknown = JSON.parse(text)
  listeners.get(name)?.forEach((listener) => listener(data))
}

function open(url: string) {
  const opened = new EventSource(url)
  source = opened
  opened.onopen = () => setConnected(true)
  opened.onerror = () => {
    setConnected(false)
    if (opened.readyState !== EventSource.CLOSED) return
    window.setTimeout(() => {
      if (source !== opened) return
      open(url)
      void markStale('/')
    }, AGAIN_MS)
  }
  for (const name of NAMES) opened.addEventListener(name, (event) => tell(name, (event as MessageEvent<string>).data))
  opened.addEventListener('reset', () => void markStale('/'))
}

/* Held open by the shell while somebody is signed in. */
export function useEventStream(url: string) {
  useEffect(() => {
    open(url)
    return () => {
      source?.close()
      source = null
      setConnected(false)
    }
  }, [url])
}

export function useEvent<Name extends keyof Events>(name: Name, handle: (data: Events[Name]) => void) {
  const latest = useEffectEvent((data: unknown) => handle(data as Events[Name]))
  useEffect(() => {
    const listener: Listener = (data) => latest(data)
    const set = listeners.get(name) ?? new Set()
    listeners.set(name, set.add(listener))
    return () => void set.delete(listener)
  }, [name])
}

export function useConnected() {
  return useSyncExternalStore(
    (tell) => {
      watchers.add(tell)
      return () => watchers.delete(tell)
    },
    () => connected,
  )
}
