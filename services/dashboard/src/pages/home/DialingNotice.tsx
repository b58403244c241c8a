import { OctagonPause } from 'lucide-react'
import { data, useChange } from '@/api/change'
import { api, http } from '@/api/client'
import { Button } from '@/parts/Button'
import { Time } from '@/parts/Time'

/* Outgoing calls are stopped: since when, why, and how they go on. */
export function DialingNotice() {
  const state = api.useQuery('get', '/agent/dialing')
  const start = useChange(() => data(http.POST('/agent/dialing/start')), { stale: ['/agent/dialing'], done: 'Calls may go out again' })
  if (!state.data?.stopped) return null
  const { by, reason, since } = state.data
  return (
    <div className="notice" role="status">
      <OctagonPause size={18} aria-hidden />
      <span className="grow">
        <strong>Outgoing calls are stopped</strong> since <Time at={since} /> {by === 'admin' ? 'by an admin, who can lift it' : 'by you'}
        {reason ? `: ${reason}` : '.'}
      </span>
      {by === 'agent' && (
        <Button small busy={start.isPending} onClick={() => start.mutate(undefined)}>
          Start calls again
        </Button>
      )}
    </div>
  )
}
