/* An agent's side: live events, counts in the navigation, search. */
import { api } from '@/api/client'
import { useEventStream } from '@/api/events'
import { isOver, useLiveCalls, useLiveFeed } from '@/api/live'
import { AGENT_SCREENS } from './screens'
import { Routes } from './Routes'
import { SearchDialog } from './SearchDialog'
import { Shell } from './Shell'

export function AgentHome() {
  useEventStream('/agent/events')
  useLiveFeed()
  const live = useLiveCalls().filter(({ call }) => !isOver(call)).length
  const messages = api.useQuery('get', '/agent/messages', { params: { query: { status: 'open', page_size: 1 } } })
  return (
    <Shell screens={AGENT_SCREENS} counts={{ '/live': live, '/messages': messages.data?.total ?? 0 }} search={(close) => <SearchDialog onClose={close} />}>
      <Routes screens={AGENT_SCREENS} />
    </Shell>
  )
}
