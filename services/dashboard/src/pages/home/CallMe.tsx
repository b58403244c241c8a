/* Rings the agent's own telephone: the quickest way to hear what callers hear. */
import { useState } from 'react'
import { useLocation } from 'wouter'
import { useAccount } from '@/api/session'
import { TextField } from '@/parts/Field'
import { FormDialog } from '@/parts/FormDialog'
import { useInitiate } from '../call/useInitiate'

export function CallMe({ onClose }: { onClose: () => void }) {
  const [number, setNumber] = useState(useAccount().phone_number ?? '')
  const [, go] = useLocation()
  const call = useInitiate((id) => {
    onClose()
    go(`/calls/${id}`)
  }, true)
  const wrong = call.error?.field === 'phone_number' ? call.error.message : undefined
  return (
    <FormDialog title="Call me" act="Call me now" busy={call.isPending} problem={wrong ? undefined : call.error} onSubmit={() => call.mutate({ phone_number: number })} onClose={onClose}>
      <p>Your voice agent calls you, and talks with you as with anybody it calls.</p>
      <TextField label="Your telephone" type="tel" required autoComplete="tel" placeholder="+1 202 555 0101" value={number} error={wrong} onChange={(event) => setNumber(event.target.value)} />
    </FormDialog>
  )
}
