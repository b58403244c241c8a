/* From all contacts to those somebody talked with. */
import type { Batch } from '@/api/types'
import { Card } from '@/parts/Card'
import { number, percent } from '@/parts/format'
import { OUTCOMES } from './words'

function Bar({ name, count, of, tone }: { name: string; count: number; of: number; tone?: string }) {
  return (
    <li>
      <span>{name}</span>
      <span className="funnel-bar" aria-hidden>
        <span className={tone} style={{ width: `${of ? (count / of) * 100 : 0}%` }} />
      </span>
      <span className="number">
        {number(count)} <span className="quiet">{of ? percent(count / of) : ''}</span>
      </span>
    </li>
  )
}

export function Funnel({ batch: { total, outcomes, contacts } }: { batch: Batch }) {
  const dialled = contacts.ended - (outcomes.skipped ?? 0) - (outcomes.canceled ?? 0) + contacts.calling
  return (
    <Card title="What became of them">
      <ul className="funnel">
        <Bar name="Contacts" count={total} of={total} />
        <Bar name="Called" count={Math.max(0, dialled)} of={total} />
        {Object.entries(OUTCOMES).map(([key, { name, tone }]) => (outcomes[key] ? <Bar key={key} name={name} count={outcomes[key]} of={total} tone={tone} /> : null))}
      </ul>
    </Card>
  )
}
