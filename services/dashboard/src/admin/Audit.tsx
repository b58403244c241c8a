/* Who did what, the newest first. */
import { ScrollText } from 'lucide-react'
import { api } from '@/api/client'
import type { components } from '@gen/schema'
import { Card } from '@/parts/Card'
import { Chip, Chips } from '@/parts/Chip'
import { Empty } from '@/parts/Empty'
import { useFilters } from '@/parts/filters'
import { words } from '@/parts/format'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { Search } from '@/parts/Search'
import { Table, type Column } from '@/parts/Table'
import { Time } from '@/parts/Time'

type Entry = components['schemas']['AuditPage']['items'][number]

const ACTIONS = ['request.approve', 'request.reject', 'request.retry', 'agent.create', 'agent.update', 'session.create', 'dialing.stop', 'dialing.start', 'number.add', 'dead.replay', 'dead.drop']

const detail = (entry: Entry) =>
  Object.entries(entry.detail ?? {})
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${words(name)}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' · ')

const COLUMNS: Column<Entry>[] = [
  { name: 'When', width: '9rem', wide: true, cell: (row) => <Time at={row.at} /> },
  {
    name: 'Who',
    width: 'minmax(8rem, 2fr)',
    cell: (row) => (
      <span className="cell-two">
        <span className="strong">{row.actor_name ?? row.actor_id ?? '–'}</span>
        <span>{row.actor_kind}</span>
      </span>
    ),
  },
  { name: 'What', width: 'minmax(8rem, 2fr)', cell: (row) => words(row.action.replace('.', ' ')) },
  {
    name: 'To what',
    width: '3fr',
    wide: true,
    cell: (row) => (
      <span className="cell-two">
        <span>
          {row.object_kind} <span className="mono quiet">{row.object_id}</span>
        </span>
        <span title={detail(row)}>{detail(row)}</span>
      </span>
    ),
  },
  { name: 'From', width: '9rem', wide: true, cell: (row) => row.address ?? '–' },
]

export default function Audit() {
  const { values, set, clear, any } = useFilters('action', 'object')
  const entries = api.useInfiniteQuery(
    'get',
    '/admin/audit',
    { params: { query: { action: values.action, object: values.object, page_size: 100 } } },
    { pageParamName: 'cursor', initialPageParam: undefined as string | undefined, getNextPageParam: (last: { next_cursor: string | null }) => last.next_cursor ?? undefined },
  )
  const rows = entries.data?.pages.flatMap((page) => page.items)
  return (
    <Page title="Audit">
      <Search label="Id of what it was done to" value={values.object} onChange={(object) => set({ object })} />
      <Chips onClear={any ? clear : undefined}>
        <Chip label="Any action" value={values.action} options={ACTIONS.map((value) => ({ value, name: words(value.replace('.', ' ')) }))} onChange={(action) => set({ action })} />
      </Chips>
      <Card flush>
        <Loaded of={{ data: rows, error: entries.error, refetch: entries.refetch } as never}>
          {(found: Entry[]) =>
            found.length ? (
              <Table label="Audit" rows={found} rowKey={(row) => row.id} columns={COLUMNS} more={{ wanted: entries.hasNextPage && !entries.isFetchingNextPage, load: entries.fetchNextPage }} />
            ) : (
              <Empty icon={ScrollText} title="Nothing is written down about that" />
            )
          }
        </Loaded>
      </Card>
    </Page>
  )
}
