import { data, useChange } from '@/api/change'
import { http } from '@/api/client'

export const PENDING = { params: { query: { status: 'pending' as const } } }
const STALE = ['/admin/voice-agent-requests', '/admin/voice-agents', '/admin/agents', '/admin/phone-numbers']
const at = (id: string) => ({ params: { path: { request_id: id } } })

export function useApprove() {
  return useChange((id: string) => data(http.POST('/admin/voice-agent-requests/{request_id}/approve', at(id))), {
    stale: STALE,
    done: (made) => (made.phone_number ? `Approved: ${made.phone_number}` : 'Approved; the number is still being set up'),
  })
}

export function useReject(onDone: () => void) {
  return useChange(
    ({ id, reason }: { id: string; reason: string }) => data(http.POST('/admin/voice-agent-requests/{request_id}/reject', { ...at(id), body: { reason } })),
    { stale: STALE, done: 'Rejected; the agent sees the reason', onDone, shown: true },
  )
}

export function useRetry() {
  return useChange((id: string) => data(http.POST('/admin/voice-agent-requests/{request_id}/retry', at(id))), { stale: STALE, done: 'The set-up runs again' })
}
