/*
 * A rehearsal with the voice agent: opened by the API, then one socket that speaks the telephone network's own
 * messages, and a few of the page's own. Nothing of it is stored, nobody is called.
 */
import { data } from '@/api/change'
import { http } from '@/api/client'
import type { ToolUse } from '../call/lines'

export type Mode = 'voice' | 'text'

export interface Heard {
  said: (who: 'agent' | 'caller', text: string) => void
  tool: (tool: ToolUse) => void
  /* A piece of the agent's speech: mu-law, 8 kHz. */
  media: (payload: string) => void
  /* What was not played yet is not to be. */
  clear: () => void
  mark: (name: string) => void
  over: (why: string) => void
}

type Message =
  | { event: 'said'; who: 'agent' | 'caller'; text: string }
  | { event: 'tool'; name: string; arguments: string; result: string }
  | { event: 'media'; media: { payload: string } }
  | { event: 'clear' }
  | { event: 'mark'; mark: { name: string } }
  | { event: 'end'; why: string }

export interface Rehearsal {
  text: (text: string) => void
  media: (payload: string) => void
  key: (digit: string) => void
  /* The agent's speech has been played as far as this mark. */
  played: (name: string) => void
  end: () => void
}

const STREAM = 'rehearsal'

/* What the model gave and got is JSON, unless something went wrong. */
function objectOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return { text }
  }
}

function hear(text: string, on: Heard) {
  const message = JSON.parse(text) as Message
  switch (message.event) {
    case 'said':
      return on.said(message.who, message.text)
    case 'tool':
      return on.tool({ name: message.name, arguments: objectOf(message.arguments), result: objectOf(message.result) })
    case 'media':
      return on.media(message.media.payload)
    case 'clear':
      return on.clear()
    case 'mark':
      return on.mark(message.mark.name)
    case 'end':
      return on.over(message.why)
  }
}

/* Why a socket closes that has not said so before. */
const CLOSED: Record<number, string> = { 1008: 'refused', 1001: 'shutdown' }

export async function rehearse(mode: Mode, on: Heard): Promise<Rehearsal> {
  const { url, token } = await data(http.POST('/agent/voice-agent/talk', { body: { mode } }))
  const socket = new WebSocket(url)
  /* The event stands first, as the telephone network has it: so sound is read without looking at the rest. */
  const send = (message: object) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify({ ...message, streamSid: STREAM }))
  let told = false
  const over = (why: string) => {
    if (!told) on.over(why)
    told = true
  }
  const heard = { ...on, over }
  socket.onmessage = (event) => hear(event.data as string, heard)
  socket.onclose = ({ code }) => over(CLOSED[code] ?? 'lost')
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve()
    socket.onerror = () => reject(new Error('The voice socket cannot be reached. An admin can look under Diagnose.'))
  })
  send({ event: 'connected', protocol: 'Call', version: '1.0.0' })
  send({ event: 'start', sequenceNumber: '1', start: { streamSid: STREAM, tracks: ['inbound'], mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 }, customParameters: { token } } })
  return {
    text: (text) => send({ event: 'text', text }),
    media: (payload) => send({ event: 'media', media: { track: 'inbound', payload } }),
    key: (digit) => send({ event: 'dtmf', dtmf: { track: 'inbound_track', digit } }),
    played: (name) => send({ event: 'mark', mark: { name } }),
    end: () => {
      send({ event: 'stop', stop: {} })
      told = true
      socket.close()
    },
  }
}
