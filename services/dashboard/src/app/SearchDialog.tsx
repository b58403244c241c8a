/* One field for everything: pages by name, contacts, numbers, and the words that were spoken. */
import { useDeferredValue, useId, useState, type KeyboardEvent, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import { api } from '@/api/client'
import { useDebounced } from '@/parts/debounced'
import { Dialog } from '@/parts/Dialog'
import { clock, phone } from '@/parts/format'
import { Time } from '@/parts/Time'
import { AGENT_SCREENS } from './screens'
import './SearchDialog.css'

interface Hit {
  key: string
  group: string
  to: string
  title: ReactNode
  below?: ReactNode
}

const FEW = 5

function pagesCalled(text: string): Hit[] {
  return AGENT_SCREENS.filter((screen) => screen.icon && screen.name.toLowerCase().includes(text.toLowerCase())).map((screen) => ({
    key: screen.path,
    group: 'Pages',
    to: screen.path,
    title: screen.name,
  }))
}

function useContactsCalled(q: string): Hit[] {
  const found = api.useQuery('get', '/agent/contacts', { params: { query: { q, page_size: FEW } } }, { enabled: q.length > 1 })
  return (found.data?.items ?? []).map((contact) => ({
    key: contact.id,
    group: 'Contacts',
    to: `/contacts/${contact.id}`,
    title: contact.name,
    below: phone(contact.phone_number),
  }))
}

function useCallsOfNumber(q: string): Hit[] {
  const digits = q.replaceAll(/\D/g, '')
  const enabled = digits.length > 2 && /^[\d\s()+.-]+$/.test(q)
  const found = api.useQuery('get', '/agent/calls', { params: { query: { number: digits, page_size: FEW } } }, { enabled })
  return (found.data?.items ?? []).map((call) => ({
    key: call.id,
    group: 'Calls with this number',
    to: `/calls/${call.id}`,
    title: call.contact_name ?? phone(call.direction === 'inbound' ? call.from_number : call.to_number),
    below: <Time at={call.created_at} />,
  }))
}

function useWordsSpoken(q: string): Hit[] {
  const found = api.useQuery('get', '/agent/calls/search', { params: { query: { q, page_size: FEW } } }, { enabled: q.length > 2 })
  return (found.data?.items ?? []).map((hit) => ({
    key: `${hit.call_id}.${hit.seq}`,
    group: 'Spoken on calls',
    to: `/calls/${hit.call_id}?turn=${hit.seq}`,
    title: hit.snippet.map((part, i) => (part.match ? <mark key={i}>{part.text}</mark> : part.text)),
    below: (
      <>
        {hit.contact_name ?? phone(hit.direction === 'inbound' ? hit.from_number : hit.to_number)}, <Time at={hit.created_at} />, at {clock(hit.second)}
      </>
    ),
  }))
}

export function SearchDialog({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const [, go] = useLocation()
  const id = useId()
  const q = useDebounced(text.trim(), 150)
  const pages = pagesCalled(text.trim())
  const hits = useDeferredValue([...useContactsCalled(q), ...useCallsOfNumber(q), ...useWordsSpoken(q), ...pages])
  const open = (hit: Hit) => {
    onClose()
    go(hit.to)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setActive((at) => Math.min(at + 1, hits.length - 1))
    else if (event.key === 'ArrowUp') setActive((at) => Math.max(at - 1, 0))
    else if (event.key === 'Enter' && hits[active]) open(hits[active])
    else return
    event.preventDefault()
  }
  return (
    <Dialog title="Search" onClose={onClose}>
      <div className="finder">
        <input
          className="input"
          type="search"
          role="combobox"
          autoFocus
          aria-label="Search"
          aria-expanded={hits.length > 0}
          aria-controls={id}
          aria-activedescendant={hits[active] ? `${id}-${active}` : undefined}
          placeholder="A name, a number, words that were spoken"
          value={text}
          onKeyDown={onKeyDown}
          onChange={(event) => {
            setText(event.target.value)
            setActive(0)
          }}
        />
        <ul id={id} role="listbox" aria-label="Found">
          {hits.map((hit, i) => (
            <li key={hit.group + hit.key} id={`${id}-${i}`} role="option" aria-selected={i === active} data-group={hit.group !== hits[i - 1]?.group ? hit.group : undefined} onMouseMove={() => setActive(i)} onClick={() => open(hit)}>
              <span className="one-line">{hit.title}</span>
              {hit.below && <span className="quiet small one-line">{hit.below}</span>}
            </li>
          ))}
        </ul>
        {!hits.length && <p className="quiet">Nothing found.</p>}
      </div>
    </Dialog>
  )
}
