/* The agents' accounts, and how their voice agents are. */
import { useState } from 'react'
import { UserPlus, Users } from 'lucide-react'
import { useLocation } from 'wouter'
import { data } from '@/api/change'
import { http } from '@/api/client'
import { Badge, type Tone } from '@/parts/Badge'
import { Button } from '@/parts/Button'
import { Chip, Chips } from '@/parts/Chip'
import { Empty } from '@/parts/Empty'
import { useFilters } from '@/parts/filters'
import { plural, words } from '@/parts/format'
import { List } from '@/parts/List'
import { Page } from '@/parts/Page'
import { PAGE_SIZE, usePaged } from '@/parts/paged'
import { Search } from '@/parts/Search'
import type { Column } from '@/parts/Table'
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
  const { q } = values
  const disabled = values.disabled as 'true' | 'false' | undefined
  const accounts = usePaged(['get', '/admin/agents', q, disabled, 'by page'], (page) => data(http.GET('/admin/agents', { params: { query: { q, disabled, page, page_size: PAGE_SIZE } } })))
  return (
    <Page
      title="Agents"
      lead={accounts.total !== undefined && plural(accounts.total, 'account')}
      actions={
        <Button look="primary" icon={UserPlus} onClick={() => setAdding(true)}>
          Add an agent
        </Button>
      }
    >
      <Search label="Name, company or e-mail" value={values.q} onChange={(text) => set({ q: text })} />
      <Chips onClear={any ? clear : undefined}>
        <Chip
          label="Any state"
          value={values.disabled}
          options={[
            { value: 'false', name: 'Enabled' },
            { value: 'true', name: 'Disabled' },
          ]}
          onChange={(state) => set({ disabled: state })}
        />
      </Chips>
      <List
        label="Agents"
        of={accounts}
        rowKey={(row) => row.id}
        columns={COLUMNS}
        onOpen={(row) => go(`/agents/${row.id}`)}
        empty={
          <Empty icon={Users} title="No agent is like that">
            Other words, or no filter, may find more.
          </Empty>
        }
      />
      {adding && <AddAgent onClose={() => setAdding(false)} />}
    </Page>
  )
}
