/* One contact: what is known, what was said, what the gate refused. */
import { useMemo, useState } from 'react'
import { Pencil, Phone, Trash2 } from 'lucide-react'
import { useLocation, useParams } from 'wouter'
import { data, useChange } from '@/api/change'
import { api, http } from '@/api/client'
import type { Contact as ContactType } from '@/api/types'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Confirm } from '@/parts/Dialog'
import { Empty } from '@/parts/Empty'
import { Facts } from '@/parts/Facts'
import { phone } from '@/parts/format'
import { List } from '@/parts/List'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { Time } from '@/parts/Time'
import { useInitiate } from '../call/useInitiate'
import { CALL_COLUMNS } from '../calls/columns'
import { useCalls } from '../calls/useCalls'
import { reasonText } from '../calls/words'
import { ContactDialog } from './ContactDialog'
import { ConsentBadge } from './Contacts'

/* All of them are with this contact: on a phone too, they differ by when. */
const OWN_CALLS = CALL_COLUMNS.filter((column) => column.name !== 'With').map((column) => (column.name === 'When' ? { ...column, wide: false } : column))

function Actions({ contact }: { contact: ContactType }) {
  const [open, setOpen] = useState<'edit' | 'delete' | null>(null)
  const [, go] = useLocation()
  const close = () => setOpen(null)
  const call = useInitiate((id) => go(`/calls/${id}`))
  const remove = useChange(() => data(http.DELETE('/agent/contacts/{contact_id}', { params: { path: { contact_id: contact.id } } })), {
    stale: ['/agent/contacts'],
    done: `${contact.name} is forgotten`,
    onDone: () => go('/contacts'),
  })
  return (
    <>
      <Button look="primary" icon={Phone} busy={call.isPending} disabled={contact.do_not_call} onClick={() => call.mutate({ contact_id: contact.id })}>
        Call
      </Button>
      <Button icon={Pencil} onClick={() => setOpen('edit')}>
        Edit
      </Button>
      <Button icon={Trash2} aria-label="Delete the contact" onClick={() => setOpen('delete')} />
      {open === 'edit' && <ContactDialog contact={contact} onClose={close} />}
      {open === 'delete' && (
        <Confirm title={`Forget ${contact.name}?`} confirm="Delete" danger busy={remove.isPending} onConfirm={() => remove.mutate(undefined)} onClose={close}>
          The calls stay, and what is on record about consent.
        </Confirm>
      )}
    </>
  )
}

export default function Contact() {
  const { id = '' } = useParams<{ id: string }>()
  const contact = api.useQuery('get', '/agent/contacts/{contact_id}', { params: { path: { contact_id: id } } })
  const calls = useCalls(useMemo(() => ({ contact_id: id }), [id]))
  const [, go] = useLocation()
  return (
    <Page title={contact.data?.name ?? 'Contact'} back={{ to: '/contacts', name: 'Contacts' }} lead={contact.data && <span className="number">{phone(contact.data.phone_number)}</span>} actions={contact.data && <Actions contact={contact.data} />}>
      <div className="two-columns">
        <List label="Calls" of={calls} rowKey={(call) => call.id} columns={OWN_CALLS} onOpen={(call) => go(`/calls/${call.id}`)} empty={<Empty icon={Phone} title="No calls with this contact yet" />} />
        <Loaded of={contact}>
          {(known) => (
            <div className="stack">
              <Card title="What is known">
                <Facts
                  of={[
                    ['E-mail', known.email && <a href={`mailto:${known.email}`}>{known.email}</a>],
                    ['Notes', known.notes],
                    ['Time zone', known.timezone ?? 'From the number'],
                    ['Consent', <ConsentBadge contact={known} />],
                    ['Added', <Time at={known.created_at} form="long" />],
                  ]}
                />
              </Card>
              {Boolean(known.refusals?.length) && (
                <Card title="Calls that were refused">
                  <Facts of={known.refusals!.map(({ at, verdict }) => [reasonText(verdict), <Time at={at} />])} />
                </Card>
              )}
            </div>
          )}
        </Loaded>
      </div>
    </Page>
  )
}
