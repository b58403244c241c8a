/* Events posted to systems of the agent's own. */
import { useState } from 'react'
import { Plus, Webhook as Hook } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { api } from '@/api/client'
import type { Webhook } from '@/api/types'
import { Badge } from '@/parts/Badge'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Empty } from '@/parts/Empty'
import { number } from '@/parts/format'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { Table, type Column } from '@/parts/Table'
import { eventName } from './events'
import { WebhookDialog } from './WebhookDialog'

export function WebhookState({ webhook }: { webhook: Webhook }) {
  if (webhook.active) return <Badge tone="good">Active</Badge>
  return webhook.reason === 'gone' ? <Badge tone="bad">Ended by the other side</Badge> : <Badge tone="warn">Paused</Badge>
}

const COLUMNS: Column<Webhook>[] = [
  {
    name: 'Posted to',
    width: 'minmax(9rem, 3fr)',
    cell: (webhook) => (
      <span className="cell-two">
        <Link href={`/webhooks/${webhook.id}`} className="strong">
          {webhook.url}
        </Link>
        <span>{webhook.events.map(eventName).join(', ')}</span>
      </span>
    ),
  },
  { name: 'State', width: '7rem', cell: (webhook) => <WebhookState webhook={webhook} /> },
  { name: 'Waiting', width: '5rem', end: true, wide: true, cell: (webhook) => <span className="number">{number(webhook.waiting)}</span> },
  { name: 'Given up', width: '5rem', end: true, wide: true, cell: (webhook) => (webhook.dead ? <Badge tone="bad">{number(webhook.dead)}</Badge> : <span className="number">0</span>) },
]

export default function Webhooks() {
  const [adding, setAdding] = useState(false)
  const [, go] = useLocation()
  const webhooks = api.useQuery('get', '/agent/webhooks')
  const add = (
    <Button look="primary" icon={Plus} onClick={() => setAdding(true)}>
      Add a webhook
    </Button>
  )
  return (
    <Page title="Webhooks" lead="What happens, posted to systems of your own: signed, and tried again until they answer." actions={add}>
      <Card flush>
        <Loaded of={webhooks}>
          {({ items }) =>
            items.length ? (
              <Table label="Webhooks" rows={items} rowKey={(webhook) => webhook.id} columns={COLUMNS} onOpen={(webhook) => go(`/webhooks/${webhook.id}`)} />
            ) : (
              <Empty icon={Hook} title="No webhooks" action={add}>
                Your CRM can hear of every call that ends, every summary and every viewing within a second.
              </Empty>
            )
          }
        </Loaded>
      </Card>
      {adding && <WebhookDialog onClose={() => setAdding(false)} />}
    </Page>
  )
}
