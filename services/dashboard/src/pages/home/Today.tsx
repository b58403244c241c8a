/* Today's figures beside those of the same day last week. */
import { api } from '@/api/client'
import type { Statistics } from '@/api/types'
import { clock, milliseconds, number, percent, plural } from '@/parts/format'
import { Loaded } from '@/parts/Loaded'
import { Stat, Stats } from '@/parts/Stat'

type Day = Statistics['days'][number]

/* null: there was nothing that it could be of. */
const share = (day: Day) => (day.total ? day.answered / day.total : null)
const average = (day: Day) => (day.completed ? day.duration_seconds / day.completed : null)

const MARKS = { up: '▲', down: '▼', same: '=' }

function Against({ now, then, show }: { now: number | null; then: number | null; show: (n: number) => string }) {
  if (!then) return 'none a week ago'
  const way = now === null || now === then ? 'same' : now > then ? 'up' : 'down'
  return (
    <>
      {now !== null && (
        <span className={`delta ${way}`} aria-hidden>
          {MARKS[way]}{' '}
        </span>
      )}
      {show(then)} a week ago
    </>
  )
}

const orDash = (n: number | null, show: (n: number) => string) => (n === null ? '–' : show(n))

export function Today() {
  const month = api.useQuery('get', '/agent/call-stats', { params: { query: { period: 'month' } } })
  const day = api.useQuery('get', '/agent/call-stats', { params: { query: { period: 'day' } } })
  return (
    <Loaded of={month} lines={2}>
      {({ days }) => {
        const now = days.at(-1)
        const then = days.at(-8)
        if (!now || !then) return null
        const answer = day.data?.latency_ms.answered
        return (
          <Stats>
            <Stat name="Calls today" below={<Against now={now.total} then={then.total} show={number} />}>
              {number(now.total)}
            </Stat>
            <Stat name="Answered" about="Calls on which somebody spoke, of all" below={<Against now={share(now)} then={share(then)} show={percent} />}>
              {orDash(share(now), percent)}
            </Stat>
            <Stat name="Average length" about="Of completed calls" below={<Against now={average(now)} then={average(then)} show={clock} />}>
              {orDash(average(now), clock)}
            </Stat>
            <Stat name="Viewings booked" about="By the voice agent, today" below={`${plural(day.data?.calls_by_outcome.message_taken ?? 0, 'message')} taken`}>
              {number(day.data?.calls_by_outcome.viewing_booked ?? 0)}
            </Stat>
            <Stat name="Time to answer" about="From the caller’s last word to our first, half of all answers were quicker" below={answer?.p90 ? `nine of ten within ${milliseconds(answer.p90)}` : undefined}>
              {answer?.p50 ? milliseconds(answer.p50) : '–'}
            </Stat>
          </Stats>
        )
      }}
    </Loaded>
  )
}
