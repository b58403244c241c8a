/* A conversation as it is shown: the turns with their latencies, at the recording's times where there is one. */
import type { Transcript, Turn } from '@/api/types'

export interface Line {
  seq: number
  role: Turn['role']
  /* What was said; of the assistant, what was heard of it. */
  said: string
  /* Made by the model, and never heard. */
  unheard: string
  interrupted: boolean
  startMs: number
  tool: ToolUse | null
  latency: Latency | null
  degraded: string[]
}

export interface ToolUse {
  name: string
  arguments: Record<string, unknown>
  result: Record<string, unknown>
}

export interface Stage {
  name: string
  ms: number
}

export interface Latency {
  total: number
  stages: Stage[]
}

export const SLOW_MS = 1500

function unheardOf(text: string, heard: string | null) {
  if (heard === null || heard === text) return ''
  return text.startsWith(heard) ? text.slice(heard.length).trim() : text
}

/* From the caller's last word to our answer, and where the time went. */
export function latencyOf(parts: Turn['latency']): Latency | null {
  const ms = (name: string) => (typeof parts?.[name] === 'number' ? (parts[name] as number) : 0)
  const total = ms('answered_ms')
  if (!total) return null
  const stages = [
    { name: 'On its way to us', ms: ms('ingest_ms') + ms('queue_ms') },
    { name: 'The model’s first word', ms: ms('llm_first_ms') },
    { name: 'Its first sentence', ms: Math.max(0, ms('first_sentence_ms') - ms('llm_first_ms')) },
    { name: 'Its first sound', ms: ms('tts_first_ms') },
  ]
  const known = stages.reduce((sum, stage) => sum + stage.ms, 0)
  return { total, stages: [...stages, { name: 'Everything else', ms: Math.max(0, total - known) }].filter((stage) => stage.ms > 0) }
}

function toolOf(tool: Turn['tool']): ToolUse | null {
  if (!tool) return null
  const part = (name: string) => (tool[name] && typeof tool[name] === 'object' ? (tool[name] as Record<string, unknown>) : {})
  return { name: String(tool.name ?? ''), arguments: part('arguments'), result: part('result') }
}

export function linesOf(turns: Turn[], transcript: Transcript | undefined): Line[] {
  const timed = new Map(transcript?.turns.map((turn) => [turn.seq, turn.start_ms]))
  let above = 0 /* no line begins before the one above it */
  return turns.map((turn) => ({
    seq: turn.seq,
    role: turn.role,
    said: turn.role === 'agent' ? (turn.heard ?? turn.text) : turn.text,
    unheard: turn.role === 'agent' ? unheardOf(turn.text, turn.heard) : '',
    interrupted: turn.interrupted,
    startMs: (above = Math.max(above, timed.get(turn.seq) ?? turn.started_ms)),
    tool: toolOf(turn.tool),
    latency: latencyOf(turn.latency),
    degraded: turn.degraded ?? [],
  }))
}

/* The line that is to be heard at a moment: the one that began last. */
export function lineAt(lines: Line[], ms: number): Line | undefined {
  let found: Line | undefined
  for (const line of lines) if (line.role !== 'tool' && line.startMs <= ms + 50 && line.startMs >= (found?.startMs ?? 0)) found = line
  return found
}
