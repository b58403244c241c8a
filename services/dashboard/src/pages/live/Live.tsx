/* The calls that are on now, with what is said as it is spoken. */
import { PhoneOff, Radio } from 'lucide-react'
import { Link } from 'wouter'
import { useEffect, useRef } from 'react'
import { isOver, useLiveCalls, type LiveCall } from '@/api/live'
import { Badge } from '@/parts/Badge'
import { Button } from '@/parts/Button'
import { Empty } from '@/parts/Empty'
import { clock, phone, plural } from '@/parts/format'
import { useNow } from '@/parts/now'
import { Page } from '@/parts/Page'
import { Direction } from '../calls/Direction'
import { StatusBadge } from '../calls/StatusBadge'
import { otherNumber, otherSide } from '../calls/words'
import { gist, toolName } from '../call/ToolCard'
import { linesOf, type Line } from '../call/lines'
import { useHangUp } from './useHangUp'
import './live.css'

export default function Live() {
  const calls = useLiveCalls()
  const now = useNow(1000)
  const on = calls.filter(({ call }) => !isOver(call)).length
  return (
    <Page title="Live" lead={on ? `${plural(on, 'call')} now` : undefined}>
      {calls.length ? (
        <ul className="live">
          {calls.map((live) => (
            <LiveCard key={live.call.id} live={live} now={now} />
          ))}
        </ul>
      ) : (
        <div className="card">
          <Empty icon={Radio} title="No call is on">
            As soon as somebody rings, or a call goes out, it stands here, with every word as it is spoken.
          </Empty>
        </div>
      )}
    </Page>
  )
}

function LiveCard({ live: { call, turns }, now }: { live: LiveCall; now: number }) {
  const hangUp = useHangUp()
  const over = isOver(call)
  const since = Date.parse(call.answered_at ?? call.started_at ?? call.created_at)
  const until = over && call.ended_at ? Date.parse(call.ended_at) : now
  return (
    <li className={over ? 'live-card over' : 'live-card'} aria-label={`Call with ${otherSide(call)}`}>
      <header>
        <Direction of={call.direction} />
        <span className="cell-two grow">
          <Link href={`/calls/${call.id}`} className="strong">
            {otherSide(call)}
          </Link>
          <span className="number">{call.contact_name ? phone(otherNumber(call)) : 'Not a contact'}</span>
        </span>
        <StatusBadge status={call.status} reason={call.reason} />
        <span className="live-timer number" role="timer">
          {clock((until - since) / 1000)}
        </span>
        {!over && (
          <Button look="danger" small icon={PhoneOff} busy={hangUp.isPending} onClick={() => hangUp.mutate(call.id)}>
            Hang up
          </Button>
        )}
      </header>
      <Words lines={linesOf(turns, undefined)} />
    </li>
  )
}

/* The newest line stays in sight. */
function Words({ lines }: { lines: Line[] }) {
  const end = useRef<HTMLOListElement>(null)
  useEffect(() => {
    end.current?.scrollTo({ top: end.current.scrollHeight, behavior: 'smooth' })
  }, [lines.length])
  if (!lines.length) return <p className="quiet">Nothing has been said yet.</p>
  return (
    <ol ref={end} className="live-words" aria-live="polite" aria-label="What is said" tabIndex={0}>
      {lines.map((line) => (
        <li key={line.seq} className={line.role}>
          {line.tool ? (
            <Badge>
              {toolName(line.tool.name)}
              {gist(line.tool) && `: ${gist(line.tool)}`}
            </Badge>
          ) : (
            <>
              <span className="live-who">{line.role === 'caller' ? 'Caller' : 'Agent'}</span> {line.said} {line.unheard && <s>{line.unheard}</s>}
            </>
          )}
        </li>
      ))}
    </ol>
  )
}
