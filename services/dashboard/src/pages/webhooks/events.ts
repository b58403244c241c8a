import type { Webhook, WebhookDelivery } from '@/api/types'
import type { Tone } from '@/parts/Badge'

export type EventName = Webhook['events'][number]

export const EVENTS: { value: EventName; name: string }[] = [
  { value: 'call.ended', name: 'A call has ended' },
  { value: 'call.summary', name: 'Its summary is written' },
  { value: 'viewing.booked', name: 'A viewing is booked' },
  { value: 'contact.opted_out', name: 'Somebody does not want to be called' },
]

export const STATES: Record<WebhookDelivery['state'], { name: string; tone: Tone }> = {
  waiting: { name: 'Waiting', tone: 'info' },
  delivered: { name: 'Delivered', tone: 'good' },
  dead: { name: 'Given up', tone: 'bad' },
}

export const eventName = (event: string) => EVENTS.find(({ value }) => value === event)?.name ?? 'A test'
