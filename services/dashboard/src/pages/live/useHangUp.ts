import { data, useChange } from '@/api/change'
import { http } from '@/api/client'

export function useHangUp() {
  return useChange((id: string) => data(http.POST('/agent/calls/{call_id}/hangup', { params: { path: { call_id: id } } })), { done: 'The call is being ended' })
}
