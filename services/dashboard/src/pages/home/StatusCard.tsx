/* Is it answering? Under which number? Try it. */
import { useState } from 'react'
import { Mic, PhoneCall, SlidersHorizontal } from 'lucide-react'
import { data, useChange } from '@/api/change'
import { http } from '@/api/client'
import type { VoiceAgent } from '@/api/types'
import { Button, ButtonLink } from '@/parts/Button'
import { Copy } from '@/parts/Copy'
import { phone } from '@/parts/format'
import { Switch } from '@/parts/Switch'
import { CallMe } from './CallMe'
import { TalkDialog } from '../talk/TalkDialog'
import './home.css'

export function StatusCard({ agent }: { agent: VoiceAgent }) {
  const [open, setOpen] = useState<'call' | 'talk' | null>(null)
  const toggle = useChange((on: boolean) => data(http.POST('/agent/voice-agent/toggle-status', { body: { status: on ? 'active' : 'inactive' } })), {
    stale: ['/agent/voice-agent'],
    done: (now) => (now.status === 'active' ? `${now.name} answers` : `${now.name} no longer answers`),
  })
  const on = agent.status === 'active'
  return (
    <section className="status-card" aria-label="Your voice agent">
      <div className="status-main">
        <Switch on={on} label={`${agent.name} answers calls`} busy={toggle.isPending} onChange={(to) => toggle.mutate(to)} />
        <div>
          <h2>{on ? `${agent.name} answers your calls` : `${agent.name} is switched off`}</h2>
          <p className="quiet">{on ? 'Callers hear the greeting, and are helped at once.' : 'Callers hear that nobody can answer. Batches rest.'}</p>
        </div>
      </div>
      {agent.phone_number && (
        <div className="status-number">
          <a href={`tel:${agent.phone_number}`} className="number">
            {phone(agent.phone_number)}
          </a>
          <Copy text={agent.phone_number} what="the number" />
        </div>
      )}
      <div className="row">
        <Button icon={PhoneCall} onClick={() => setOpen('call')} disabled={!on}>
          Call me
        </Button>
        <Button icon={Mic} onClick={() => setOpen('talk')}>
          Talk in the browser
        </Button>
        <ButtonLink to="/configuration" icon={SlidersHorizontal}>
          Configure
        </ButtonLink>
      </div>
      {open === 'call' && <CallMe onClose={() => setOpen(null)} />}
      {open === 'talk' && <TalkDialog onClose={() => setOpen(null)} />}
    </section>
  )
}
