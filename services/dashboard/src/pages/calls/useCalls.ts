/* The list of calls by cursor, and kept up to date by the events without being read again. */
import { useMemo } from 'react'
import { useInfiniteQuery, type InfiniteData } from '@tanstack/react-query'
import { data } from '@/api/change'
import { http, queries } from '@/api/client'
import { useEvent } from '@/api/events'
import type { components, paths } from '@gen/schema'
import type { Call } from '@/api/types'
import type { Paged } from '@/parts/paged'

type Query = NonNullable<paths['/agent/calls']['get']['parameters']['query']>
export type CallFilters = Omit<Query, 'page' | 'page_size' | 'cursor'>
type CallPage = components['schemas']['CallPage']
type Pages = InfiniteData<CallPage, string | undefined>

const PAGE = 100

/* With the new state of one call; a call that was not there stands on top, if nothing is filtered. */
function merge(pages: Pages, call: Call, mayBeNew: boolean): Pages {
  const known = pages.pages.some((page) => page.items.some((item) => item.id === call.id))
  if (known) return { ...pages, pages: pages.pages.map((page) => ({ ...page, items: page.items.map((item) => (item.id === call.id ? { ...item, ...call } : item)) })) }
  const [first, ...rest] = pages.pages
  if (!mayBeNew || !first) return pages
  return { ...pages, pages: [{ ...first, total: first.total + 1, items: [call, ...first.items] }, ...rest] }
}

export function useCalls(filters: CallFilters, pageSize = PAGE): Paged<Call> & { exact: boolean } {
  const key = useMemo(() => ['get', '/agent/calls', filters, 'by cursor', pageSize], [filters, pageSize])
  const filtered = Object.values(filters).some((value) => value !== undefined)
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => data(http.GET('/agent/calls', { params: { query: { ...filters, page_size: pageSize, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })
  useEvent('call.changed', ({ call }) => queries.setQueryData<Pages>(key, (pages) => pages && merge(pages, call, !filtered)))
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items), [query.data])
  const first = query.data?.pages[0]
  return {
    rows,
    error: query.error,
    retry: () => void query.refetch(),
    total: first?.total,
    exact: first?.total_exact ?? true,
    more: { wanted: query.hasNextPage && !query.isFetchingNextPage, load: query.fetchNextPage },
  }
}
