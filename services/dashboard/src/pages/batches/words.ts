import type { Batch } from '@/api/types'
import type { Tone } from '@/parts/Badge'

export const STATES: Record<Batch['state'], { name: string; tone: Tone }> = {
  running: { name: 'Running', tone: 'accent' },
  paused: { name: 'Paused', tone: 'warn' },
  cancelled: { name: 'Cancelled', tone: 'plain' },
  done: { name: 'Done', tone: 'good' },
}

export const OUTCOMES: Record<string, { name: string; tone: Tone }> = {
  answered: { name: 'Answered', tone: 'good' },
  machine: { name: 'Voicemail', tone: 'plain' },
  busy: { name: 'Busy', tone: 'warn' },
  'no-answer': { name: 'No answer', tone: 'warn' },
  failed: { name: 'Failed', tone: 'bad' },
  canceled: { name: 'Cancelled', tone: 'plain' },
  skipped: { name: 'Left out', tone: 'plain' },
}

const LIMITS: Record<string, string> = {
  delay: 'the pause between calls',
  account_rate: 'calls per second of the telephone account',
  lines: 'the number of lines',
  quiet_hours: 'calling hours: everybody left is asleep or at dinner',
  daily_cap: 'the calls per day',
  retry_spacing: 'the wait before the next try',
  live_call: 'calls that are under way',
}

export const limitText = (limit: string) => LIMITS[limit] ?? limit
