/* What waits for a person: messages, callers who gave up, viewings to come, batches that paused themselves. */
import { CalendarDays, CircleCheck, ListOrdered, MessageSquareText, PhoneMissed, type LucideIcon } from 'lucide-react'
import { Link } from 'wouter'
import { useMemo, type ReactNode } from 'react'
import { api } from '@/api/client'
import { Ago } from '@/parts/Ago'
import { Card } from '@/parts/Card'
import { Empty } from '@/parts/Empty'
import { phone } from '@/parts/format'
import { Skeleton } from '@/parts/Skeleton'
import { Time } from '@/parts/Time'
import { otherSide, reasonText } from '../calls/words'

interface Need {
  key: string
  icon: LucideIcon
  to: string
  what: ReactNode
  about: ReactNode
  when: ReactNode
}

const FEW = 5
const MISSED = new Set(['failed', 'busy', 'no-answer', 'canceled'])

function useNeeds(): Need[] | undefined {
  const from = useMemo(() => new Date().toISOString(), [])
  const messages = api.useQuery('get', '/agent/messages', { params: { query: { status: 'open', page_size: FEW } } })
  const viewings = api.useQuery('get', '/agent/viewings', { params: { query: { status: 'booked', from, page_size: 3 } } })
  const batches = api.useQuery('get', '/agent/batches', { params: { query: { page_size: FEW } } })
  const inbound = api.useQuery('get', '/agent/calls', { params: { query: { direction: 'inbound', page_size: 20 } } })
  if (messages.isPending || viewings.isPending || batches.isPending || inbound.isPending) return undefined
  return [
    ...(messages.data?.items ?? []).map((m): Need => ({ key: m.id, icon: MessageSquareText, to: '/messages', what: `Message from ${m.name || phone(m.from_number)}`, about: m.message, when: <Ago at={m.created_at} /> })),
    ...(inbound.data?.items ?? [])
      .filter((call) => MISSED.has(call.status))
      .slice(0, 3)
      .map((call): Need => ({ key: call.id, icon: PhoneMissed, to: `/calls/${call.id}`, what: `Missed: ${otherSide(call)}`, about: 'Nobody talked with this caller', when: <Ago at={call.created_at} /> })),
    ...(batches.data?.items ?? [])
      .filter((batch) => batch.state === 'paused')
      .map((batch): Need => ({ key: batch.batch_id, icon: ListOrdered, to: `/batches/${batch.batch_id}`, what: `Paused: ${batch.name ?? 'a batch'}`, about: batch.reason ? reasonText(batch.reason) : '', when: <Ago at={batch.created_at} /> })),
    ...(viewings.data?.items ?? []).map((v): Need => ({ key: v.id, icon: CalendarDays, to: '/viewings', what: `Viewing: ${v.visitor_name}`, about: v.address, when: <Time at={v.starts_at} /> })),
  ]
}

export function NeedsYou() {
  const needs = useNeeds()
  return (
    <Card title="Needs you">
      {!needs ? (
        <Skeleton />
      ) : needs.length ? (
        <ul className="needs">
          {needs.map(({ key, icon: Icon, to, what, about, when }) => (
            <li key={key}>
              <Link href={to}>
                <Icon size={18} aria-hidden />
                <span className="cell-two">
                  <span className="strong">{what}</span>
                  <span>{about}</span>
                </span>
                <span className="quiet small">{when}</span>
              </Link>
            </li>
          ))}
        </ul>
      ) : (
        <Empty icon={CircleCheck} title="Nothing waits for you" />
      )}
    </Card>
  )
}
