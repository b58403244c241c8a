/* An admin's side: counters instead of calls, no search for words. */
import { Link } from 'wouter'
import { api } from '@/api/client'
import { useEvent, useEventStream } from '@/api/events'
import { Routes } from '@/app/Routes'
import { Shell } from '@/app/Shell'
import { keepCounters } from './counters'
import { PENDING } from './requests/useRequests'
import { ADMIN_SCREENS } from './screens'
import './admin.css'

export function AdminHome() {
  useEventStream('/admin/events')
  useEvent('counters', keepCounters)
  const pending = api.useQuery('get', '/admin/voice-agent-requests', PENDING, { refetchInterval: 30_000 })
  return (
    <Shell screens={ADMIN_SCREENS} counts={{ '/requests': pending.data?.length ?? 0 }}>
      <Stopped />
      <Routes screens={ADMIN_SCREENS} />
    </Shell>
  )
}

/* Nobody must overlook that nothing is dialled. */
function Stopped() {
  const stops = api.useQuery('get', '/admin/dialing')
  const all = stops.data?.items.find((stop) => stop.agent_id === null)
  if (!all) return null
  return (
    <div className="stopped" role="alert">
      <strong>Dialing is stopped for everybody.</strong> {all.reason} <Link href="/dialing">See and lift it</Link>
    </div>
  )
}
