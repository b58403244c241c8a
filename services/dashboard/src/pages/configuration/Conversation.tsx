import { Card } from '@/parts/Card'
import { Check, TextArea } from '@/parts/Field'
import { Choice } from './Choice'
import type { Form } from './values'

/* The nearest of the three that are offered. */
const patience = (seconds: number) => (seconds <= 3 ? 3 : seconds <= 6 ? 5 : 9)

export function Conversation({ form }: { form: Form }) {
  const { silence_timeout_seconds, voicemail, name } = form.values
  return (
    <Card title="How it behaves">
      <div className="stack">
        <Choice
          label={`How patient is ${name} when a caller says nothing?`}
          value={patience(silence_timeout_seconds)}
          onChange={(value) => form.set({ silence_timeout_seconds: value })}
          options={[
            { value: 3, name: 'Asks soon', about: 'after 3 seconds' },
            { value: 5, name: 'Waits a moment', about: 'after 5 seconds' },
            { value: 9, name: 'Very patient', about: 'after 9 seconds' },
          ]}
        />
        <Check label="Callers may talk over it" hint="It falls silent and listens. The first words of the law are always said to their end." {...form.check('barge_in')} />
        <Check label="Calls are recorded" hint="Callers are told so first. You can listen to them under Calls, and delete them." {...form.check('recording_enabled')} />
        <Check label="Ask for a key before putting a call through to you" hint="So that your mailbox never takes a caller." {...form.check('transfer_confirm')} />
        <Choice
          label="When a mailbox answers a call of yours"
          value={voicemail}
          onChange={(value) => form.set({ voicemail: value })}
          options={[
            { value: 'hang_up', name: 'Hang up' },
            { value: 'leave_message', name: 'Leave a message' },
            { value: 'off', name: 'Do not look', about: 'the call begins a second sooner' },
          ]}
        />
        {voicemail === 'leave_message' && <TextArea label="Message after the beep" rows={2} maxLength={500} {...form.field('voicemail_message')} />}
      </div>
    </Card>
  )
}
