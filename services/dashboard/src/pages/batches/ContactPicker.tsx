import { useState } from 'react'
import { Upload, Users } from 'lucide-react'
import { data } from '@/api/change'
import { http } from '@/api/client'
import type { Contact } from '@/api/types'
import { Button, ButtonLink } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Empty } from '@/parts/Empty'
import { number, phone } from '@/parts/format'
import { PAGE_SIZE, usePaged } from '@/parts/paged'
import { Search } from '@/parts/Search'
import { Skeleton } from '@/parts/Skeleton'
import { ConsentBadge } from '../contacts/Contacts'

interface Props {
  chosen: ReadonlySet<string>
  onChange: (chosen: ReadonlySet<string>) => void
}

/* Whom to call: searched, ticked one by one or all that are shown. Who must not be called cannot be ticked. */
export function ContactPicker({ chosen, onChange }: Props) {
  const [q, setQ] = useState<string>()
  const contacts = usePaged(['get', '/agent/contacts', q, 'by page'], (page) => data(http.GET('/agent/contacts', { params: { query: { q, page, page_size: PAGE_SIZE } } })))
  const rows = contacts.rows ?? []
  const possible = rows.filter((contact) => !contact.do_not_call)
  const toggle = (contact: Contact) => {
    const next = new Set(chosen)
    if (!next.delete(contact.id)) next.add(contact.id)
    onChange(next)
  }
  return (
    <Card title="Whom?" aside={<span className="quiet small">{number(chosen.size)} chosen</span>}>
      <div className="stack">
        <div className="row">
          <Search label="Name, number or e-mail" value={q} onChange={setQ} />
          <Button icon={Users} onClick={() => onChange(new Set([...chosen, ...possible.map(({ id }) => id)]))}>
            Choose all {number(possible.length)} shown
          </Button>
          {chosen.size > 0 && (
            <Button look="bare" onClick={() => onChange(new Set())}>
              Choose none
            </Button>
          )}
        </div>
        {!contacts.rows ? (
          <Skeleton lines={6} />
        ) : rows.length ? (
          <div className="picker" role="group" aria-label="Contacts">
            {rows.map((contact) => (
              <label key={contact.id}>
                <input type="checkbox" checked={chosen.has(contact.id)} disabled={contact.do_not_call} onChange={() => toggle(contact)} />
                <span className="cell-two">
                  <span className="strong">{contact.name}</span>
                  <span className="number">{phone(contact.phone_number)}</span>
                </span>
                <ConsentBadge contact={contact} />
              </label>
            ))}
          </div>
        ) : (
          <Empty icon={Users} title="Nobody there" action={<ButtonLink to="/contacts/import" icon={Upload}>Import contacts</ButtonLink>} />
        )}
        {contacts.more.wanted && (
          <div className="row">
            <Button onClick={() => void contacts.more.load()}>Show more</Button>
          </div>
        )}
      </div>
    </Card>
  )
}
