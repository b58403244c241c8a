/* The configuration as one flat form; what the API leaves out has its default here. */
import type { Settings, VoiceAgent } from '@/api/types'
import type { paths } from '@gen/schema'
import type { useForm } from '@/parts/form'

type Update = NonNullable<paths['/agent/voice-agent']['patch']['requestBody']>['content']['application/json']
type SettingsUpdate = NonNullable<Update['settings']>

const DEFAULTS = {
  voice_gender: 'female' as NonNullable<Settings['voice_gender']>,
  voice_speed: 'normal' as NonNullable<Settings['voice_speed']>,
  language: 'en-US',
  greeting_message: '',
  custom_commands: [] as string[],
  voicemail: 'hang_up' as NonNullable<Settings['voicemail']>,
  voicemail_message: '',
  recording_enabled: true,
  prompt_template: 'professional' as NonNullable<Settings['prompt_template']>,
  barge_in: true,
  speech_model: 'default',
  speech_timeout_seconds: 0,
  silence_timeout_seconds: 5,
  speech_hints: true,
  stt: 'gather' as NonNullable<Settings['stt']>,
  transfer_confirm: true,
  mode: 'turn' as NonNullable<Settings['mode']>,
}

const OWN = ['name', 'use_default_prompt', 'system_prompt'] as const

export const valuesOf = (agent: VoiceAgent) => ({
  name: agent.name,
  use_default_prompt: agent.use_default_prompt,
  system_prompt: agent.system_prompt ?? '',
  ...DEFAULTS,
  ...(Object.fromEntries(Object.keys(DEFAULTS).flatMap((key) => (agent.settings[key as keyof Settings] === undefined ? [] : [[key, agent.settings[key as keyof Settings]]]))) as Partial<typeof DEFAULTS>),
})

export type Values = ReturnType<typeof valuesOf>
export type Form = ReturnType<typeof useForm<Values>>

/* As PATCH takes it: the settings in their object, the others beside it. */
export function changesOf(changes: Partial<Values>): Update {
  const own = Object.entries(changes).filter(([name]) => (OWN as readonly string[]).includes(name))
  const settings = Object.entries(changes).filter(([name]) => name in DEFAULTS)
  return { ...Object.fromEntries(own), ...(settings.length ? { settings: Object.fromEntries(settings) as SettingsUpdate } : {}) }
}

export const LABELS: Record<keyof Values, string> = {
  name: 'name',
  use_default_prompt: 'instructions',
  system_prompt: 'instructions',
  voice_gender: 'voice',
  voice_speed: 'pace',
  language: 'language',
  greeting_message: 'greeting',
  custom_commands: 'commands',
  voicemail: 'voicemail',
  voicemail_message: 'voicemail message',
  recording_enabled: 'recording',
  prompt_template: 'kind of instructions',
  barge_in: 'interruptions',
  speech_model: 'speech recognition',
  speech_timeout_seconds: 'end of speech',
  silence_timeout_seconds: 'patience',
  speech_hints: 'hints for the recognition',
  stt: 'who hears',
  transfer_confirm: 'transfers',
  mode: 'way of listening',
}
