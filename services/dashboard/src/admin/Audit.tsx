/* Who did what, the newest first. */
import { ScrollText } from 'lucide-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { data } from '@/api/change'
import { http } from '@/api/client'
import type { components } from '@gen/schema'
import { Chip, Chips } from '@/parts/Chip'
import { Empty } from '@/parts/Empty'
import { useFilters } from '@/parts/filters'
import { words } from '@/parts/format'
import { List } from '@/parts/List'
import { Page } from '@/parts/Page'
import { PAGE_SIZE, type Paged } from '@/parts/paged'
import { Search } from '@/parts/Search'
import type { Column } from '@/parts/Table'
import { Time } from '@/parts/Time'

type Entry = components['schemas']['AuditPage']['items'][number]

const ACTIONS = ['request.approve', 'request.reject', 'request.retry', 'agent.create', 'agent.update', 'session.create', 'password.change', 'dialing.stop', 'dialing.start', 'phone_number.add', 'dead.replay', 'dead.drop']

const actionName = (action: string) => words(action.replace('.', ' '))

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
  {
    name: 'What',
    width: 'minmax(8rem, 2fr)',
    cell: (row) => actionName(row.action),
    narrow: (row) => (
      <span className="cell-two">
        <span>{actionName(row.action)}</span>
        <Time at={row.at} />
      </span>
    ),
  },
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

/* By cursor: it is long, and grows while it is read. */
function useAudit(action: string | undefined, object: string | undefined): Paged<Entry> {
  const query = useInfiniteQuery({
    queryKey: ['get', '/admin/audit', action, object, 'by cursor'],
    queryFn: ({ pageParam }) => data(http.GET('/admin/audit', { params: { query: { action, object, cursor: pageParam, page_size: PAGE_SIZE } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })
  return {
    rows: query.data?.pages.flatMap((page) => page.items),
    total: undefined,
    error: query.error,
    retry: () => void query.refetch(),
    more: { wanted: query.hasNextPage && !query.isFetchingNextPage, load: query.fetchNextPage },
  }
}

export default function Audit() {
  const { values, set, clear, any } = useFilters('action', 'object')
  const entries = useAudit(values.action, values.object)
  return (
    <Page title="Audit">
      <Search label="Id of what it was done to" value={values.object} onChange={(object) => set({ object })} />
      <Chips onClear={any ? clear : undefined}>
        <Chip label="Any action" value={values.action} options={ACTIONS.map((value) => ({ value, name: actionName(value) }))} onChange={(action) => set({ action })} />
      </Chips>
      <List label="Audit" of={entries} rowKey={(row) => row.id} columns={COLUMNS} empty={<Empty icon={ScrollText} title="Nothing is written down about that" />} />
    </Page>
  )
}
