/* Everything about one call. */
import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import { data } from '@/api/change'
import { api, http, markStale } from '@/api/client'
import { useEvent } from '@/api/events'
import { ApiError } from '@/api/error'
import type { Transcript } from '@/api/types'
import { linesOf } from './lines'

/* null where the API says that there is none: no transcript, no recording. */
async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null
    throw error
  }
}

export function useCall(id: string) {
  const params = { path: { call_id: id } }
  const call = api.useQuery('get', '/agent/calls/{call_id}', { params })
  const turns = api.useQuery('get', '/agent/calls/{call_id}/turns', { params })
  const transcript = useQuery({
    queryKey: ['get', '/agent/calls/{call_id}/transcript', id],
    queryFn: () => orNull(data(http.GET('/agent/calls/{call_id}/transcript', { params: { ...params, query: { format: 'json' } } })) as Promise<Transcript>),
    enabled: Boolean(call.data?.has_transcript ?? call.data?.transcript),
  })
  const peaks = useQuery({
    queryKey: ['get', '/agent/calls/{call_id}/peaks', id],
    queryFn: () => orNull(data(http.GET('/agent/calls/{call_id}/peaks', { params }))),
    enabled: call.data?.recording?.state === 'ready',
    staleTime: Infinity,
  })
  useEvent('call.spoke', ({ call_id }) => void (call_id === id && markStale('/agent/calls/{call_id}/turns')))
  useEvent('call.changed', ({ call: changed }) => void (changed.id === id && markStale('/agent/calls/{call_id}')))
  const timed = transcript.data?.axis === 'recording' ? transcript.data : undefined
  const lines = useMemo(() => linesOf(turns.data?.items ?? [], timed), [turns.data, timed])
  return { call, turns, peaks, lines, seekable: Boolean(timed) && call.data?.recording?.state === 'ready' }
}

export async function recordingPath(id: string, format?: 'wav' | 'mp3') {
  const { recording_url } = await data(http.GET('/agent/calls/{call_id}/recording', { params: { path: { call_id: id }, query: { format } } }))
  const url = new URL(recording_url)
  return url.pathname + url.search
}
