/* One batch while it runs and afterwards: how far, since when, how it goes on, and what became of each contact. */
import { useState } from 'react'
import { CircleStop, Pause, Play } from 'lucide-react'
import { useLocation, useParams } from 'wouter'
import { data, useChange } from '@/api/change'
import { api, http } from '@/api/client'
import type { Batch as BatchType, BatchCall } from '@/api/types'
import { Badge } from '@/parts/Badge'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Chip, Chips } from '@/parts/Chip'
import { Confirm } from '@/parts/Dialog'
import { Empty } from '@/parts/Empty'
import { Facts } from '@/parts/Facts'
import { useFilters } from '@/parts/filters'
import { clock, number, phone, span, words } from '@/parts/format'
import { List } from '@/parts/List'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { PAGE_SIZE, usePaged } from '@/parts/paged'
import type { Column } from '@/parts/Table'
import { Time } from '@/parts/Time'
import { reasonText } from '../calls/words'
import { Funnel } from './Funnel'
import { limitText, OUTCOMES, STATES } from './words'
import './batches.css'

type Turn = 'pause' | 'resume' | 'cancel'
const TOLD: Record<BatchType['state'], string> = { paused: 'Paused. Calls under way go on.', running: 'It goes on', cancelled: 'Nobody else is called', done: 'It was done already' }

function Actions({ batch }: { batch: BatchType }) {
  const [asking, setAsking] = useState(false)
  const params = { path: { batch_id: batch.batch_id } }
  const turn = useChange((way: Turn) => data(http.POST(`/agent/batches/{batch_id}/${way}`, { params })), {
    stale: ['/agent/batches'],
    done: (now) => TOLD[now.state],
    onDone: () => setAsking(false),
  })
  if (batch.state !== 'running' && batch.state !== 'paused') return null
  return (
    <>
      {batch.state === 'running' ? (
        <Button icon={Pause} busy={turn.isPending} onClick={() => turn.mutate('pause')}>
          Pause
        </Button>
      ) : (
        <Button look="primary" icon={Play} busy={turn.isPending} onClick={() => turn.mutate('resume')}>
          Go on
        </Button>
      )}
      <Button look="danger" icon={CircleStop} onClick={() => setAsking(true)}>
        Cancel
      </Button>
      {asking && (
        <Confirm title="Call nobody else?" confirm="Cancel the batch" danger busy={turn.isPending} onConfirm={() => turn.mutate('cancel')} onClose={() => setAsking(false)}>
          {number(batch.contacts.waiting)} who wait will not be called. Calls that are under way go on. This cannot be taken back.
        </Confirm>
      )}
    </>
  )
}

const COLUMNS: Column<BatchCall>[] = [
  { name: 'Place', width: '3.5rem', wide: true, cell: (row) => <span className="number quiet">{number(row.position)}</span> },
  {
    name: 'Contact',
    width: 'minmax(9rem, 2fr)',
    cell: (row) => (
      <span className="cell-two">
        <span className="strong">{row.contact_name ?? phone(row.to_number)}</span>
        <span className="number">{phone(row.to_number)}</span>
      </span>
    ),
  },
  { name: 'State', width: 'minmax(6rem, 1fr)', cell: (row) => <ContactState row={row} /> },
  { name: 'Why', width: 'minmax(9rem, 2fr)', wide: true, cell: (row) => <Why row={row} /> },
  { name: 'Calls', width: '3.5rem', end: true, wide: true, cell: (row) => <span className="number">{row.attempts}</span> },
  { name: 'Length', width: '4rem', end: true, wide: true, cell: (row) => <span className="number">{row.duration_seconds ? clock(row.duration_seconds) : '–'}</span> },
]

function ContactState({ row }: { row: BatchCall }) {
  if (row.state === 'calling') return <Badge tone="info">Calling</Badge>
  if (row.state === 'waiting') return <Badge>Waiting</Badge>
  const outcome = OUTCOMES[row.outcome ?? '']
  return <Badge tone={outcome?.tone}>{outcome?.name ?? words(row.outcome ?? 'ended')}</Badge>
}

function Why({ row }: { row: BatchCall }) {
  return (
    <span className="cell-two">
      <span>{row.reason ? reasonText(row.reason) : ''}</span>
      {row.next_try_at && (
        <span>
          Again <Time at={row.next_try_at} />
        </span>
      )}
    </span>
  )
}

function Progress({ batch }: { batch: BatchType }) {
  const { contacts, forecast } = batch
  return (
    <Card title="Progress" aside={<Badge tone={STATES[batch.state].tone}>{STATES[batch.state].name}</Badge>}>
      <div className="stack">
        <progress className="tall" max={batch.total || 1} value={contacts.ended} aria-label={`${contacts.ended} of ${batch.total} contacts are through`} />
        <p className="quiet">
          <strong className="number">{number(contacts.ended)}</strong> of {number(batch.total)} through, {number(contacts.calling)} being called, {number(contacts.waiting)} waiting
        </p>
        <Facts
          of={[
            ['Why it rests', batch.reason && reasonText(batch.reason)],
            ['Done about', forecast?.finish_at && <Time at={forecast.finish_at} form="long" />],
            ['Limited by', forecast && `${limitText(forecast.limited_by)}, ${Math.round(forecast.calls_per_minute * 10) / 10} calls a minute`],
            ['Next call', batch.state === 'running' && batch.next_call_at && <Time at={batch.next_call_at} />],
            ['Calls so far', number(batch.attempts)],
            ['Started', <Time at={batch.created_at} form="long" />],
            ['Ended', batch.done_at && <Time at={batch.done_at} form="long" />],
          ]}
        />
      </div>
    </Card>
  )
}

function Rules({ batch: { delay_seconds, when_closed, retry, breaker } }: { batch: BatchType }) {
  return (
    <Card title="Rules">
      <Facts
        of={[
          ['Between calls', delay_seconds ? span(delay_seconds) : 'As fast as allowed'],
          ['Outside hours', when_closed === 'wait' ? 'Waits for the next morning there' : 'Left out'],
          ['Called again', retry.on.length ? `${retry.on.map((on) => OUTCOMES[on]?.name.toLowerCase()).join(', ')}; ${span(retry.spacing_seconds)} later, at most ${retry.max_attempts} calls each` : 'Nobody'],
          ['Pauses itself', `when ${breaker.percent} % of the last ${breaker.window} calls fail, or ${breaker.refused} in a row are refused`],
        ]}
      />
    </Card>
  )
}

export default function Batch() {
  const { id = '' } = useParams<{ id: string }>()
  const { values, set } = useFilters('state')
  const [, go] = useLocation()
  const path = { batch_id: id }
  const state = values.state as BatchCall['state'] | undefined
  const batch = api.useQuery('get', '/agent/batches/{batch_id}', { params: { path } })
  const contacts = usePaged(['get', '/agent/batches/{batch_id}/calls', id, state], (page) => data(http.GET('/agent/batches/{batch_id}/calls', { params: { path, query: { page, page_size: PAGE_SIZE, state } } })))
  return (
    <Page title={batch.data?.name ?? 'Batch'} back={{ to: '/batches', name: 'Batches' }} actions={batch.data && <Actions batch={batch.data} />}>
      <Loaded of={batch}>
        {(known) => (
          <div className="two-columns">
            <div className="stack">
              <Progress batch={known} />
              <Funnel batch={known} />
            </div>
            <Rules batch={known} />
          </div>
        )}
      </Loaded>
      <Chips>
        <Chip label="All contacts" value={values.state} options={['waiting', 'calling', 'ended'].map((value) => ({ value, name: words(value) }))} onChange={(value) => set({ state: value })} />
      </Chips>
      <List label="Contacts of the batch" of={contacts} rowKey={(row) => String(row.position)} columns={COLUMNS} onOpen={(row) => row.call_id && go(`/calls/${row.call_id}`)} empty={<Empty title="Nobody is in this state" />} />
    </Page>
  )
}
