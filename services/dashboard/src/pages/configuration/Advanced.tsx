import { Card } from '@/parts/Card'
import { Check, Select } from '@/parts/Field'
import type { Form } from './values'

const MODELS = ['default', 'phone_call', 'numbers_and_commands', 'experimental_conversations', 'experimental_utterances', 'googlev2_long', 'googlev2_short', 'googlev2_telephony', 'googlev2_telephony_short', 'deepgram_nova-2', 'deepgram_nova-2-phonecall', 'deepgram_nova-3']

/* For who knows what they do; the defaults are good. */
export function Advanced({ form }: { form: Form }) {
  return (
    <Card>
      <details>
        <summary className="strong">Advanced</summary>
        <div className="fields advanced">
          <Select label="How it listens" hint="At once is quicker, and can be talked over at any word; turn by turn where it cannot be had." {...form.field('mode')}>
            <option value="stream">Speaking and listening at once</option>
            <option value="turn">Turn by turn</option>
          </Select>
          <Select label="Who turns speech into words" {...form.field('stt')}>
            <option value="gather">The telephone network</option>
            <option value="whisper">Our own model, from a recording of each turn</option>
          </Select>
          <Select label="The network’s speech recognition" {...form.field('speech_model')}>
            {MODELS.map((model) => (
              <option key={model}>{model}</option>
            ))}
          </Select>
          <Select label="Silence that ends what a caller says" value={form.values.speech_timeout_seconds} onChange={(event) => form.set({ speech_timeout_seconds: Number(event.target.value) })}>
            {Array.from({ length: 11 }, (_, n) => (
              <option key={n} value={n}>
                {n ? `${n} s` : 'Found out by the network'}
              </option>
            ))}
          </Select>
          <div className="whole">
            <Check label="Tell the recognition the addresses of your properties" {...form.check('speech_hints')} />
          </div>
        </div>
      </details>
    </Card>
  )
}
