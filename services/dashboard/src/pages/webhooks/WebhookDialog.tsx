/* A new webhook, or one that changes. */
import { useState } from 'react'
import { data, useChange } from '@/api/change'
import { http } from '@/api/client'
import type { Webhook } from '@/api/types'
import { Check, TextField } from '@/parts/Field'
import { useForm } from '@/parts/form'
import { FormDialog } from '@/parts/FormDialog'
import { EVENTS, type EventName } from './events'
import { Secret } from './Secret'

export function WebhookDialog({ webhook, onClose }: { webhook?: Webhook; onClose: () => void }) {
  const [secret, setSecret] = useState<string>()
  const save = useChange(
    (body: { url: string; events: EventName[] }, key) => (webhook ? data(http.PATCH('/agent/webhooks/{webhook_id}', { params: { path: { webhook_id: webhook.id } }, body })) : data(http.POST('/agent/webhooks', { body, params: { header: { 'Idempotency-Key': key } } }))),
    { stale: ['/agent/webhooks'], done: webhook ? 'Saved' : 'Added', shown: true, onDone: (made) => (made.secret ? setSecret(made.secret) : onClose()) },
  )
  const form = useForm({ url: webhook?.url ?? 'https://', events: webhook?.events ?? EVENTS.map(({ value }) => value) }, save.error)
  if (secret) return <Secret secret={secret} onClose={onClose} />
  const { events } = form.values
  const rest = form.rest('url')
  return (
    <FormDialog title={webhook ? 'Change the webhook' : 'Add a webhook'} act={webhook ? 'Save' : 'Add'} busy={save.isPending} disabled={!events.length} problem={rest} onSubmit={() => save.mutate(form.values)} onClose={onClose}>
      <TextField label="Address" type="url" required autoFocus hint="https, and not inside a private network. Answer 2xx within 10 seconds." {...form.field('url')} />
      <fieldset className="stack-tight">
        <legend className="strong small">Tell it when</legend>
        {EVENTS.map(({ value, name }) => (
          <Check key={value} label={name} checked={events.includes(value)} onChange={(event) => form.set({ events: event.target.checked ? [...events, value] : events.filter((one) => one !== value) })} />
        ))}
      </fieldset>
    </FormDialog>
  )
}
