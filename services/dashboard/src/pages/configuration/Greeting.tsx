/* What callers hear first, with names that are filled in: as it is written, and as it will sound. */
import { useRef } from 'react'
import { api } from '@/api/client'
import { useAccount } from '@/api/session'
import { Card } from '@/parts/Card'
import { TextArea } from '@/parts/Field'
import { Sample } from './Sample'
import type { Form } from './values'

const NAMES: Record<string, string> = {
  '{voice_agent}': 'Its own name',
  '{agent_name}': 'Your name',
  '{company_name}': 'Your company',
  '{contact_name}': 'The contact',
}

function filled(text: string, names: Record<string, string>) {
  return text.split(/(\{\w+\})/).map((part, i) => (part in names ? <mark key={i}>{names[part]}</mark> : part))
}

export function Greeting({ form }: { form: Form }) {
  const account = useAccount()
  const box = useRef<HTMLDivElement>(null)
  const contacts = api.useQuery('get', '/agent/contacts', { params: { query: { page_size: 1 } } })
  const { greeting_message: text, voice_gender, voice_speed, language } = form.values
  const names = {
    '{voice_agent}': form.values.name,
    '{agent_name}': account.name,
    '{company_name}': account.company_name || account.name,
    '{contact_name}': contacts.data?.items[0]?.name ?? 'Alex',
  }
  const insert = (name: string) => {
    const area = box.current!.querySelector('textarea')!
    const { selectionStart, selectionEnd } = area
    form.set({ greeting_message: text.slice(0, selectionStart) + name + text.slice(selectionEnd) })
    area.focus()
  }
  return (
    <Card title="Greeting" aside={<Sample name="the greeting" spoken={{ gender: voice_gender, speed: voice_speed, language, text: text.slice(0, 255) || undefined }}>Hear it</Sample>}>
      <div className="stack-tight" ref={box}>
        <TextArea label="What callers hear first" rows={3} maxLength={500} placeholder="Hello! How can I help you today?" {...form.field('greeting_message')} />
        <div className="row" role="group" aria-label="Names to insert">
          {Object.entries(NAMES).map(([name, what]) => (
            <button key={name} type="button" className="insert" title={`Inserts ${name}`} onClick={() => insert(name)}>
              + {what}
            </button>
          ))}
        </div>
        <blockquote className="greeting-preview">
          <span className="quiet">You are speaking with an AI assistant of {account.name}.{form.values.recording_enabled && ' This call may be recorded.'} </span>
          {filled(text || 'Hello! How can I help you today?', names)}
        </blockquote>
        <p className="quiet small">The first words are the law’s: they are always said, in the language of the call.</p>
      </div>
    </Card>
  )
}
