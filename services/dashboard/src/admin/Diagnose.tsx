/* One button: what is well, what is not, and what to do about it. */
import { useState } from 'react'
import { CircleCheck, CircleX, Stethoscope, TriangleAlert } from 'lucide-react'
import { api } from '@/api/client'
import type { components } from '@gen/schema'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Empty } from '@/parts/Empty'
import { milliseconds, plural, words } from '@/parts/format'
import { Page } from '@/parts/Page'
import { Problem } from '@/parts/Problem'
import { Skeleton } from '@/parts/Skeleton'
import { sentence } from '@/parts/toasts'

type Finding = components['schemas']['Diagnosis']['items'][number]

const ICONS = { ok: CircleCheck, warn: TriangleAlert, fail: CircleX }
const ORDER = { fail: 0, warn: 1, ok: 2 }
const NAMES: Record<string, string> = { public_url: 'Public address', twilio: 'Twilio account', media_socket: 'Media socket', ai_llm: 'Model that thinks', ai_stt: 'Model that hears', ai_tts: 'Model that speaks' }

export default function Diagnose() {
  const [asked, setAsked] = useState(false)
  const diagnosis = api.useQuery('get', '/admin/diagnose', {}, { enabled: asked, staleTime: Infinity, gcTime: 0, retry: false })
  const run = () => (asked ? void diagnosis.refetch() : setAsked(true))
  return (
    <Page
      title="Diagnose"
      lead="Signature, public address, media socket, numbers, clocks, keys, models, database, broker: each is tried for real, which takes some seconds and one small request per model."
      actions={
        <Button look="primary" icon={Stethoscope} busy={diagnosis.isFetching} onClick={run}>
          {diagnosis.isFetching ? 'Looking…' : diagnosis.data ? 'Look again' : 'Diagnose'}
        </Button>
      }
    >
      <Card flush>
        {diagnosis.isFetching ? (
          <Skeleton lines={8} />
        ) : diagnosis.error ? (
          <Problem error={diagnosis.error} onRetry={run} />
        ) : diagnosis.data ? (
          <Findings items={diagnosis.data.items} />
        ) : (
          <Empty icon={Stethoscope} title="Nothing has been looked at yet" />
        )}
      </Card>
    </Page>
  )
}

function Findings({ items }: { items: Finding[] }) {
  const sorted = [...items].sort((a, b) => ORDER[a.state] - ORDER[b.state])
  const wrong = items.filter((item) => item.state !== 'ok').length
  return (
    <section aria-live="polite">
      <p className="finding strong">
        <span />
        {wrong ? plural(wrong, 'thing needs a look', 'things need a look') : 'All is well'}
      </p>
      {sorted.map((item, i) => (
        <Line key={`${item.name}${i}`} item={item} />
      ))}
    </section>
  )
}

function Line({ item }: { item: Finding }) {
  const Icon = ICONS[item.state]
  return (
    <div className="finding">
      <Icon size={18} className={item.state} aria-label={item.state} />
      <span className="strong" title={`took ${milliseconds(item.ms)}`}>
        {NAMES[item.name] ?? words(item.name)}
      </span>
      <div>
        <p className={item.state === 'ok' ? 'quiet' : undefined}>{sentence(item.found)}</p>
        {item.remedy && <p className="finding-remedy">{sentence(item.remedy)}</p>}
      </div>
    </div>
  )
}
