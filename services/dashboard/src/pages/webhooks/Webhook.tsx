/* One webhook: what became of each event, and sending it again. */
import { useState } from 'react'
import { KeyRound, Pause, Pencil, Play, Redo2, Send, Trash2 } from 'lucide-react'
import { useLocation, useParams } from 'wouter'
import { data, useChange } from '@/api/change'
import { api, http } from '@/api/client'
import type { Webhook as WebhookType, WebhookDelivery } from '@/api/types'
import { Badge } from '@/parts/Badge'
import { Button } from '@/parts/Button'
import { Chip, Chips } from '@/parts/Chip'
import { Confirm } from '@/parts/Dialog'
import { Empty } from '@/parts/Empty'
import { useFilters } from '@/parts/filters'
import { milliseconds, number } from '@/parts/format'
import { List } from '@/parts/List'
import { Page } from '@/parts/Page'
import { PAGE_SIZE, usePaged } from '@/parts/paged'
import type { Column } from '@/parts/Table'
import { Time } from '@/parts/Time'
import { eventName, STATES } from './events'
import { Secret } from './Secret'
import { WebhookDialog } from './WebhookDialog'
import { WebhookState } from './Webhooks'


const isWaiting = (delivery: WebhookDelivery) => delivery.state === 'waiting'
const STALE = { stale: ['/agent/webhooks'] }

function Actions({ webhook }: { webhook: WebhookType }) {
  const [open, setOpen] = useState<'edit' | 'delete' | 'rotate' | null>(null)
  const [secret, setSecret] = useState<string>()
  const [, go] = useLocation()
  const params = { path: { webhook_id: webhook.id } }
  const close = () => {
    setOpen(null)
    setSecret(undefined)
  }
  const test = useChange(() => data(http.POST('/agent/webhooks/{webhook_id}/test', { params })), { ...STALE, done: 'A test is on its way' })
  const turn = useChange((active: boolean) => data(http.PATCH('/agent/webhooks/{webhook_id}', { params, body: { active } })), { ...STALE, done: (now) => (now.active ? 'Active' : 'Paused') })
  const replay = useChange(() => data(http.POST('/agent/webhooks/{webhook_id}/replay', { params })), { ...STALE, done: ({ replayed }) => `${number(replayed)} are posted again` })
  const rotate = useChange(() => data(http.POST('/agent/webhooks/{webhook_id}/secret', { params })), { onDone: (made) => setSecret(made.secret) })
  const remove = useChange(() => data(http.DELETE('/agent/webhooks/{webhook_id}', { params })), { ...STALE, done: 'Deleted', onDone: () => go('/webhooks') })
  return (
    <>
      {webhook.dead > 0 && (
        <Button look="primary" icon={Redo2} busy={replay.isPending} onClick={() => replay.mutate(undefined)}>
          Post {number(webhook.dead)} again
        </Button>
      )}
      <Button icon={Send} busy={test.isPending} onClick={() => test.mutate(undefined)}>
        Send a test
      </Button>
      <Button icon={webhook.active ? Pause : Play} busy={turn.isPending} onClick={() => turn.mutate(!webhook.active)}>
        {webhook.active ? 'Pause' : 'Activate'}
      </Button>
      <Button icon={Pencil} aria-label="Change the webhook" onClick={() => setOpen('edit')} />
      <Button icon={KeyRound} aria-label="New secret" onClick={() => setOpen('rotate')} />
      <Button icon={Trash2} aria-label="Delete the webhook" onClick={() => setOpen('delete')} />
      {open === 'edit' && <WebhookDialog webhook={webhook} onClose={close} />}
      {secret && <Secret secret={secret} onClose={close} />}
      {open === 'rotate' && !secret && (
        <Confirm title="Make a new secret?" confirm="Make it" busy={rotate.isPending} onConfirm={() => rotate.mutate(undefined)} onClose={close}>
          For a day every event carries both signatures, so that you can change over in peace.
        </Confirm>
      )}
      {open === 'delete' && (
        <Confirm title="Delete this webhook?" confirm="Delete" danger busy={remove.isPending} onConfirm={() => remove.mutate(undefined)} onClose={close}>
          Nothing is posted there any more, and what is known of its deliveries goes with it.
        </Confirm>
      )}
    </>
  )
}

function Again({ webhookId, delivery }: { webhookId: string; delivery: WebhookDelivery }) {
  const replay = useChange(() => data(http.POST('/agent/webhooks/{webhook_id}/deliveries/{delivery_id}/replay', { params: { path: { webhook_id: webhookId, delivery_id: delivery.id } } })), { ...STALE, done: 'It is posted again' })
  if (delivery.state === 'waiting') return null
  return <Button look="bare" small icon={Redo2} aria-label={`Post this again: ${eventName(delivery.event)}`} busy={replay.isPending} onClick={() => replay.mutate(undefined)} />
}

const columns = (webhookId: string): Column<WebhookDelivery>[] => [
  {
    name: 'Event',
    width: 'minmax(9rem, 2fr)',
    cell: (delivery) => (
      <span className="cell-two">
        <span className="strong">{eventName(delivery.event)}</span>
        <span>
          <Time at={delivery.created_at} />
        </span>
      </span>
    ),
  },
  { name: 'State', width: '6.5rem', cell: ({ state }) => <Badge tone={STATES[state].tone}>{STATES[state].name}</Badge> },
  {
    name: 'Answer',
    width: 'minmax(8rem, 2fr)',
    wide: true,
    cell: (delivery) => (
      <span className="cell-two">
        <span>{[delivery.status, delivery.error].filter(Boolean).join(' ') || '–'}</span>
        {delivery.next_at && (
          <span>
            Again <Time at={delivery.next_at} />
          </span>
        )}
      </span>
    ),
  },
  { name: 'Tries', width: '3.5rem', end: true, wide: true, cell: ({ tries }) => <span className="number">{tries}</span> },
  { name: 'Took', width: '4.5rem', end: true, wide: true, cell: ({ ms }) => <span className="number">{ms === null ? '–' : milliseconds(ms)}</span> },
  { name: 'Again', width: '2.5rem', silent: true, end: true, cell: (delivery) => <Again webhookId={webhookId} delivery={delivery} /> },
]

export default function Webhook() {
  const { id = '' } = useParams<{ id: string }>()
  const { values, set } = useFilters('state')
  const path = { webhook_id: id }
  const state = values.state as WebhookDelivery['state'] | undefined
  const webhook = api.useQuery('get', '/agent/webhooks/{webhook_id}', { params: { path } })
  const deliveries = usePaged(['get', '/agent/webhooks/{webhook_id}/deliveries', id, state], (page) => data(http.GET('/agent/webhooks/{webhook_id}/deliveries', { params: { path, query: { page, page_size: PAGE_SIZE, state } } })), isWaiting)
  return (
    <Page title={webhook.data ? new URL(webhook.data.url).host : 'Webhook'} back={{ to: '/webhooks', name: 'Webhooks' }} lead={webhook.data && <span className="row"><WebhookState webhook={webhook.data} /> <code>{webhook.data.url}</code></span>} actions={webhook.data && <Actions webhook={webhook.data} />}>
      <Chips>
        <Chip label="All deliveries" value={values.state} options={Object.entries(STATES).map(([value, { name }]) => ({ value, name }))} onChange={(value) => set({ state: value })} />
      </Chips>
      <List label="Deliveries" of={deliveries} rowKey={(delivery) => delivery.id} columns={columns(id)} empty={<Empty icon={Send} title="Nothing was posted yet">Send a test: it is there within a second.</Empty>} />
    </Page>
  )
}
