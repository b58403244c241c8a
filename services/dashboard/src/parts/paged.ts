/*
 * Lists by page number, as far as they have been scrolled: for lists of some thousands. Read again every now and
 * then while something on the first page `moves`.
 */
import { useMemo } from 'react'
import { useInfiniteQuery } from '@tanstack/react-query'

export const PAGE_SIZE = 100
const LOOK_MS = 2000

interface PageOf<Item> {
  items: Item[]
  total: number
  page: number
  page_size: number
}

export function usePaged<Item>(key: unknown[], read: (page: number) => Promise<PageOf<Item>>, moves: (item: Item) => boolean = () => false): Paged<Item> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: 1,
    getNextPageParam: (last) => (last.page * last.page_size < last.total ? last.page + 1 : undefined),
    placeholderData: (old) => old,
    refetchInterval: ({ state }) => state.data?.pages[0]?.items.some(moves) && LOOK_MS,
  })
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items), [query.data])
  return {
    rows,
    total: query.data?.pages[0]?.total,
    error: query.error,
    retry: () => void query.refetch(),
    more: { wanted: query.hasNextPage && !query.isFetchingNextPage, load: query.fetchNextPage },
  }
}

/* What a list needs of a query, by page number or by cursor. */
export interface Paged<Item> {
  rows: Item[] | undefined
  total: number | undefined
  error: unknown
  retry: () => void
  more: { wanted: boolean; load: () => unknown }
}
