/* The pool: telephone numbers of our account, and whose they are. */
import { useState } from 'react'
import { Hash, Plus } from 'lucide-react'
import { Link } from 'wouter'
import { data, useChange } from '@/api/change'
import { api, http } from '@/api/client'
import type { components } from '@gen/schema'
import { Badge, type Tone } from '@/parts/Badge'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Empty } from '@/parts/Empty'
import { TextField } from '@/parts/Field'
import { useForm } from '@/parts/form'
import { FormDialog } from '@/parts/FormDialog'
import { phone, words } from '@/parts/format'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { Table, type Column } from '@/parts/Table'
import { Time } from '@/parts/Time'

type PhoneNumber = components['schemas']['PhoneNumber']

const TONES: Record<PhoneNumber['status'], Tone> = { available: 'info', buying: 'warn', assigned: 'good', released: 'plain' }

function useColumns(): Column<PhoneNumber>[] {
  const agents = api.useQuery('get', '/admin/voice-agents')
  const nameOf = (id: string | null) => agents.data?.find((agent) => agent.real_estate_agent_id === id)?.agent_name
  return [
    { name: 'Number', width: 'minmax(9rem, 2fr)', cell: (row) => <span className="number strong">{phone(row.phone_number)}</span> },
    { name: 'State', width: 'minmax(6rem, 1fr)', cell: (row) => <Badge tone={TONES[row.status]}>{words(row.status)}</Badge> },
    { name: 'Agent', width: '2fr', wide: true, cell: (row) => (row.real_estate_agent_id ? <Link href={`/agents/${row.real_estate_agent_id}`}>{nameOf(row.real_estate_agent_id) ?? 'Agent'}</Link> : <span className="quiet">–</span>) },
    { name: 'Country', width: '5rem', wide: true, cell: (row) => row.country },
    { name: 'Since', width: '8rem', wide: true, cell: (row) => <Time at={row.created_at} form="day" /> },
  ]
}

export default function Numbers() {
  const numbers = api.useQuery('get', '/admin/phone-numbers')
  const columns = useColumns()
  const [adding, setAdding] = useState(false)
  return (
    <Page
      title="Numbers"
      lead="An approval takes a free number of the agent's area from here, or buys one."
      actions={
        <Button look="primary" icon={Plus} onClick={() => setAdding(true)}>
          Add a number
        </Button>
      }
    >
      <Card flush>
      <Loaded of={numbers}>
        {(rows) =>
          rows.length ? (
            <Table label="Numbers" rows={rows} rowKey={(row) => row.id} columns={columns} />
          ) : (
            <Empty icon={Hash} title="No numbers yet">
              The first approval buys one. A number that the Twilio account owns already can be added.
            </Empty>
          )
        }
      </Loaded>
      </Card>
      {adding && <AddNumber onClose={() => setAdding(false)} />}
    </Page>
  )
}

function AddNumber({ onClose }: { onClose: () => void }) {
  const add = useChange(
    (phone_number: string, key) => data(http.POST('/admin/phone-numbers', { body: { phone_number }, params: { header: { 'Idempotency-Key': key } } })),
    { stale: ['/admin/phone-numbers'], done: 'In the pool', onDone: onClose, shown: true },
  )
  const form = useForm({ phone_number: '' }, add.error)
  return (
    <FormDialog title="Add a number" act="Add" busy={add.isPending} problem={form.rest('phone_number')} onSubmit={() => add.mutate(form.values.phone_number)} onClose={onClose}>
      <TextField label="Telephone number" type="tel" required placeholder="+12025550188" hint="One that the Twilio account owns. It is led to us when an agent gets it." {...form.field('phone_number')} />
    </FormDialog>
  )
}
