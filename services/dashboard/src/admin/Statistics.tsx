/* All agents' calls in figures; never what was said. */
import { api } from '@/api/client'
import { Card } from '@/parts/Card'
import { number, words } from '@/parts/format'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { useCounters } from './counters'
import { Figures } from '@/pages/statistics/Figures'
import { PeriodTabs, usePeriod } from '@/parts/period'

export default function Statistics() {
  const [period, setPeriod] = usePeriod()
  const stats = api.useQuery('get', '/admin/call-stats', { params: { query: { period } } })
  return (
    <Page title="Statistics" lead="All agents together, each day as it was where the agent is." actions={<PeriodTabs value={period} onChange={setPeriod} />}>
      <Now />
      <Loaded of={stats}>{(found) => <Figures of={found} />}</Loaded>
    </Page>
  )
}

function Now() {
  const now = useCounters()
  if (!now) return null
  const states = Object.entries(now.by_status).filter(([, n]) => n)
  return (
    <Card>
      <p>
        <span className="strong">{now.calls ? `${number(now.calls)} on the line now` : 'Nobody is on the line now'}</span>
        {now.calls > 0 && <span className="quiet"> – {number(now.inbound)} inbound, {states.map(([status, n]) => `${number(n ?? 0)} ${words(status).toLowerCase()}`).join(', ')}</span>}
      </p>
    </Card>
  )
}
