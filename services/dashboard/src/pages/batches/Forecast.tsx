/* What the batch would do if it started now: a dry run by the very statement that starts it. */
import { useQuery } from '@tanstack/react-query'
import { data } from '@/api/change'
import { http } from '@/api/client'
import type { OpenedBatch } from '@/api/types'
import { Badge } from '@/parts/Badge'
import { Card } from '@/parts/Card'
import { Facts } from '@/parts/Facts'
import { number, phone } from '@/parts/format'
import { Loaded } from '@/parts/Loaded'
import { Stat, Stats } from '@/parts/Stat'
import { Table, type Column } from '@/parts/Table'
import { Time } from '@/parts/Time'
import { reasonText } from '../calls/words'
import type { batchOf } from './NewBatch'
import { limitText } from './words'

type Planned = OpenedBatch['calls'][number]

const plan = (call: Planned) => (call.status === 'canceled' ? <Badge tone="bad">Not called</Badge> : call.reason ? <Badge tone="warn">Waits</Badge> : <Badge tone="good">Called</Badge>)

const COLUMNS: Column<Planned>[] = [
  {
    name: 'Number',
    width: 'minmax(8rem, 1fr)',
    cell: (call) => <span className="number">{phone(call.to_number)}</span>,
    narrow: (call) => (
      <span className="cell-two">
        <span className="number">{phone(call.to_number)}</span>
        <span>{call.due ? <Time at={call.due} /> : call.reason ? reasonText(call.reason) : ''}</span>
      </span>
    ),
  },
  { name: 'Plan', width: 'minmax(6rem, 1fr)', cell: plan },
  { name: 'Why', width: 'minmax(8rem, 2fr)', wide: true, cell: (call) => (call.reason ? reasonText(call.reason) : '') },
  { name: 'About when', width: 'minmax(8rem, 1fr)', end: true, wide: true, cell: (call) => (call.due ? <Time at={call.due} /> : '–') },
]

export function Forecast({ batch }: { batch: ReturnType<typeof batchOf> }) {
  const trial = useQuery({
    queryKey: ['post', '/agent/calls/batch', 'dry run', batch],
    queryFn: () => data(http.POST('/agent/calls/batch', { body: batch, params: { query: { dry_run: '1' } } })),
    gcTime: 0,
  })
  return (
    <Loaded of={trial} lines={6}>
      {({ forecast, call_count, calls }) => (
        <>
          <Stats>
            <Stat name="Will be called">{number(call_count)}</Stat>
            <Stat name="Of them, later" about="Their time is not now">
              {number(forecast.waiting)}
            </Stat>
            <Stat name="Will not be called">{number(calls.length - call_count)}</Stat>
            <Stat name="Done about" about="When each call takes a minute; tries after the first are left out" below={`limited by ${limitText(forecast.limited_by)}`}>
              {forecast.finish_at ? <Time at={forecast.finish_at} /> : 'never'}
            </Stat>
          </Stats>
          {Object.keys(forecast.refused).length > 0 && (
            <Card title="Why some are not called">
              <Facts of={Object.entries(forecast.refused).map(([reason, count]) => [reasonText(reason), number(count)])} />
            </Card>
          )}
          <Card title="One by one" flush>
            <Table label="What would happen to each contact" rows={calls} rowKey={(call) => call.call_id} columns={COLUMNS} />
          </Card>
        </>
      )}
    </Loaded>
  )
}
