/* The stop of all outgoing calls, or of one agent's: big, and asked twice. */
import { useState } from 'react'
import { CirclePlay, OctagonX } from 'lucide-react'
import { data, useChange } from '@/api/change'
import { api, http } from '@/api/client'
import type { components } from '@gen/schema'
import { Badge } from '@/parts/Badge'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Confirm, Dialog } from '@/parts/Dialog'
import { Empty } from '@/parts/Empty'
import { Select, TextField } from '@/parts/Field'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { Table } from '@/parts/Table'
import { Time } from '@/parts/Time'

type Stop = components['schemas']['DialingStops']['items'][number]
const STALE = ['/admin/dialing', '/admin/voice-agents']

export default function Dialing() {
  const stops = api.useQuery('get', '/admin/dialing')
  return (
    <Page title="Dialing stop" lead="What waits is canceled and batches pause at once; what rings is hung up; who is talking goes on talking. Calls that come in are not touched.">
      <Loaded of={stops}>
        {({ items }) => (
          <>
            <Everybody stop={items.find((stop) => stop.agent_id === null)} />
            <Single stops={items.filter((stop) => stop.agent_id !== null)} />
          </>
        )}
      </Loaded>
    </Page>
  )
}

function useStart() {
  return useChange((agent_id: string | null) => data(http.POST('/admin/dialing/start', { body: agent_id ? { agent_id } : {} })), { stale: STALE, done: 'Calls may be placed again' })
}

function Everybody({ stop }: { stop: Stop | undefined }) {
  const [asking, setAsking] = useState(false)
  const start = useStart()
  return (
    <Card title="Everybody" aside={stop ? <Badge tone="bad">Stopped</Badge> : <Badge tone="good">Calls go out</Badge>}>
      <div className="big-stop">
        {stop ? (
          <>
            <p>
              Stopped <Time at={stop.since} /> by {stop.by_name ?? stop.by}
              {stop.reason && <> – {stop.reason}</>}
            </p>
            <Button look="primary" icon={CirclePlay} busy={start.isPending} onClick={() => start.mutate(null)}>
              Let calls go out again
            </Button>
          </>
        ) : (
          <Button look="danger" icon={OctagonX} onClick={() => setAsking(true)}>
            Stop all outgoing calls…
          </Button>
        )}
      </div>
      {asking && <StopAll onClose={() => setAsking(false)} />}
    </Card>
  )
}

function useStop(onClose: () => void) {
  return useChange((body: { agent_id?: string; reason?: string }) => data(http.POST('/admin/dialing/stop', { body })), { stale: STALE, done: 'Stopped', onDone: onClose })
}

function StopAll({ onClose }: { onClose: () => void }) {
  const [reason, setReason] = useState('')
  const stop = useStop(onClose)
  return (
    <Confirm title="Stop all outgoing calls?" confirm="Stop all calls" danger busy={stop.isPending} onConfirm={() => stop.mutate({ reason: reason || undefined })} onClose={onClose}>
      <div className="stack">
        <p>Of every agent, until an admin lifts it. Paused batches stay paused until their agents resume them.</p>
        <TextField label="Reason" hint="Agents and admins see it." value={reason} onChange={(event) => setReason(event.target.value)} />
      </div>
    </Confirm>
  )
}

function Single({ stops }: { stops: Stop[] }) {
  const [adding, setAdding] = useState(false)
  const start = useStart()
  return (
    <Card flush title="Single agents" aside={<Button small onClick={() => setAdding(true)}>Stop one agent…</Button>}>
      {stops.length ? (
        <Table
          label="Stopped agents"
          rows={stops}
          rowKey={(stop) => stop.agent_id!}
          columns={[
            { name: 'Agent', width: 'minmax(8rem, 2fr)', cell: (stop) => <span className="strong">{stop.agent_name ?? '–'}</span> },
            { name: 'Reason', width: '3fr', wide: true, cell: (stop) => stop.reason || <span className="quiet">–</span> },
            { name: 'By', width: '7rem', wide: true, cell: (stop) => (stop.by === 'agent' ? 'the agent' : (stop.by_name ?? stop.by)) },
            { name: 'Since', width: '9rem', wide: true, cell: (stop) => <Time at={stop.since} /> },
            {
              name: 'Lift',
              width: '6rem',
              end: true,
              cell: (stop) => (
                <Button small busy={start.isPending && start.variables === stop.agent_id} onClick={() => start.mutate(stop.agent_id)}>
                  Lift
                </Button>
              ),
            },
          ]}
        />
      ) : (
        <Empty title="No agent is stopped" />
      )}
      {adding && <StopOne onClose={() => setAdding(false)} />}
    </Card>
  )
}

function StopOne({ onClose }: { onClose: () => void }) {
  const agents = api.useQuery('get', '/admin/voice-agents')
  const [agent, setAgent] = useState('')
  const [reason, setReason] = useState('')
  const stop = useStop(onClose)
  return (
    <Dialog
      title="Stop one agent's calls"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button look="danger" disabled={!agent} busy={stop.isPending} onClick={() => stop.mutate({ agent_id: agent, reason: reason || undefined })}>
            Stop
          </Button>
        </>
      }
    >
      <div className="stack">
        <Select label="Agent" value={agent} onChange={(event) => setAgent(event.target.value)}>
          <option value="">Choose…</option>
          {agents.data?.map((one) => (
            <option key={one.id} value={one.real_estate_agent_id}>
              {one.agent_name}
            </option>
          ))}
        </Select>
        <TextField label="Reason" value={reason} onChange={(event) => setReason(event.target.value)} />
      </div>
    </Dialog>
  )
}
