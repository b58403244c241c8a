/* Numbers that must not be called, and where that comes from. */
import { useState } from 'react'
import { PhoneOff, Plus } from 'lucide-react'
import { data, useChange } from '@/api/change'
import { http } from '@/api/client'
import type { Suppression } from '@/api/types'
import { Badge } from '@/parts/Badge'
import { Button } from '@/parts/Button'
import { Confirm } from '@/parts/Dialog'
import { Empty } from '@/parts/Empty'
import { TextField } from '@/parts/Field'
import { useFilters } from '@/parts/filters'
import { useForm } from '@/parts/form'
import { FormDialog } from '@/parts/FormDialog'
import { phone, plural, words } from '@/parts/format'
import { List } from '@/parts/List'
import { Page } from '@/parts/Page'
import { PAGE_SIZE, usePaged } from '@/parts/paged'
import { Search } from '@/parts/Search'
import type { Column } from '@/parts/Table'
import { Tabs } from '@/parts/Tabs'
import { Time } from '@/parts/Time'

type Status = 'active' | 'lifted'
const STATUSES: { value: Status; name: string }[] = [
  { value: 'active', name: 'On the list' },
  { value: 'lifted', name: 'Lifted' },
]
const SOURCES: Record<string, string> = { agent: 'Entered by you', caller: 'Asked on a call', call: 'Asked on a call', key: 'Pressed 9 on a call', import: 'From a file' }

const COLUMNS: Column<Suppression>[] = [
  { name: 'Number', width: 'minmax(9rem, 1fr)', cell: (row) => <span className="strong number">{phone(row.phone_number)}</span> },
  { name: 'Where from', width: 'minmax(8rem, 1fr)', wide: true, cell: (row) => SOURCES[row.source] ?? words(row.source) },
  { name: 'Reason', width: 'minmax(8rem, 2fr)', wide: true, cell: (row) => row.reason },
  { name: 'Since', width: '9rem', wide: true, cell: (row) => <Time at={row.created_at} /> },
  { name: 'Lift', width: '7.5rem', silent: true, end: true, cell: (row) => <Lift row={row} /> },
]

function Lift({ row }: { row: Suppression }) {
  const [asking, setAsking] = useState(false)
  const lift = useChange(() => data(http.DELETE('/agent/suppressions/{suppression_id}', { params: { path: { suppression_id: row.id } } })), { stale: ['/agent/suppressions', '/agent/contacts'], done: 'Lifted', onDone: () => setAsking(false) })
  if (row.lifted_at) return <Time at={row.lifted_at} />
  if (row.for === 'everybody') return <Badge title="An admin put it on the list of all">For everybody</Badge>
  return (
    <>
      <Button small onClick={() => setAsking(true)}>
        Take off
      </Button>
      {asking && (
        <Confirm title={`May ${phone(row.phone_number)} be called again?`} confirm="Take it off the list" busy={lift.isPending} onConfirm={() => lift.mutate(undefined)} onClose={() => setAsking(false)}>
          Do this only when the person has agreed. The entry stays as evidence, with the time it was lifted.
        </Confirm>
      )}
    </>
  )
}

function AddDialog({ onClose }: { onClose: () => void }) {
  const add = useChange((body: { phone_number: string; reason: string }, key) => data(http.POST('/agent/suppressions', { body, params: { header: { 'Idempotency-Key': key } } })), {
    stale: ['/agent/suppressions', '/agent/contacts'],
    done: 'On the list',
    shown: true,
    onDone: onClose,
  })
  const form = useForm({ phone_number: '', reason: '' }, add.error)
  const rest = form.rest('phone_number', 'reason')
  return (
    <FormDialog title="Do not call this number" act="Put it on the list" busy={add.isPending} problem={rest} onSubmit={() => add.mutate(form.values)} onClose={onClose}>
      <TextField label="Number" type="tel" required autoFocus placeholder="+1 202 555 0101" {...form.field('phone_number')} />
      <TextField label="Reason" placeholder="Asked not to be called" {...form.field('reason')} />
    </FormDialog>
  )
}

export default function Suppressions() {
  const { values, set } = useFilters('q', 'status')
  const [adding, setAdding] = useState(false)
  const status = (values.status ?? 'active') as Status
  const query = { q: values.q, status }
  const list = usePaged(['get', '/agent/suppressions', query], (page) => data(http.GET('/agent/suppressions', { params: { query: { ...query, page, page_size: PAGE_SIZE } } })))
  return (
    <Page
      title="Do not call"
      lead={list.total !== undefined && plural(list.total, 'number')}
      actions={
        <Button look="primary" icon={Plus} onClick={() => setAdding(true)}>
          Add a number
        </Button>
      }
    >
      <div className="row">
      <Search label="A part of a number" value={values.q} onChange={(q) => set({ q })} />
      <Tabs label="Which numbers" value={status} options={STATUSES} onChange={(one) => set({ status: one === 'active' ? undefined : one })} />
      </div>
      <List
      label="Do not call"
      of={list}
      rowKey={(row) => row.id}
      columns={COLUMNS}
      empty={
        <Empty icon={PhoneOff} title={values.q ? 'No such number' : 'The list is empty'}>
          Whoever says “do not call me again”, or presses 9, is put on it at once. No call and no batch passes it.
        </Empty>
      }
      />
      {adding && <AddDialog onClose={() => setAdding(false)} />}
    </Page>
  )
}
