/* Rings the agent's own telephone: the quickest way to hear what callers hear. */
import { useState, type FormEvent } from 'react'
import { useLocation } from 'wouter'
import { useAccount } from '@/api/session'
import { Button } from '@/parts/Button'
import { Dialog } from '@/parts/Dialog'
import { TextField } from '@/parts/Field'
import { Problem } from '@/parts/Problem'
import { useInitiate } from '../call/useInitiate'

export function CallMe({ onClose }: { onClose: () => void }) {
  const [number, setNumber] = useState(useAccount().phone_number ?? '')
  const [, go] = useLocation()
  const call = useInitiate((id) => {
    onClose()
    go(`/calls/${id}`)
  }, true)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    call.mutate({ phone_number: number })
  }
  const wrong = call.error?.field === 'phone_number' ? call.error.message : undefined
  return (
    <Dialog title="Call me" onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p>Your voice agent calls you, and talks with you as with anybody it calls.</p>
        <TextField label="Your telephone" type="tel" required autoComplete="tel" placeholder="+1 202 555 0101" value={number} error={wrong} onChange={(event) => setNumber(event.target.value)} />
        {call.error && !wrong && <Problem error={call.error} />}
        <div className="row">
          <Button type="submit" look="primary" busy={call.isPending}>
            Call me now
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
