/* Calls in figures: one agent's, or everybody's for an admin. */
import { lazy, Suspense, useMemo } from 'react'
import type { CallStatus, Statistics } from '@/api/types'
import { Card } from '@/parts/Card'
import { Empty } from '@/parts/Empty'
import { clock, milliseconds, number, percent, span } from '@/parts/format'
import { Skeleton } from '@/parts/Skeleton'
import { Stat, Stats } from '@/parts/Stat'
import { OUTCOMES, STATUS } from '../calls/words'
import { Shares } from './Shares'

const BarChart = lazy(() => import('@/parts/BarChart'))

const dayName = (date: string) => new Intl.DateTimeFormat(navigator.language, { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(new Date(`${date}T12:00:00Z`))

function Days({ days, onDay }: { days: Statistics['days']; onDay?: (date: string) => void }) {
  const { names, series } = useMemo(
    () => ({
      names: days.map(({ date }) => dayName(date)),
      series: [
        { name: 'Completed', color: '--accent', values: days.map((day) => day.completed) },
        { name: 'Failed, busy, no answer', color: '--caller', values: days.map((day) => day.failed) },
        { name: 'Still on', color: '--info', values: days.map((day) => Math.max(0, day.total - day.completed - day.failed)) },
      ],
    }),
    [days],
  )
  return <BarChart label="Calls by day" names={names} series={series} onPick={onDay && ((i) => onDay(days[i]!.date))} />
}

function Hours({ hours }: { hours: Statistics['calls_by_hour'] }) {
  const { names, series } = useMemo(
    () => ({
      names: hours.map(({ hour }) => `${hour}:00`),
      series: [
        { name: 'Incoming', color: '--caller', values: hours.map((hour) => hour.inbound) },
        { name: 'Outgoing', color: '--accent', values: hours.map((hour) => hour.outbound) },
      ],
    }),
    [hours],
  )
  return <BarChart label="Calls by hour of the day" names={names} series={series} />
}

const orDash = (ms: number | null) => (ms === null ? '–' : milliseconds(ms))

function Latency({ of }: { of: Statistics['latency_ms'] }) {
  const rows = [
    { name: 'Until we answer', about: 'From the caller’s last word to our first sound', parts: of.answered },
    { name: 'The model’s first word', about: 'Of it, waiting for the language model', parts: of.llm_first },
    { name: 'The first sound', about: 'Of it, making speech', parts: of.tts_first },
  ]
  return (
    <table className="figures">
      <thead>
        <tr>
          <th scope="col">From the caller’s last word</th>
          <th scope="col">Median</th>
          <th scope="col">90 %</th>
          <th scope="col">95 %</th>
          <th scope="col">Answers</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, about, parts }) => (
          <tr key={name}>
            <th scope="row" title={about}>
              {name}
            </th>
            <td>{orDash(parts.p50)}</td>
            <td>{orDash(parts.p90)}</td>
            <td>{orDash(parts.p95)}</td>
            <td>{number(parts.count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

export function Figures({ of, onDay }: { of: Statistics; onDay?: (date: string) => void }) {
  if (!of.total_calls)
    return (
      <Card>
        <Empty title="No calls in this time">Choose a longer one.</Empty>
      </Card>
    )
  return (
    <>
      <Stats>
        <Stat name="Calls" below={`${number(of.calls_by_direction.inbound ?? 0)} in, ${number(of.calls_by_direction.outbound ?? 0)} out`}>
          {number(of.total_calls)}
        </Stat>
        <Stat name="Completed" below={`${number(of.failed_calls)} failed`}>
          {number(of.completed_calls)}
        </Stat>
        <Stat name="Answered" about="Of all calls">
          {percent(of.answered_share)}
        </Stat>
        <Stat name="Talked" about="All completed calls together">
          {span(of.total_duration_seconds)}
        </Stat>
        <Stat name="Average length" below={of.duration_seconds.p50 === null ? undefined : `half are shorter than ${clock(of.duration_seconds.p50)}`}>
          {clock(of.average_duration_seconds)}
        </Stat>
      </Stats>
      <Suspense fallback={<Skeleton lines={6} />}>
        <div className="two-columns even">
          {of.days.length > 1 && (
            <Card title="By day">
              <Days days={of.days} onDay={onDay} />
            </Card>
          )}
          <Card title="By hour of the day">
            <Hours hours={of.calls_by_hour} />
          </Card>
          <Card title="How they ended">
            <Shares of={of.calls_by_status} name={(key) => STATUS[key as CallStatus]?.name ?? key} total={of.total_calls} />
          </Card>
          <Card title="What came of them">
            <Shares of={of.calls_by_outcome} name={(key) => OUTCOMES[key]?.name ?? key} total={of.total_calls} />
          </Card>
        </div>
      </Suspense>
      <Card title="How quickly callers are answered">
        <Latency of={of.latency_ms} />
      </Card>
    </>
  )
}
