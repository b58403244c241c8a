/* An admin's side: counters instead of calls, no search for words. */
import { useEventStream } from '@/api/events'
import { Routes } from '@/app/Routes'
import { Shell } from '@/app/Shell'
import { ADMIN_SCREENS } from './screens'

export function AdminHome() {
  useEventStream('/admin/events')
  return (
    <Shell screens={ADMIN_SCREENS} counts={{}}>
      <Routes screens={ADMIN_SCREENS} />
    </Shell>
  )
}
