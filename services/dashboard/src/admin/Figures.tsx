/* Calls in figures and columns. */
import type { Statistics } from '@/api/types'
import { Card } from '@/parts/Card'
import { Columns } from '@/parts/Columns'
import { milliseconds, number, percent, span, words } from '@/parts/format'
import { Stat, Stats } from '@/parts/Stat'

/* A day of the statistics belongs to no zone any more: it is shown as it is. */
const dayName = (date: string) => new Intl.DateTimeFormat(navigator.language, { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`))
const orDash = (value: number | null, as: (n: number) => string) => (value === null ? '–' : as(value))

export function Figures({ stats }: { stats: Statistics }) {
  return (
    <div className="stack">
      <Stats>
        <Stat name="Calls">{number(stats.total_calls)}</Stat>
        <Stat name="Completed">{number(stats.completed_calls)}</Stat>
        <Stat name="Failed" about="Failed, busy, not answered and canceled">
          {number(stats.failed_calls)}
        </Stat>
        <Stat name="Answered" about="Of all calls">
          {percent(stats.answered_share)}
        </Stat>
        <Stat name="Talked" about="All completed calls together">
          {span(stats.total_duration_seconds)}
        </Stat>
        <Stat name="Average" about="Of the completed calls" below={`half take less than ${orDash(stats.duration_seconds.p50, span)}`}>
          {span(stats.average_duration_seconds)}
        </Stat>
        <Stat name="Time to answer" about="From the caller's last word to our first: half of the turns are quicker, and 95 of 100" below={`95 %: ${orDash(stats.latency_ms.answered.p95, milliseconds)}`}>
          {orDash(stats.latency_ms.answered.p50, milliseconds)}
        </Stat>
      </Stats>
      <div className="two-columns even">
        <Card title="By day">
          <Columns label="Calls by day" columns={stats.days.map(dayColumn)} />
        </Card>
        <Card title="By hour">
          <Columns label="Calls by hour of the day" columns={hours(stats)} />
        </Card>
      </div>
      <Card title="How they ended">
        <Outcomes counts={stats.calls_by_status} />
      </Card>
    </div>
  )
}

function dayColumn(day: Statistics['days'][number]) {
  return {
    key: day.date,
    name: dayName(day.date),
    parts: [
      { name: 'Completed', value: day.completed, tone: 'accent' as const },
      { name: 'Failed', value: day.failed, tone: 'bad' as const },
      { name: 'Under way', value: Math.max(0, day.total - day.completed - day.failed), tone: 'plain' as const },
    ],
  }
}

const hours = (stats: Statistics) =>
  stats.calls_by_hour.map((hour) => ({
    key: String(hour.hour),
    name: `${hour.hour}:00`,
    parts: [
      { name: 'Inbound', value: hour.inbound, tone: 'accent' as const },
      { name: 'Outbound', value: hour.outbound, tone: 'info' as const },
    ],
  }))

function Outcomes({ counts }: { counts: Record<string, number> }) {
  const rows = Object.entries(counts).sort(([, a], [, b]) => b - a)
  if (!rows.length) return <p className="quiet">No calls in this time.</p>
  return (
    <dl className="facts">
      {rows.map(([status, count]) => (
        <div key={status}>
          <dt>{words(status)}</dt>
          <dd className="number">{number(count)}</dd>
        </div>
      ))}
    </dl>
  )
}
