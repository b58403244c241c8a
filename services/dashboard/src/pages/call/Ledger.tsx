/* The call's events as the telephone network told them, and what the gate decided: what happened, provably. */
import { api } from '@/api/client'
import type { Call, CallStatus } from '@/api/types'
import { Card } from '@/parts/Card'
import { words } from '@/parts/format'
import { Loaded } from '@/parts/Loaded'
import { Time } from '@/parts/Time'
import { ANSWERED_BY, reasonText, STATUS } from '../calls/words'

interface Entry {
  key: string
  at: string
  what: string
  params?: Record<string, unknown>
}

const decided = (call: Call): Entry[] =>
  (call.decisions ?? []).map(({ at, asked, verdict }, i) => ({
    key: `gate.${i}`,
    at,
    what: `${asked === 'opening' ? 'Asked for' : 'About to be dialled'}: ${reasonText(verdict).toLowerCase()}`,
  }))

function told(kind: string, status: string | null, params: Record<string, unknown>) {
  if (status) return STATUS[status as CallStatus]?.name ?? words(status)
  if (typeof params.AnsweredBy === 'string') return `Answered by: ${(ANSWERED_BY[params.AnsweredBy] ?? params.AnsweredBy).toLowerCase()}`
  return kind === 'recording' ? 'Recording reported' : words(kind)
}

function Event({ entry }: { entry: Entry }) {
  if (!entry.params) return <span>{entry.what}</span>
  return (
    <details>
      <summary>{entry.what}</summary>
      <pre className="small">{JSON.stringify(entry.params, null, 2)}</pre>
    </details>
  )
}

export function Ledger({ call }: { call: Call }) {
  const events = api.useQuery('get', '/agent/calls/{call_id}/events', { params: { path: { call_id: call.id } } })
  return (
    <Card title="Events">
      <Loaded of={events}>
        {({ items }) => {
          const entries = [...decided(call), ...items.map(({ at, kind, status, params }, i): Entry => ({ key: String(i), at, what: told(kind, status, params), params }))]
          if (!entries.length) return <p className="quiet">Nothing has been told about it yet.</p>
          return (
            <ol className="ledger">
              {entries
                .sort((a, b) => a.at.localeCompare(b.at))
                .map((entry) => (
                  <li key={entry.key}>
                    <Time at={entry.at} form="second" />
                    <Event entry={entry} />
                  </li>
                ))}
            </ol>
          )
        }}
      </Loaded>
    </Card>
  )
}
