/* One call: sound and words that find each other, what came of it, and all that is on record. */
import { useEffect } from 'react'
import { useParams, useSearchParams } from 'wouter'
import type { Call as CallType } from '@/api/types'
import { Card } from '@/parts/Card'
import { Empty } from '@/parts/Empty'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { Skeleton } from '@/parts/Skeleton'
import { Time } from '@/parts/Time'
import { otherSide } from '../calls/words'
import { StatusBadge } from '../calls/StatusBadge'
import { Actions, Downloads } from './Actions'
import { Conversation } from './Conversation'
import { CallFacts } from './Facts'
import { Ledger } from './Ledger'
import { lineAt, type Line } from './lines'
import { Outcome, OutcomeBadge } from './Outcome'
import { Player } from './Player'
import { useCall } from './useCall'
import { useSound, type Sound } from './useSound'
import './call.css'

/* The address may name a turn: the search leads to the second at which something was said. */
function useTurnOfAddress(lines: Line[], seekable: boolean, sound: Sound) {
  const [params] = useSearchParams()
  const turn = params.get('turn')
  const at = turn === null ? undefined : lines.find((line) => line.seq === Number(turn))?.startMs
  const { seek } = sound
  useEffect(() => {
    if (seekable && at !== undefined) seek(at, false)
  }, [seekable, at, seek])
}

const NO_SOUND: Record<string, string> = {
  processing: 'The recording is on its way, and appears here by itself.',
  call_not_over: 'The recording is there once the call is over.',
  not_answered: 'Nobody answered, so nothing was recorded.',
  disabled: 'Recording was switched off for this call.',
  too_short: 'The call was too short to be recorded.',
  silent: 'Nothing was to be heard.',
  not_recorded: 'This call was not recorded.',
  by_agent: 'You deleted the recording.',
  expired: 'The recording was deleted after its time.',
  failed: 'The recording could not be brought here.',
}

function noSound({ recording }: CallType) {
  return NO_SOUND[recording?.reason ?? ''] ?? NO_SOUND[recording?.state ?? ''] ?? NO_SOUND.not_recorded
}

export default function Call() {
  const { id = '' } = useParams<{ id: string }>()
  const { call, turns, peaks, lines, seekable } = useCall(id)
  const sound = useSound(id, call.data?.recording?.state === 'ready')
  useTurnOfAddress(lines, seekable, sound)
  const heard = seekable && (sound.playing || sound.ms > 0) ? lineAt(lines, sound.ms)?.seq : undefined
  const back = { to: '/calls', name: 'Calls' }
  if (!call.data)
    return (
      <Page title="Call" back={back}>
        <Loaded of={call}>{() => null}</Loaded>
      </Page>
    )
  const { data } = call
  return (
    <Page
      title={otherSide(data)}
      back={back}
      lead={
        <span className="row">
          <StatusBadge status={data.status} reason={data.reason} /> <OutcomeBadge outcome={data.outcome} /> {data.direction === 'inbound' ? 'Incoming' : 'Outgoing'}, <Time at={data.created_at} />
        </span>
      }
      actions={<Actions call={data} />}
    >
      {data.recording?.state !== 'ready' ? <p className="no-sound quiet">{noSound(data)}</p> : peaks.data ? <Player sound={sound} peaks={peaks.data} lines={seekable ? lines : []} /> : <Loaded of={peaks}>{() => <p className="no-sound quiet">{NO_SOUND.failed}</p>}</Loaded>}
      <div className="two-columns">
        <Card title="What was said" aside={<Downloads call={data} />}>
          {turns.isPending ? (
            <Skeleton lines={6} />
          ) : lines.length ? (
            <Conversation lines={lines} current={heard} caller={data.contact_name ?? 'Caller'} onSeek={seekable ? sound.seek : undefined} />
          ) : (
            <Empty title="No words">{data.status === 'in-progress' ? 'What is said appears here as it is spoken.' : 'Nobody spoke on this call, or it never came about.'}</Empty>
          )}
        </Card>
        <div className="stack">
          <Outcome call={data} />
          <CallFacts call={data} />
          <Ledger call={data} />
        </div>
      </div>
    </Page>
  )
}
