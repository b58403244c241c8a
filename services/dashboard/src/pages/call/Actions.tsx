/* What can be done with a call: end it, call back, never again, take it along, delete what was recorded. */
import { useState } from 'react'
import { Download, Phone, PhoneOff, Trash2 } from 'lucide-react'
import { useLocation } from 'wouter'
import { data, useChange } from '@/api/change'
import { http } from '@/api/client'
import { asApiError } from '@/api/error'
import { isOver } from '@/api/live'
import type { Call } from '@/api/types'
import { Button } from '@/parts/Button'
import { Confirm } from '@/parts/Dialog'
import { Check } from '@/parts/Field'
import { phone } from '@/parts/format'
import { toastError } from '@/parts/toasts'
import { otherNumber } from '../calls/words'
import { useHangUp } from '../live/useHangUp'
import { useInitiate } from './useInitiate'
import { recordingPath } from './useCall'

export function Actions({ call }: { call: Call }) {
  const [asking, setAsking] = useState<'delete' | 'never' | null>(null)
  const hangUp = useHangUp()
  const [, go] = useLocation()
  const callBack = useInitiate((id) => go(`/calls/${id}`))
  const number = otherNumber(call)
  const close = () => setAsking(null)
  if (!isOver(call))
    return (
      <Button look="danger" icon={PhoneOff} busy={hangUp.isPending} onClick={() => hangUp.mutate(call.id)}>
        Hang up
      </Button>
    )
  return (
    <>
      <Button look="primary" icon={Phone} busy={callBack.isPending} onClick={() => callBack.mutate({ phone_number: number })}>
        Call back
      </Button>
      <Button icon={PhoneOff} onClick={() => setAsking('never')}>
        Do not call
      </Button>
      {call.recording?.state === 'ready' && <Button icon={Trash2} aria-label="Delete the recording" onClick={() => setAsking('delete')} />}
      {asking === 'never' && <NeverAgain number={number} onClose={close} />}
      {asking === 'delete' && <DeleteRecording id={call.id} onClose={close} />}
    </>
  )
}

function NeverAgain({ number, onClose }: { number: string; onClose: () => void }) {
  const add = useChange(() => data(http.POST('/agent/suppressions', { body: { phone_number: number } })), {
    stale: ['/agent/suppressions', '/agent/contacts'],
    done: 'On the do-not-call list',
    onDone: onClose,
  })
  return (
    <Confirm title={`Never call ${phone(number)}?`} confirm="Put it on the list" busy={add.isPending} onConfirm={() => add.mutate(undefined)} onClose={onClose}>
      The number goes on the do-not-call list: no call and no batch of yours reaches it until you lift that.
    </Confirm>
  )
}

function DeleteRecording({ id, onClose }: { id: string; onClose: () => void }) {
  const [words, setWords] = useState(false)
  const remove = useChange(() => data(http.DELETE('/agent/calls/{call_id}/recording', { params: { path: { call_id: id }, query: { transcript: words ? 'delete' : 'keep' } } })), {
    stale: ['/agent/calls'],
    done: 'Deleted, everywhere',
    onDone: onClose,
  })
  return (
    <Confirm title="Delete the recording?" confirm="Delete" danger busy={remove.isPending} onConfirm={() => remove.mutate(undefined)} onClose={onClose}>
      <div className="stack">
        <p>Nobody hears it from now on, and its copies go too. This cannot be taken back.</p>
        <Check label="Delete the transcript as well" checked={words} onChange={(event) => setWords(event.target.checked)} />
      </div>
    </Confirm>
  )
}

async function save(id: string, format: 'wav' | 'mp3') {
  try {
    window.location.assign(await recordingPath(id, format))
  } catch (error) {
    toastError(asApiError(error))
  }
}

export function Downloads({ call }: { call: Call }) {
  const transcript = `/agent/calls/${call.id}/transcript?format=`
  return (
    <div className="row">
      {call.recording?.state === 'ready' && (
        <Button small icon={Download} onClick={() => void save(call.id, 'wav')}>
          Sound
        </Button>
      )}
      {(call.has_transcript ?? call.transcript) && (
        <>
          <a className="button small" href={`${transcript}text`} download={`call-${call.id}.txt`}>
            Text
          </a>
          <a className="button small" href={`${transcript}vtt`} download={`call-${call.id}.vtt`}>
            Subtitles
          </a>
          <a className="button small" href={`${transcript}json`} download={`call-${call.id}.json`}>
            JSON
          </a>
        </>
      )}
    </div>
  )
}
