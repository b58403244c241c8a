/* What callers have left word of. */
import { Check, MessageSquareText, Phone, RotateCcw } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { data, useChange } from '@/api/change'
import { http } from '@/api/client'
import type { Message } from '@/api/types'
import { Ago } from '@/parts/Ago'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Empty } from '@/parts/Empty'
import { useFilters } from '@/parts/filters'
import { phone } from '@/parts/format'
import { Page } from '@/parts/Page'
import { PAGE_SIZE, usePaged } from '@/parts/paged'
import { Problem } from '@/parts/Problem'
import { Skeleton } from '@/parts/Skeleton'
import { Tabs } from '@/parts/Tabs'
import { useInitiate } from '../call/useInitiate'
import './messages.css'

type Status = Message['status']
const STATUSES: { value: Status; name: string }[] = [
  { value: 'open', name: 'Open' },
  { value: 'done', name: 'Done' },
]

export default function Messages() {
  const { values, set } = useFilters('status')
  const status = (values.status ?? 'open') as Status
  const messages = usePaged(['get', '/agent/messages', status, 'by page'], (page) => data(http.GET('/agent/messages', { params: { query: { status, page, page_size: PAGE_SIZE } } })))
  return (
    <Page title="Messages">
      <div>
        <Tabs label="Which messages" value={status} options={STATUSES} onChange={(one) => set({ status: one === 'open' ? undefined : one })} />
      </div>
      {messages.error ? (
        <Problem error={messages.error} onRetry={messages.retry} />
      ) : !messages.rows ? (
        <Skeleton lines={6} />
      ) : messages.rows.length ? (
        <ul className="messages">
          {messages.rows.map((message) => (
            <MessageCard key={message.id} message={message} />
          ))}
        </ul>
      ) : (
        <Card>
          <Empty icon={MessageSquareText} title={status === 'open' ? 'No open messages' : 'Nothing is done yet'}>
            When a caller wants to leave word, your voice agent takes it down, and it stands here.
          </Empty>
        </Card>
      )}
      {messages.more.wanted && (
        <div>
          <Button onClick={() => void messages.more.load()}>Show more</Button>
        </div>
      )}
    </Page>
  )
}

function MessageCard({ message }: { message: Message }) {
  const [, go] = useLocation()
  const call = useInitiate((id) => go(`/calls/${id}`))
  const turn = useChange((status: Status) => data(http.PATCH('/agent/messages/{message_id}', { params: { path: { message_id: message.id } }, body: { status } })), { stale: ['/agent/messages'], done: (now) => (now.status === 'done' ? 'Done' : 'Open again') })
  const open = message.status === 'open'
  return (
    <li className="message card">
      <div className="row-apart">
        <span className="cell-two">
          <span className="strong">{message.name || 'Somebody'}</span>
          <span className="number">{phone(message.from_number)}</span>
        </span>
        <span className="quiet small">
          <Ago at={message.created_at} />
        </span>
      </div>
      <p className="message-text">{message.message}</p>
      <div className="row">
        <Button small icon={open ? Check : RotateCcw} look={open ? 'primary' : 'plain'} busy={turn.isPending} onClick={() => turn.mutate(open ? 'done' : 'open')}>
          {open ? 'Done' : 'Open again'}
        </Button>
        <Button small icon={Phone} busy={call.isPending} onClick={() => call.mutate({ phone_number: message.from_number })}>
          Have them called back
        </Button>
        <Link href={`/calls/${message.call_id}`} className="button small bare">
          The call
        </Link>
      </div>
    </li>
  )
}
