/* One request: the facts, the decision, and the set-up that follows it. */
import { useState } from 'react'
import { useParams } from 'wouter'
import { api } from '@/api/client'
import { Badge } from '@/parts/Badge'
import { Button, ButtonLink } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Facts } from '@/parts/Facts'
import { words } from '@/parts/format'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { Time } from '@/parts/Time'
import { RejectDialog } from './RejectDialog'
import { Steps } from './Steps'
import type { ReviewedRequest } from './types'
import { useApprove, useRetry } from './useRequests'

const SETTLING_MS = 2000

export default function Request() {
  const { id } = useParams<{ id: string }>()
  const request = api.useQuery(
    'get',
    '/admin/voice-agent-requests/{request_id}',
    { params: { path: { request_id: id } } },
    { refetchInterval: (query) => (isSettling(query.state.data) ? SETTLING_MS : false) },
  )
  return (
    <Page title={request.data ? `Request of ${request.data.agent_name}` : 'Request'} back={{ to: '/requests', name: 'Requests' }}>
      <Loaded of={request}>
        {(found) => (
          <div className="two-columns">
            <Decision request={found} />
            <SetUp request={found} />
          </div>
        )}
      </Loaded>
    </Page>
  )
}

const isSettling = (request: ReviewedRequest | undefined) => ['running', 'waiting'].includes(request?.setup?.state ?? '')

function Decision({ request }: { request: ReviewedRequest }) {
  const [rejecting, setRejecting] = useState(false)
  const approve = useApprove()
  return (
    <Card title="Who asks" aside={<Badge tone={request.status === 'pending' ? 'warn' : request.status === 'approved' ? 'good' : 'bad'}>{words(request.status)}</Badge>}>
      <div className="stack">
        <Facts
          of={[
            ['Agent', request.agent_name],
            ['Company', request.company_name],
            ['E-mail', request.agent_email],
            ['Asked', <Time key="asked" at={request.requested_at} form="long" />],
            ['Decided', request.reviewed_at && <Time key="decided" at={request.reviewed_at} form="long" />],
            ['Reason', request.rejection_reason],
          ]}
        />
        {request.status === 'pending' && (
          <div className="row">
            <Button look="primary" busy={approve.isPending} onClick={() => approve.mutate(request.id)}>
              Approve
            </Button>
            <Button onClick={() => setRejecting(true)}>Reject…</Button>
          </div>
        )}
        {request.voice_agent_id && (
          <div className="row">
            <ButtonLink to={`/agents/${request.real_estate_agent_id}`}>Agent and figures</ButtonLink>
          </div>
        )}
        {rejecting && <RejectDialog id={request.id} name={request.agent_name} onClose={() => setRejecting(false)} />}
      </div>
    </Card>
  )
}

function SetUp({ request }: { request: ReviewedRequest }) {
  const retry = useRetry()
  if (request.status !== 'approved') return null
  const setup = request.setup
  return (
    <Card title="Set-up" aside={setup && <Badge tone={setup.state === 'done' ? 'good' : setup.state === 'failed' ? 'bad' : 'info'}>{words(setup.state)}</Badge>}>
      <div className="stack">
        <Steps steps={request.provisioning ?? []} />
        {setup?.reason && setup.state !== 'done' && <p className="quiet">{setup.reason}</p>}
        {setup?.next_try_at && (
          <p className="quiet">
            Next try <Time at={setup.next_try_at} form="time" /> (so far {setup.tries})
          </p>
        )}
        {(setup?.state === 'failed' || setup?.state === 'waiting') && (
          <div className="row">
            <Button busy={retry.isPending} onClick={() => retry.mutate(request.id)}>
              Try again now
            </Button>
          </div>
        )}
      </div>
    </Card>
  )
}
