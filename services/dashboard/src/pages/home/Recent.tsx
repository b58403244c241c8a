import { Link } from 'wouter'
import { Phone } from 'lucide-react'
import { Ago } from '@/parts/Ago'
import { ButtonLink } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Empty } from '@/parts/Empty'
import { Skeleton } from '@/parts/Skeleton'
import { Direction } from '../calls/Direction'
import { StatusBadge } from '../calls/StatusBadge'
import { useCalls } from '../calls/useCalls'
import { otherSide } from '../calls/words'

const SHOWN = 6
const ALL = {}

export function Recent() {
  const { rows } = useCalls(ALL, SHOWN)
  return (
    <Card
      title="Latest calls"
      aside={
        <ButtonLink to="/calls" look="bare" small>
          All calls
        </ButtonLink>
      }
    >
      {!rows ? (
        <Skeleton />
      ) : rows.length ? (
        <ul className="needs">
          {rows.slice(0, SHOWN).map((call) => (
            <li key={call.id}>
              <Link href={`/calls/${call.id}`}>
                <Direction of={call.direction} />
                <span className="cell-two">
                  <span className="strong">{otherSide(call)}</span>
                  <span>
                    <Ago at={call.created_at} />
                  </span>
                </span>
                <StatusBadge status={call.status} reason={call.reason} />
              </Link>
            </li>
          ))}
        </ul>
      ) : (
        <Empty icon={Phone} title="No calls yet">
          Ring your number to hear your voice agent.
        </Empty>
      )}
    </Card>
  )
}
