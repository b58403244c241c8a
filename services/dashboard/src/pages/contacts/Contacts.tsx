/* Whom the voice agent may call, and knows when they ring. */
import { useState } from 'react'
import { BookUser, Phone, Plus, Upload } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { data } from '@/api/change'
import { http } from '@/api/client'
import type { Contact } from '@/api/types'
import { Badge } from '@/parts/Badge'
import { Button, ButtonLink } from '@/parts/Button'
import { Empty } from '@/parts/Empty'
import { useFilters } from '@/parts/filters'
import { phone, plural } from '@/parts/format'
import { List } from '@/parts/List'
import { Page } from '@/parts/Page'
import { PAGE_SIZE, usePaged } from '@/parts/paged'
import { Search } from '@/parts/Search'
import type { Column } from '@/parts/Table'
import { useInitiate } from '../call/useInitiate'
import { ContactDialog } from './ContactDialog'

function CallButton({ contact }: { contact: Contact }) {
  const [, go] = useLocation()
  const call = useInitiate((id) => go(`/calls/${id}`))
  return <Button look="bare" small icon={Phone} aria-label={`Call ${contact.name}`} busy={call.isPending} disabled={contact.do_not_call} onClick={() => call.mutate({ contact_id: contact.id })} />
}

export function ConsentBadge({ contact }: { contact: Contact }) {
  if (contact.do_not_call) return <Badge tone="bad">Do not call</Badge>
  if (contact.consent === 'refused') return <Badge tone="bad">Refused</Badge>
  if (contact.consent === 'written') return <Badge tone="good">In writing</Badge>
  return contact.consent ? <Badge tone="good">Attested</Badge> : <Badge tone="warn">None on record</Badge>
}

const COLUMNS: Column<Contact>[] = [
  {
    name: 'Name',
    width: 'minmax(9rem, 2fr)',
    cell: (contact) => (
      <span className="cell-two">
        <Link href={`/contacts/${contact.id}`}>{contact.name}</Link>
        <span>{contact.notes}</span>
      </span>
    ),
  },
  { name: 'Number', width: 'minmax(8.5rem, 1fr)', cell: (contact) => <span className="number">{phone(contact.phone_number)}</span> },
  { name: 'E-mail', width: 'minmax(8rem, 1.5fr)', wide: true, cell: (contact) => contact.email },
  { name: 'Consent', width: '8rem', wide: true, cell: (contact) => <ConsentBadge contact={contact} /> },
  { name: 'Call', width: '2.5rem', silent: true, end: true, cell: (contact) => <CallButton contact={contact} /> },
]

export default function Contacts() {
  const { values, set } = useFilters('q')
  const [adding, setAdding] = useState(false)
  const [, go] = useLocation()
  const contacts = usePaged(['get', '/agent/contacts', values.q, 'by page'], (page) => data(http.GET('/agent/contacts', { params: { query: { q: values.q, page, page_size: PAGE_SIZE } } })))
  return (
    <Page
      title="Contacts"
      lead={contacts.total !== undefined && plural(contacts.total, 'contact')}
      actions={
        <>
          <ButtonLink to="/contacts/import" icon={Upload}>
            Import
          </ButtonLink>
          <Button look="primary" icon={Plus} onClick={() => setAdding(true)}>
            Add a contact
          </Button>
        </>
      }
    >
      <Search label="Name, number or e-mail" value={values.q} onChange={(q) => set({ q })} />
      <List
        label="Contacts"
        of={contacts}
        rowKey={(contact) => contact.id}
        columns={COLUMNS}
        onOpen={(contact) => go(`/contacts/${contact.id}`)}
        empty={
          values.q ? (
            <Empty icon={BookUser} title={`Nobody matches “${values.q}”`} action={<Button onClick={() => set({ q: undefined })}>Show all</Button>} />
          ) : (
            <Empty icon={BookUser} title="No contacts yet" action={<ButtonLink to="/contacts/import" look="primary" icon={Upload}>Import a file</ButtonLink>}>
              A CSV file of your address book will do: columns are recognised by their names.
            </Empty>
          )
        }
      />
      {adding && <ContactDialog onClose={() => setAdding(false)} />}
    </Page>
  )
}
