/* What the API's words for calls are called on the screen. */
import type { Call, CallStatus } from '@/api/types'
import type { Tone } from '@/parts/Badge'
import { phone, words } from '@/parts/format'

export const STATUS: Record<CallStatus, { name: string; tone: Tone }> = {
  queued: { name: 'Waiting', tone: 'plain' },
  initiated: { name: 'Dialling', tone: 'info' },
  ringing: { name: 'Ringing', tone: 'info' },
  'in-progress': { name: 'Talking', tone: 'accent' },
  completed: { name: 'Completed', tone: 'good' },
  failed: { name: 'Failed', tone: 'bad' },
  busy: { name: 'Busy', tone: 'warn' },
  'no-answer': { name: 'No answer', tone: 'warn' },
  canceled: { name: 'Cancelled', tone: 'plain' },
}

export const STATUS_OPTIONS = Object.entries(STATUS).map(([value, { name }]) => ({ value, name }))

export const OUTCOMES: Record<string, { name: string; tone: Tone }> = {
  viewing_booked: { name: 'Viewing booked', tone: 'good' },
  message_taken: { name: 'Message taken', tone: 'info' },
  transferred: { name: 'Put through', tone: 'info' },
  callback_requested: { name: 'Wants to be called back', tone: 'warn' },
  information_given: { name: 'Information given', tone: 'plain' },
  not_interested: { name: 'Not interested', tone: 'plain' },
  opted_out: { name: 'Asked not to be called', tone: 'bad' },
  voicemail: { name: 'Voicemail', tone: 'plain' },
  no_conversation: { name: 'No conversation', tone: 'plain' },
  other: { name: 'Something else', tone: 'plain' },
}

/* Why a call or a contact was refused, waits or ended. */
const REASONS: Record<string, string> = {
  allowed: 'Allowed',
  do_not_call: 'On the do-not-call list',
  no_consent: 'No consent on record',
  quiet_hours: 'Outside calling hours there',
  live_call: 'Another call with this number is under way',
  daily_cap: 'The calls of the day are used up',
  agent_inactive: 'The voice agent is switched off',
  dialing_stopped: 'Outgoing calls are stopped',
  country_not_allowed: 'This country may not be called',
  number_not_allowed: 'This number may not be called',
  own_number: 'One of our own numbers',
  bad_number: 'Not a telephone number',
  batch_paused: 'The batch was paused',
  batch_cancelled: 'The batch was cancelled',
  calls_failing: 'Too many calls failed',
  calls_refused: 'The telephone network refused too many calls',
  retry_spacing: 'Waits for the next try',
  duplicate: 'The number is in the list twice',
}

export const reasonText = (reason: string) => REASONS[reason] ?? words(reason)

export const ANSWERED_BY: Record<string, string> = {
  human: 'A person',
  machine_start: 'A machine',
  machine_end_beep: 'A machine',
  machine_end_silence: 'A machine',
  machine_end_other: 'A machine',
  fax: 'A fax',
  unknown: 'Not known',
}

export const otherNumber = (call: Pick<Call, 'direction' | 'from_number' | 'to_number'>) => (call.direction === 'inbound' ? call.from_number : call.to_number)

export const otherSide = (call: Pick<Call, 'direction' | 'from_number' | 'to_number' | 'contact_name'>) => call.contact_name ?? phone(otherNumber(call))
