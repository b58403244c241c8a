import { Card } from '@/parts/Card'
import { Select, TextField } from '@/parts/Field'
import { Choice } from './Choice'
import { Sample } from './Sample'
import type { Form } from './values'

export const LANGUAGES: Record<string, string> = {
  'en-US': 'English (United States)',
  'en-GB': 'English (Britain)',
  'de-DE': 'German',
  'fr-FR': 'French',
  'es-ES': 'Spanish (Spain)',
  'es-US': 'Spanish (United States)',
  'it-IT': 'Italian',
  'nl-NL': 'Dutch',
}

export function Voice({ form }: { form: Form }) {
  const { voice_gender, voice_speed, language } = form.values
  const heard = { gender: voice_gender, speed: voice_speed, language }
  return (
    <Card title="Who answers">
      <div className="stack">
        <div className="fields">
          <TextField label="Name" hint="Callers hear it." {...form.field('name')} />
          <Select label="Language" {...form.field('language')}>
            {Object.entries(LANGUAGES).map(([code, name]) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </Select>
        </div>
        <Choice
          label="Voice"
          value={voice_gender}
          onChange={(value) => form.set({ voice_gender: value })}
          options={[
            { value: 'female', name: 'A woman’s', aside: <Sample name="the woman’s voice" spoken={{ ...heard, gender: 'female' }} /> },
            { value: 'male', name: 'A man’s', aside: <Sample name="the man’s voice" spoken={{ ...heard, gender: 'male' }} /> },
          ]}
        />
        <Choice
          label="How fast does it speak?"
          value={voice_speed}
          onChange={(value) => form.set({ voice_speed: value })}
          options={[
            { value: 'slow', name: 'Slowly', aside: <Sample name="it slowly" spoken={{ ...heard, speed: 'slow' }} /> },
            { value: 'normal', name: 'Normally', aside: <Sample name="it normally" spoken={{ ...heard, speed: 'normal' }} /> },
            { value: 'fast', name: 'Briskly', aside: <Sample name="it briskly" spoken={{ ...heard, speed: 'fast' }} /> },
          ]}
        />
      </div>
    </Card>
  )
}
