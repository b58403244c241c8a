/* What the model is told: the tested default, or the agent's own words, beside what they differ in. */
import { lazy, Suspense, useState } from 'react'
import { api } from '@/api/client'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { TextArea } from '@/parts/Field'
import { number } from '@/parts/format'
import { Skeleton } from '@/parts/Skeleton'
import { Choice } from './Choice'
import type { Form } from './values'

const PromptDiff = lazy(() => import('./PromptDiff'))
const LETTERS_PER_TOKEN = 4 /* of English, about */

export function Instructions({ form }: { form: Form }) {
  const { use_default_prompt, prompt_template, system_prompt } = form.values
  const [comparing, setComparing] = useState(false)
  const standard = api.useQuery('get', '/agent/voice-agent/prompt', { params: { query: { template: prompt_template } } })
  const text = standard.data?.prompt ?? ''
  const kind = use_default_prompt ? prompt_template : 'own'
  const choose = (value: string) => {
    if (value === 'own') form.set({ use_default_prompt: false, system_prompt: system_prompt || text })
    else form.set({ use_default_prompt: true, prompt_template: value as typeof prompt_template })
  }
  return (
    <Card title="Instructions">
      <div className="stack">
        <Choice
          label="What is it good at?"
          value={kind}
          onChange={choose}
          options={[
            { value: 'professional', name: 'All-round assistant', about: 'answers, books, takes messages' },
            { value: 'specialist', name: 'Property specialist', about: 'talks about listings in depth' },
            { value: 'own', name: 'Your own words', about: 'you write what the model is told' },
          ]}
        />
        {use_default_prompt ? (
          <details className="prompt">
            <summary>Read what it is told</summary>
            {text ? <pre className="small">{text}</pre> : <Skeleton />}
          </details>
        ) : (
          <>
            <TextArea label="Instructions in your own words" rows={12} maxLength={8000} className="input mono" hint={`${number(system_prompt.length)} of 8,000 letters, about ${number(Math.ceil(system_prompt.length / LETTERS_PER_TOKEN))} tokens. The rules of safety, and what the tools can do, are added by us.`} {...form.field('system_prompt')} />
            <div className="row">
              <Button small aria-pressed={comparing} onClick={() => setComparing(!comparing)}>
                {comparing ? 'Hide the comparison' : 'Compare with the default'}
              </Button>
              <Button small onClick={() => form.set({ system_prompt: text })}>
                Begin anew from the default
              </Button>
            </div>
            {comparing && (
              <Suspense fallback={<Skeleton />}>
                <PromptDiff before={text} after={system_prompt} />
              </Suspense>
            )}
          </>
        )}
      </div>
    </Card>
  )
}
