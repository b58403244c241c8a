/* From the wish for a voice agent to the first call: where it stands, and what can be done. */
import { useEffect } from 'react'
import { Bot, Check, Clock, X } from 'lucide-react'
import { data, useChange } from '@/api/change'
import { api, http, markStale } from '@/api/client'
import { asApiError } from '@/api/error'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Empty } from '@/parts/Empty'
import { Problem } from '@/parts/Problem'
import { Skeleton } from '@/parts/Skeleton'
import { Time } from '@/parts/Time'
import './request.css'

type State = 'done' | 'now' | 'failed' | 'later'
const LOOK_MS = 3000

function Step({ state, name, children }: { state: State; name: string; children?: React.ReactNode }) {
  const Icon = state === 'done' ? Check : state === 'failed' ? X : Clock
  return (
    <li className={`step ${state}`} aria-current={state === 'now' ? 'step' : undefined}>
      <span className="step-mark">
        <Icon size={16} aria-hidden />
      </span>
      <div>
        <h3>{name}</h3>
        <div className="quiet">{children}</div>
      </div>
    </li>
  )
}

export function RequestStepper() {
  const request = api.useQuery('get', '/agent/voice-agent/status', {}, { refetchInterval: ({ state }) => (state.data && state.data.status !== 'rejected' ? LOOK_MS : false) })
  const ask = useChange((_: void, key) => data(http.POST('/agent/voice-agent/request', { body: {}, params: { header: { 'Idempotency-Key': key } } })), {
    stale: ['/agent/voice-agent'],
    done: 'Asked. An admin looks at it.',
  })
  /* The page is another one as soon as the voice agent is there, and again when it is live. */
  const stage = request.data?.status === 'approved' ? request.data.voice_agent_status : null
  useEffect(() => {
    if (stage) void markStale('/agent/voice-agent')
  }, [stage])
  if (request.isPending) return <Skeleton lines={4} />
  if (request.error && asApiError(request.error).status !== 404) return <Problem error={request.error} onRetry={() => void request.refetch()} />
  const { status, rejection_reason, requested_at } = request.data ?? {}
  if (!status)
    return (
      <Card>
        <Empty
          icon={Bot}
          title="You have no voice agent yet"
          action={
            <Button look="primary" busy={ask.isPending} onClick={() => ask.mutate()}>
              Ask for a voice agent
            </Button>
          }
        >
          It answers your telephone day and night, knows your listings, books viewings and takes messages. An admin approves it; then it gets a number of its own.
        </Empty>
      </Card>
    )
  const rejected = status === 'rejected'
  return (
    <Card title="Your voice agent is on its way">
      <ol className="steps">
        <Step state="done" name="Asked for">
          <Time at={requested_at} form="long" />
        </Step>
        <Step state={rejected ? 'failed' : status === 'approved' ? 'done' : 'now'} name={rejected ? 'Turned down' : 'In review'}>
          {rejected ? (
            <div className="stack-tight">
              <blockquote>{rejection_reason}</blockquote>
              <div>
                <Button look="primary" busy={ask.isPending} onClick={() => ask.mutate()}>
                  Ask again
                </Button>
              </div>
            </div>
          ) : status === 'approved' ? (
            'Approved'
          ) : (
            'An admin looks at it. This page moves on by itself.'
          )}
        </Step>
        <Step state={status === 'approved' ? 'now' : 'later'} name="A number near you">
          {status === 'approved' ? 'It is being found and set up, which takes seconds; when a step fails it is tried again.' : 'Found or bought once it is approved.'}
        </Step>
        <Step state="later" name="It answers">
          Ring it, configure it, import your contacts and listings.
        </Step>
      </ol>
    </Card>
  )
}
