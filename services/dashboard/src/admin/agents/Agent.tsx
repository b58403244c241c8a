/* One agent: account, voice agent, figures of the calls. Figures only: what is said is the agent's own. */
import { useState } from 'react'
import { useParams } from 'wouter'
import { data, useChange } from '@/api/change'
import { api, http } from '@/api/client'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Copy } from '@/parts/Copy'
import { Confirm } from '@/parts/Dialog'
import { Empty } from '@/parts/Empty'
import { Facts } from '@/parts/Facts'
import { phone } from '@/parts/format'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { Time } from '@/parts/Time'
import { Figures } from '@/pages/statistics/Figures'
import { PeriodTabs, usePeriod } from '@/parts/period'
import { Steps } from '../requests/Steps'
import { AccountState } from './Agents'
import type { Account } from './types'

export default function Agent() {
  const { id } = useParams<{ id: string }>()
  const account = api.useQuery('get', '/admin/agents/{agent_id}', { params: { path: { agent_id: id } } })
  return (
    <Page title={account.data?.name ?? 'Agent'} lead={account.data?.company_name} back={{ to: '/agents', name: 'Agents' }}>
      <Loaded of={account}>
        {(found) => (
          <>
            <div className="two-columns even">
              <AccountCard account={found} />
              <VoiceAgentCard account={found} />
            </div>
            {found.voice_agent_id && <AgentFigures id={found.id} />}
          </>
        )}
      </Loaded>
    </Page>
  )
}

function AccountCard({ account }: { account: Account }) {
  const [asking, setAsking] = useState(false)
  const change = useChange(
    (disabled: boolean) => data(http.PATCH('/admin/agents/{agent_id}', { params: { path: { agent_id: account.id } }, body: { disabled } })),
    { stale: ['/admin/agents', '/admin/voice-agents'], done: (now) => (now.disabled ? 'Disabled; the sessions have ended' : 'Enabled'), onDone: () => setAsking(false) },
  )
  return (
    <Card title="Account" aside={<AccountState account={account} />}>
      <div className="stack">
        <Facts
          of={[
            ['E-mail', account.email],
            ['Country', account.country],
            ['Area code', account.area_code],
            ['Time zone', account.timezone],
            ['Opened', <Time key="opened" at={account.created_at} form="long" />],
            ['Disabled', account.disabled_at && <Time key="disabled" at={account.disabled_at} form="long" />],
          ]}
        />
        <div className="row">
          {account.disabled ? (
            <Button busy={change.isPending} onClick={() => change.mutate(false)}>
              Enable
            </Button>
          ) : (
            <Button look="danger" onClick={() => setAsking(true)}>
              Disable…
            </Button>
          )}
        </div>
        {asking && (
          <Confirm title={`Disable ${account.name}?`} confirm="Disable" danger busy={change.isPending} onConfirm={() => change.mutate(true)} onClose={() => setAsking(false)}>
            <p>All sessions end at once, the voice agent takes and places no calls, and a set-up that is under way is undone. It can be enabled again.</p>
          </Confirm>
        )}
      </div>
    </Card>
  )
}

function VoiceAgentCard({ account }: { account: Account }) {
  const agent = api.useQuery('get', '/admin/voice-agents/{agent_id}', { params: { path: { agent_id: account.id } } }, { enabled: Boolean(account.voice_agent_id) })
  if (!account.voice_agent_id)
    return (
      <Card title="Voice agent">
        <Empty title="None yet">The agent asks for one; the request then stands under Requests.</Empty>
      </Card>
    )
  return (
    <Card title="Voice agent">
      <Loaded of={agent}>
        {(found) => (
          <div className="stack">
            <Facts
              of={[
                ['Name', found.name],
                ['Number', found.phone_number && <NumberFact key="number" number={found.phone_number} />],
                ['Voice', `${found.settings.voice_gender ?? 'female'}, ${found.settings.voice_speed ?? 'normal'}, ${found.settings.language ?? 'en-US'}`],
                ['Recording', found.settings.recording_enabled === false ? 'off' : 'on'],
                ['Dialing', found.dialing_stopped ? 'stopped' : 'allowed'],
              ]}
            />
            <Steps steps={found.provisioning ?? []} />
          </div>
        )}
      </Loaded>
    </Card>
  )
}

function NumberFact({ number }: { number: string }) {
  return (
    <span className="row">
      <span className="number">{phone(number)}</span> <Copy text={number} what="number" />
    </span>
  )
}

function AgentFigures({ id }: { id: string }) {
  const [period, setPeriod] = usePeriod()
  const stats = api.useQuery('get', '/admin/voice-agents/{agent_id}/call-stats', { params: { path: { agent_id: id }, query: { period } } })
  return (
    <>
      <div className="row-apart">
        <h2>Calls</h2>
        <PeriodTabs value={period} onChange={setPeriod} />
      </div>
      <Loaded of={stats}>{(found) => <Figures of={found} />}</Loaded>
    </>
  )
}
