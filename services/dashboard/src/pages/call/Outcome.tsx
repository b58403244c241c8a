/* What came of it: the summary, and what the caller said of themselves, each with the caller's own words. */
import type { Call, Said } from '@/api/types'
import { Badge } from '@/parts/Badge'
import { Card } from '@/parts/Card'
import { number, words } from '@/parts/format'
import { OUTCOMES } from '../calls/words'

export function OutcomeBadge({ outcome }: { outcome: Call['outcome'] }) {
  const known = outcome ? OUTCOMES[outcome] : undefined
  return known ? <Badge tone={known.tone}>{known.name}</Badge> : null
}

const WAITING: Record<string, string> = {
  none: 'Only calls with a conversation have one.',
  pending: 'It is being written, and appears here by itself.',
  failed: 'It could not be written. The transcript is all there is.',
}

const saidOf = (extracted: Call['extracted']) => Object.entries(extracted ?? {}).filter((pair): pair is [string, NonNullable<Said>] => Boolean(pair[1]))

/* 500000 is hard to read; a short number may be of a house. */
const plain = (value: string) => (/^\d{5,9}$/.test(value) ? number(Number(value)) : value)

export function Outcome({ call }: { call: Call }) {
  const facts = saidOf(call.extracted)
  return (
    <Card title="Summary" aside={<OutcomeBadge outcome={call.outcome} />}>
      <div className="stack">
        {call.summary ? <p>{call.summary}</p> : <p className="quiet">{WAITING[call.summarized ?? 'none']}</p>}
        {facts.length > 0 && (
          <dl className="extracted">
            {facts.map(([name, { value, quote }]) => (
              <div key={name}>
                <dt>{words(name)}</dt>
                <dd>
                  <span className="strong">{plain(value)}</span>
                  {quote !== value && <q>{quote}</q>}
                </dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </Card>
  )
}
