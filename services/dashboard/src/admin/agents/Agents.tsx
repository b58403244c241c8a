/* The agents' accounts, and how their voice agents are. */
import { useState } from 'react'
import { UserPlus, Users } from 'lucide-react'
import { useLocation } from 'wouter'
import { api } from '@/api/client'
import { Badge, type Tone } from '@/parts/Badge'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Chip, Chips } from '@/parts/Chip'
import { Empty } from '@/parts/Empty'
import { useFilters } from '@/parts/filters'
import { plural, words } from '@/parts/format'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { Search } from '@/parts/Search'
import { Table, type Column } from '@/parts/Table'
import { AddAgent } from './AddAgent'
import type { Account } from './types'

export const VOICE_TONES: Record<string, Tone> = { active: 'good', inactive: 'plain', pending_setup: 'info' }

export function AccountState({ account }: { account: Account }) {
  if (account.disabled) return <Badge tone="bad">Disabled</Badge>
  const status = account.voice_agent_status
  return status ? <Badge tone={VOICE_TONES[status]}>{words(status)}</Badge> : <span className="quiet">No voice agent</span>
}

const COLUMNS: Column<Account>[] = [
  {
    name: 'Agent',
    width: 'minmax(9rem, 3fr)',
    cell: (row) => (
      <span className="cell-two">
        <span className="strong">{row.name}</span>
        <span>{row.company_name}</span>
      </span>
    ),
  },
  { name: 'E-mail', width: '3fr', wide: true, cell: (row) => row.email },
  { name: 'Time zone', width: '2fr', wide: true, cell: (row) => row.timezone },
  { name: 'Voice agent', width: 'minmax(7rem, 1fr)', cell: (row) => <AccountState account={row} /> },
]

export default function Agents() {
  const { values, set, clear, any } = useFilters('q', 'disabled')
  const [adding, setAdding] = useState(false)
  const [, go] = useLocation()
  const accounts = api.useInfiniteQuery(
    'get',
    '/admin/agents',
    { params: { query: { q: values.q, disabled: values.disabled as 'true' | 'false' | undefined, page_size: 100 } } },
    {
      pageParamName: 'page',
      initialPageParam: 1,
      getNextPageParam: (last: { page: number; page_size: number; total: number }) => (last.page * last.page_size < last.total ? last.page + 1 : undefined),
    },
  )
  const rows = accounts.data?.pages.flatMap((page) => page.items)
  const total = accounts.data?.pages[0]?.total ?? 0
  return (
    <Page
      title="Agents"
      lead={accounts.data && plural(total, 'account')}
      actions={
        <Button look="primary" icon={UserPlus} onClick={() => setAdding(true)}>
          Add an agent
        </Button>
      }
    >
      <Search label="Name, company or e-mail" value={values.q} onChange={(q) => set({ q })} />
      <Chips onClear={any ? clear : undefined}>
        <Chip
          label="Any state"
          value={values.disabled}
          options={[
            { value: 'false', name: 'Enabled' },
            { value: 'true', name: 'Disabled' },
          ]}
          onChange={(disabled) => set({ disabled })}
        />
      </Chips>
      <Card flush>
        <Loaded of={{ data: rows, error: accounts.error, refetch: accounts.refetch } as never}>
          {(found: Account[]) =>
            found.length ? (
              <Table
                label="Agents"
                rows={found}
                rowKey={(row) => row.id}
                columns={COLUMNS}
                total={total}
                onOpen={(row) => go(`/agents/${row.id}`)}
                more={{ wanted: accounts.hasNextPage && !accounts.isFetchingNextPage, load: accounts.fetchNextPage }}
              />
            ) : (
              <Empty icon={Users} title="No agent is like that">
                Other words, or no filter, may find more.
              </Empty>
            )
          }
        </Loaded>
      </Card>
      {adding && <AddAgent onClose={() => setAdding(false)} />}
    </Page>
  )
}
