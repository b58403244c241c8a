/* Many contacts called one after another. */
import { ListOrdered, Plus } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { data } from '@/api/change'
import { http } from '@/api/client'
import type { BatchSummary } from '@/api/types'
import { Badge } from '@/parts/Badge'
import { ButtonLink } from '@/parts/Button'
import { Empty } from '@/parts/Empty'
import { number } from '@/parts/format'
import { List } from '@/parts/List'
import { Page } from '@/parts/Page'
import { PAGE_SIZE, usePaged } from '@/parts/paged'
import type { Column } from '@/parts/Table'
import { Time } from '@/parts/Time'
import { reasonText } from '../calls/words'
import { STATES } from './words'
import './batches.css'

const COLUMNS: Column<BatchSummary>[] = [
  {
    name: 'Batch',
    width: 'minmax(9rem, 2fr)',
    cell: (batch) => (
      <span className="cell-two">
        <Link href={`/batches/${batch.batch_id}`} className="strong">
          {batch.name ?? 'Without a name'}
        </Link>
        <span>
          <Time at={batch.created_at} />
        </span>
      </span>
    ),
  },
  { name: 'State', width: '7rem', cell: (batch) => <Badge tone={STATES[batch.state].tone} title={batch.reason ? reasonText(batch.reason) : undefined}>{STATES[batch.state].name}</Badge> },
  {
    name: 'Progress',
    width: 'minmax(8rem, 1.5fr)',
    wide: true,
    cell: (batch) => <progress max={batch.total || 1} value={batch.ended} aria-label={`${batch.ended} of ${batch.total} contacts are through`} />,
  },
  { name: 'Contacts', width: '6rem', end: true, cell: (batch) => <span className="number">{`${number(batch.ended)} / ${number(batch.total)}`}</span> },
]

export default function Batches() {
  const [, go] = useLocation()
  const batches = usePaged(['get', '/agent/batches', 'by page'], (page) => data(http.GET('/agent/batches', { params: { query: { page, page_size: PAGE_SIZE } } })))
  const create = (
    <ButtonLink to="/batches/new" look="primary" icon={Plus}>
      New batch
    </ButtonLink>
  )
  return (
    <Page title="Batches" lead="Many contacts called one after another, within the law and their hours." actions={create}>
      <List
        label="Batches"
        of={batches}
        rowKey={(batch) => batch.batch_id}
        columns={COLUMNS}
        onOpen={(batch) => go(`/batches/${batch.batch_id}`)}
        empty={
          <Empty icon={ListOrdered} title="No batches yet" action={create}>
            Choose contacts, see who can be called and when it will be done, then start.
          </Empty>
        }
      />
    </Page>
  )
}
