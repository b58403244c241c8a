/* The set-up of a voice agent, step by step: what is done, what failed and why, what comes. */
import { CircleCheck, CircleDashed, CircleX, Undo2 } from 'lucide-react'
import { Ago } from '@/parts/Ago'
import { words } from '@/parts/format'
import type { ProvisioningStep } from './types'

const ORDER: ProvisioningStep['step'][] = ['number', 'webhooks', 'active']
const NAMES = { number: 'Telephone number', webhooks: 'Calls lead to us', active: 'Voice agent is live' }
const ICONS = { done: CircleCheck, failed: CircleX, undone: Undo2 }

export function Steps({ steps }: { steps: ProvisioningStep[] }) {
  return (
    <ol className="setup-steps">
      {ORDER.map((name) => {
        const step = steps.filter((one) => one.step === name).at(-1)
        const Icon = step ? ICONS[step.state] : CircleDashed
        return (
          <li key={name}>
            <Icon size={18} aria-hidden className={step?.state ?? 'todo'} />
            <span>
              <span className="strong">{NAMES[name]}</span> <span className="quiet">{step ? words(step.state) : 'To come'}</span>
              {step?.detail && <span className="quiet"> – {step.detail}</span>}
            </span>
            {step && (
              <span className="quiet small">
                <Ago at={step.at} />
              </span>
            )}
          </li>
        )
      })}
    </ol>
  )
}
