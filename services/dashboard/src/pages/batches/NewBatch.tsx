/* A new batch in three steps: whom, how, and what would happen. Nobody is called before the last press. */
import { useState } from 'react'
import { useLocation } from 'wouter'
import { data, useChange } from '@/api/change'
import { http } from '@/api/client'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Select, TextField } from '@/parts/Field'
import { useForm } from '@/parts/form'
import { plural } from '@/parts/format'
import { Page } from '@/parts/Page'
import { ContactPicker } from './ContactPicker'
import { Forecast } from './Forecast'
import './batches.css'

const STEPS = ['Whom', 'How', 'Check and start']
const AGAIN = {
  nobody: [],
  unreached: ['busy', 'no-answer'],
  all: ['busy', 'no-answer', 'machine', 'failed'],
} as const

export type Rules = ReturnType<typeof useRules>['values']

function useRules() {
  return useForm({ name: '', delay_seconds: '5', when_closed: 'wait' as 'wait' | 'skip', again: 'unreached' as keyof typeof AGAIN, max_attempts: '2', spacing_minutes: '60' })
}

/* As the API takes it. */
export function batchOf(contacts: string[], rules: Rules) {
  const on = [...AGAIN[rules.again]]
  return {
    contact_ids: contacts,
    name: rules.name.trim() || undefined,
    delay_seconds: Number(rules.delay_seconds),
    when_closed: rules.when_closed,
    retry: on.length ? { on, max_attempts: Number(rules.max_attempts), spacing_seconds: 60 * Number(rules.spacing_minutes) } : undefined,
  }
}

export default function NewBatch() {
  const [step, setStep] = useState(0)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const rules = useRules()
  const [, go] = useLocation()
  const body = batchOf([...chosen], rules.values)
  const start = useChange((_: void, key) => data(http.POST('/agent/calls/batch', { body, params: { header: { 'Idempotency-Key': key } } })), {
    stale: ['/agent/batches'],
    done: (opened) => `${plural(opened.call_count, 'contact')} will be called`,
    onDone: (opened) => go(`/batches/${opened.batch_id}`),
  })
  return (
    <Page title="New batch" back={{ to: '/batches', name: 'Batches' }}>
      <ol className="wizard-steps" aria-label="Steps">
        {STEPS.map((name, i) => (
          <li key={name} aria-current={i === step ? 'step' : undefined}>
            {name}
          </li>
        ))}
      </ol>
      {step === 0 && <ContactPicker chosen={chosen} onChange={setChosen} />}
      {step === 1 && <RulesForm form={rules} />}
      {step === 2 && <Forecast batch={body} />}
      <div className="row">
        {step > 0 && <Button onClick={() => setStep(step - 1)}>Back</Button>}
        {step < 2 ? (
          <Button look="primary" disabled={!chosen.size} onClick={() => setStep(step + 1)}>
            {step > 0 ? 'See what would happen' : chosen.size ? `Go on with ${plural(chosen.size, 'contact')}` : 'Choose contacts first'}
          </Button>
        ) : (
          <Button look="primary" busy={start.isPending} onClick={() => start.mutate()}>
            Start calling
          </Button>
        )}
      </div>
    </Page>
  )
}

function RulesForm({ form }: { form: ReturnType<typeof useRules> }) {
  return (
    <Card title="How">
      <div className="fields">
        <TextField label="Name" placeholder="Open house on Saturday" {...form.field('name')} />
        <Select label="Between two calls" {...form.field('delay_seconds')}>
          <option value="0">As fast as allowed</option>
          <option value="5">5 seconds</option>
          <option value="30">30 seconds</option>
          <option value="120">2 minutes</option>
          <option value="600">10 minutes</option>
        </Select>
        <Select label="Whose calling hours are over" hint="8:00 to 21:00 where each contact lives." {...form.field('when_closed')}>
          <option value="wait">is called the next morning</option>
          <option value="skip">is left out</option>
        </Select>
        <Select label="Call again" {...form.field('again')}>
          <option value="unreached">who was busy or did not answer</option>
          <option value="all">also after voicemail and failures</option>
          <option value="nobody">nobody</option>
        </Select>
        {form.values.again !== 'nobody' && (
          <>
            <Select label="Calls per contact, at most" {...form.field('max_attempts')}>
              {[2, 3, 4, 5].map((n) => (
                <option key={n}>{n}</option>
              ))}
            </Select>
            <Select label="Next try after" {...form.field('spacing_minutes')}>
              <option value="15">15 minutes</option>
              <option value="60">an hour</option>
              <option value="240">4 hours</option>
              <option value="1440">a day</option>
            </Select>
          </>
        )}
      </div>
    </Card>
  )
}
