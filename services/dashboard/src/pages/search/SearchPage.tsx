/* Every word that was spoken: where, by whom, and the second at which to hear it. */
import { useMemo } from 'react'
import { Search as Glass } from 'lucide-react'
import { Link } from 'wouter'
import { useInfiniteQuery } from '@tanstack/react-query'
import { data } from '@/api/change'
import { http } from '@/api/client'
import type { Found } from '@/api/types'
import { Badge } from '@/parts/Badge'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Empty } from '@/parts/Empty'
import { useFilters } from '@/parts/filters'
import { clock } from '@/parts/format'
import { Page } from '@/parts/Page'
import { Problem } from '@/parts/Problem'
import { Search } from '@/parts/Search'
import { Skeleton } from '@/parts/Skeleton'
import { Time } from '@/parts/Time'
import { otherSide } from '../calls/words'
import './search.css'

const PAGE = 30

function useFound(q: string | undefined) {
  const query = useInfiniteQuery({
    queryKey: ['get', '/agent/calls/search', q],
    queryFn: ({ pageParam }) => data(http.GET('/agent/calls/search', { params: { query: { q: q!, page_size: PAGE, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled: Boolean(q),
  })
  const hits = useMemo(() => query.data?.pages.flatMap((page) => page.items), [query.data])
  return { ...query, hits }
}

export default function SearchPage() {
  const { values, set } = useFilters('q')
  const found = useFound(values.q)
  return (
    <Page title="Search" lead="Every word that was spoken on your calls.">
      <Search label="Words that were spoken" value={values.q} onChange={(q) => set({ q })} />
      {found.error ? (
        <Problem error={found.error} onRetry={() => void found.refetch()} />
      ) : !values.q ? (
        <Card>
          <Empty icon={Glass} title="What are you looking for?">
            Words in any of their forms. <code>"several words"</code> next to each other, <code>-word</code> for not, <code>or</code>, and <code>beg*</code> for how a word begins.
          </Empty>
        </Card>
      ) : !found.hits ? (
        <Skeleton lines={6} />
      ) : found.hits.length ? (
        <Card flush>
          <ol className="hits">
            {found.hits.map((hit) => (
              <Hit key={`${hit.call_id}.${hit.seq}`} hit={hit} />
            ))}
          </ol>
        </Card>
      ) : (
        <Card>
          <Empty icon={Glass} title={`Nobody said “${values.q}”`}>
            Try fewer words, or only how one begins: <code>gard*</code>.
          </Empty>
        </Card>
      )}
      {found.hasNextPage && (
        <div>
          <Button busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </Page>
  )
}

function Hit({ hit }: { hit: Found }) {
  return (
    <li>
      <Link href={`/calls/${hit.call_id}?turn=${hit.seq}`}>
        <p>{hit.snippet.map((part, i) => (part.match ? <mark key={i}>{part.text}</mark> : part.text))}</p>
        <p className="quiet small row">
          <Badge tone={hit.role === 'caller' ? 'warn' : 'accent'}>{hit.role === 'caller' ? 'Caller' : 'Agent'}</Badge>
          {otherSide(hit)}, <Time at={hit.created_at} />, at {clock(hit.second)}
        </p>
      </Link>
    </li>
  )
}
