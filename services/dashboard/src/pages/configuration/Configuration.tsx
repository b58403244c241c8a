/* How the voice agent is: plain words first, what experts may turn at the end, and beside it, trying it out. */
import { useEffect } from 'react'
import { data, useChange } from '@/api/change'
import { api, http } from '@/api/client'
import type { VoiceAgent } from '@/api/types'
import { Card } from '@/parts/Card'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { Problem } from '@/parts/Problem'
import { useForm } from '@/parts/form'
import { Talk } from '../talk/Talk'
import { Advanced } from './Advanced'
import { Commands } from './Commands'
import { Conversation } from './Conversation'
import { Greeting } from './Greeting'
import { Instructions } from './Instructions'
import { Unsaved } from './Unsaved'
import { changesOf, valuesOf, type Values } from './values'
import { Voice } from './Voice'
import './configuration.css'

export default function Configuration() {
  const agent = api.useQuery('get', '/agent/voice-agent')
  return (
    <Page title="Agent" lead="What you change holds from the next call on.">
      <Loaded of={agent} lines={10}>
        {(known) => <Editor agent={known} />}
      </Loaded>
    </Page>
  )
}

function useLeaveWarning(dirty: boolean) {
  useEffect(() => {
    if (!dirty) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [dirty])
}

function Editor({ agent }: { agent: VoiceAgent }) {
  const save = useChange((changes: Partial<Values>) => data(http.PATCH('/agent/voice-agent', { body: changesOf(changes) })), {
    stale: ['/agent/voice-agent'],
    done: 'Saved. It holds from the next call on.',
    shown: true,
    onDone: (now) => form.reset(valuesOf(now)),
  })
  const form = useForm(valuesOf(agent), save.error)
  useLeaveWarning(form.dirty)
  const rest = form.rest(...Object.keys(form.values))
  return (
    <div className="two-columns">
      <div className="stack">
        {rest && <Problem error={rest} />}
        <Voice form={form} />
        <Greeting form={form} />
        <Conversation form={form} />
        <Instructions form={form} />
        <Commands form={form} />
        <Advanced form={form} />
        {form.dirty && <Unsaved changed={form.changed} busy={save.isPending} onSave={() => save.mutate(form.changes())} onDiscard={() => form.reset()} />}
      </div>
      <div className="beside">
        <Card title="Try it">
          <div className="stack">
            {form.dirty && <p className="notice">You hear it as it is saved. Save first to hear your changes.</p>}
            <Talk />
          </div>
        </Card>
      </div>
    </div>
  )
}
