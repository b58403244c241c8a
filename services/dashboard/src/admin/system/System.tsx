/* What is going on behind the pages: who is there, what waits, what failed. */
import { api } from '@/api/client'
import type { components } from '@gen/schema'
import { Ago } from '@/parts/Ago'
import { Badge } from '@/parts/Badge'
import { Card } from '@/parts/Card'
import { Empty } from '@/parts/Empty'
import { number, span } from '@/parts/format'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { Stat, Stats } from '@/parts/Stat'
import { Table } from '@/parts/Table'
import { DeadLetters } from './DeadLetters'

type SystemState = components['schemas']['System']
type Queue = SystemState['queues'][number]

const EVERY_MS = 5000
const ROLES = { llm: 'thinks', stt: 'hears', tts: 'speaks' }

export default function System() {
  const system = api.useQuery('get', '/admin/system', {}, { refetchInterval: EVERY_MS })
  return (
    <Page title="System" lead="Read anew every five seconds.">
      <Loaded of={system} lines={8}>
        {(state) => (
          <>
            <Summary state={state} />
            {state.dead_letters > 0 && <DeadLetters />}
            <div className="two-columns even">
              <Services state={state} />
              <Providers state={state} />
            </div>
            <Queues queues={state.queues} />
          </>
        )}
      </Loaded>
    </Page>
  )
}

const isWork = (queue: Queue) => !queue.name.startsWith('va.')

function Summary({ state }: { state: SystemState }) {
  const waiting = state.queues.filter(isWork).reduce((sum, queue) => sum + queue.messages, 0)
  return (
    <Stats>
      <Stat name="Broker">{state.broker ? <Badge tone="good">Answers</Badge> : <Badge tone="bad">Away</Badge>}</Stat>
      <Stat name="Waiting messages" about="In all queues that somebody works on">
        {number(waiting)}
      </Stat>
      <Stat name="Outbox" about="Messages that should have left the database" below={state.outbox.due ? `the oldest for ${span(state.outbox.oldest_seconds)}` : `${number(state.outbox.planned)} planned for later`}>
        {number(state.outbox.due)}
      </Stat>
      <Stat name="Dead letters" about="Messages that nobody could work on">
        {number(state.dead_letters)}
      </Stat>
    </Stats>
  )
}

function Services({ state }: { state: SystemState }) {
  const services = [...state.services].sort((a, b) => a.service.localeCompare(b.service) || a.instance.localeCompare(b.instance))
  return (
    <Card flush title="Processes">
      {services.length ? (
        <Table
          label="Processes"
          rows={services}
          rowKey={(row) => row.instance + row.service}
          columns={[
            {
              name: 'Service',
              width: 'minmax(8rem, 2fr)',
              cell: (row) => (
                <span className="cell-two">
                  <span className="strong">{row.service}</span>
                  <span>{row.instance}</span>
                </span>
              ),
            },
            { name: 'Version', width: '5rem', wide: true, cell: (row) => row.version },
            { name: 'Up since', width: '7rem', cell: (row) => <Ago at={row.started_at} /> },
            { name: 'State', width: '5rem', wide: true, cell: (row) => (row.ready ? <Badge tone="good">Ready</Badge> : <Badge tone="warn">Not ready</Badge>) },
          ]}
        />
      ) : (
        <Empty title="Nobody answers">The broker is away, or has only just come back.</Empty>
      )}
    </Card>
  )
}

function Providers({ state }: { state: SystemState }) {
  return (
    <Card flush title="Models">
      {state.providers.length ? (
        <Table
          label="Models"
          rows={state.providers}
          rowKey={(row) => row.instance + row.name}
          columns={[
            {
              name: 'Model',
              width: 'minmax(8rem, 2fr)',
              cell: (row) => (
                <span className="cell-two">
                  <span className="strong">{row.model}</span>
                  <span>
                    {ROLES[row.role]}
                    {row.name.endsWith('fallback') && ', when the first fails'}
                  </span>
                </span>
              ),
            },
            { name: 'Server', width: '2fr', wide: true, cell: (row) => row.host },
            {
              name: 'State',
              width: '8rem',
              cell: (row) =>
                row.open ? <Badge tone="bad">Left alone</Badge> : row.failures ? <Badge tone="warn">{row.failures} failed</Badge> : <Badge tone="good">Works</Badge>,
            },
          ]}
        />
      ) : (
        <Empty title="No ai-pipeline answers" />
      )}
    </Card>
  )
}

function Queues({ queues }: { queues: Queue[] }) {
  return (
    <Card flush title="Queues">
      {queues.length ? (
        <Table
          label="Queues"
          rows={queues}
          rowKey={(row) => row.name}
          columns={[
            { name: 'Queue', width: 'minmax(9rem, 3fr)', cell: (row) => <span className="strong">{row.name}</span> },
            { name: 'Messages', width: '6rem', end: true, cell: (row) => <span className="number">{number(row.messages)}</span> },
            { name: 'Consumers', width: '6rem', end: true, cell: (row) => <span className="number">{number(row.consumers)}</span> },
            { name: 'State', width: '7rem', end: true, wide: true, cell: (row) => <QueueState queue={row} /> },
          ]}
        />
      ) : (
        <Empty title="The broker is away" />
      )}
    </Card>
  )
}

function QueueState({ queue }: { queue: Queue }) {
  if (queue.name === 'va.dead') return queue.messages ? <Badge tone="warn">See above</Badge> : <Badge tone="good">Empty</Badge>
  if (!isWork(queue)) return <span className="quiet">Kept</span>
  if (!queue.consumers) return <Badge tone="bad">Nobody works</Badge>
  return <Badge tone="good">Worked on</Badge>
}
