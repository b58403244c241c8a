/* What is booked, day by day. */
import { useMemo, useState } from 'react'
import { CalendarDays, Plus } from 'lucide-react'
import { Link } from 'wouter'
import { data, useChange } from '@/api/change'
import { http } from '@/api/client'
import type { Viewing } from '@/api/types'
import { Badge } from '@/parts/Badge'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Confirm } from '@/parts/Dialog'
import { Empty } from '@/parts/Empty'
import { useFilters } from '@/parts/filters'
import { phone } from '@/parts/format'
import { Page } from '@/parts/Page'
import { PAGE_SIZE, usePaged } from '@/parts/paged'
import { Problem } from '@/parts/Problem'
import { Skeleton } from '@/parts/Skeleton'
import { Tabs } from '@/parts/Tabs'
import { Time } from '@/parts/Time'
import { ViewingDialog } from './ViewingDialog'
import './viewings.css'

type Span = 'coming' | 'past' | 'cancelled'
const SPANS: { value: Span; name: string }[] = [
  { value: 'coming', name: 'Coming' },
  { value: 'past', name: 'Past' },
  { value: 'cancelled', name: 'Cancelled' },
]

function queryOf(span: Span) {
  const now = new Date().toISOString()
  if (span === 'cancelled') return { status: 'cancelled' as const }
  return { status: 'booked' as const, ...(span === 'coming' ? { from: now } : { until: now }) }
}

/* [day, its viewings], in order. */
const byDay = (viewings: Viewing[]) => Object.entries(Object.groupBy(viewings, (viewing) => viewing.local_start.slice(0, 10))) as [string, Viewing[]][]

export default function Viewings() {
  const { values, set } = useFilters('show')
  const span = (values.show ?? 'coming') as Span
  const [open, setOpen] = useState<Viewing | 'new' | null>(null)
  const query = useMemo(() => queryOf(span), [span])
  const viewings = usePaged(['get', '/agent/viewings', span], (page) => data(http.GET('/agent/viewings', { params: { query: { ...query, page, page_size: PAGE_SIZE } } })))
  return (
    <Page
      title="Viewings"
      actions={
        <Button look="primary" icon={Plus} onClick={() => setOpen('new')}>
          Book a viewing
        </Button>
      }
    >
      <div>
        <Tabs label="Which viewings" value={span} options={SPANS} onChange={(show) => set({ show: show === 'coming' ? undefined : show })} />
      </div>
      {viewings.error ? (
        <Problem error={viewings.error} onRetry={viewings.retry} />
      ) : !viewings.rows ? (
        <Skeleton lines={6} />
      ) : viewings.rows.length ? (
        byDay(viewings.rows).map(([day, booked]) => (
          <Card key={day} title={<Time at={booked[0]!.starts_at} form="day" />}>
            <ul className="viewings">
              {booked.map((viewing) => (
                <Row key={viewing.id} viewing={viewing} onChange={() => setOpen(viewing)} />
              ))}
            </ul>
          </Card>
        ))
      ) : (
        <Card>
          <Empty icon={CalendarDays} title={span === 'coming' ? 'No viewings ahead' : 'Nothing here'}>
            Your voice agent books them with callers, between 9:00 and 17:00; you can too.
          </Empty>
        </Card>
      )}
      {viewings.more.wanted && (
        <div>
          <Button onClick={() => void viewings.more.load()}>Show more</Button>
        </div>
      )}
      {open && <ViewingDialog viewing={open === 'new' ? undefined : open} onClose={() => setOpen(null)} />}
    </Page>
  )
}

function Row({ viewing, onChange }: { viewing: Viewing; onChange: () => void }) {
  const [asking, setAsking] = useState(false)
  const cancel = useChange(() => data(http.DELETE('/agent/viewings/{viewing_id}', { params: { path: { viewing_id: viewing.id } } })), { stale: ['/agent/viewings'], done: 'Cancelled', onDone: () => setAsking(false) })
  const ahead = viewing.status === 'booked' && Date.parse(viewing.starts_at) > Date.now()
  return (
    <li>
      <span className="viewing-time">
        <Time at={viewing.starts_at} form="time" />
      </span>
      <span className="cell-two grow">
        <span className="strong">{viewing.address}</span>
        <span>
          {viewing.visitor_name}
          {viewing.visitor_number && `, ${phone(viewing.visitor_number)}`}
        </span>
      </span>
      {viewing.status === 'cancelled' && <Badge>Cancelled</Badge>}
      {viewing.call_id && (
        <Link href={`/calls/${viewing.call_id}`} className="small">
          The call
        </Link>
      )}
      {ahead && (
        <span className="row">
          <Button small onClick={onChange}>
            Change
          </Button>
          <Button small look="danger" onClick={() => setAsking(true)}>
            Cancel
          </Button>
        </span>
      )}
      {asking && (
        <Confirm title="Cancel this viewing?" confirm="Cancel the viewing" danger busy={cancel.isPending} onConfirm={() => cancel.mutate(undefined)} onClose={() => setAsking(false)}>
          {viewing.visitor_name} is not told by us: call them.
        </Confirm>
      )}
    </li>
  )
}
