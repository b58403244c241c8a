import { data, useChange } from '@/api/change'
import { http } from '@/api/client'

/* Places a call; sent twice by mistake, it rings once. */
export function useInitiate(onPlaced?: (callId: string) => void, shown = false) {
  return useChange((body: { contact_id?: string; phone_number?: string }, key) => data(http.POST('/agent/calls/initiate', { body, params: { header: { 'Idempotency-Key': key } } })), {
    stale: ['/agent/contacts'],
    done: 'The call is on its way',
    shown,
    onDone: (placed) => onPlaced?.(placed.call_id),
  })
}
