import { useState } from 'react'
import { Button } from '@/parts/Button'
import { Dialog } from '@/parts/Dialog'
import { TextArea } from '@/parts/Field'
import { Problem } from '@/parts/Problem'
import { useReject } from './useRequests'

/* What is said most often; each may be changed before it is sent. */
const TEMPLATES: [string, string][] = [
  ['Unknown company', 'We could not verify your company. Please reply with your licence number, then ask again.'],
  ['Details missing', 'Your profile is incomplete: please add your company and a telephone number for transfers, then ask again.'],
  ['Country', 'Voice agents are not available in your country yet. We will write to you when they are.'],
  ['Duplicate', 'You have a second account with a voice agent already. Please use that one.'],
]

export function RejectDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const reject = useReject(onClose)
  return (
    <Dialog
      title={`Reject ${name}'s request`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button look="danger" busy={reject.isPending} disabled={!reason.trim()} onClick={() => reject.mutate({ id, reason: reason.trim() })}>
            Reject
          </Button>
        </>
      }
    >
      <div className="stack">
        <div className="reasons" role="group" aria-label="Reasons that are given often">
          {TEMPLATES.map(([title, text]) => (
            <Button key={title} small onClick={() => setReason(text)}>
              {title}
            </Button>
          ))}
        </div>
        <TextArea label="Reason" hint="The agent reads it, and may ask again." rows={4} value={reason} onChange={(event) => setReason(event.target.value)} />
        {reject.error && <Problem error={reject.error} />}
      </div>
    </Dialog>
  )
}
