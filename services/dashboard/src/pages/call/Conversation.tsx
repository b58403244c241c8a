/* What was said, line by line; the line that is being played is marked, and a press on its time plays from there. */
import { useEffect, useRef } from 'react'
import { Badge } from '@/parts/Badge'
import { clock } from '@/parts/format'
import { LatencyChip } from './LatencyChip'
import type { Line } from './lines'
import { ToolCard } from './ToolCard'
import './conversation.css'

const DEGRADED: Record<string, string> = {
  filler: 'A filler bridged the wait',
  llm_retry: 'The model was asked twice',
  llm_late: 'The model was late',
  llm: 'The model failed',
  tts: 'The voice failed',
  stt: 'Hearing failed',
  database: 'The database was away',
}

interface Props {
  lines: Line[]
  /* The line that is being played. */
  current?: number
  caller: string
  /* Where the recording can be played from: */
  onSeek?: (ms: number) => void
}

function SaidAt({ ms, onSeek }: { ms: number; onSeek?: (ms: number) => void }) {
  const time = clock(ms / 1000)
  if (!onSeek) return <span className="number quiet">{time}</span>
  return (
    <button type="button" className="said-time number" aria-label={`Play from ${time}`} onClick={() => onSeek(ms)}>
      {time}
    </button>
  )
}

function Spoken({ line, caller, onSeek }: { line: Line; caller: string; onSeek?: (ms: number) => void }) {
  return (
    <>
      <p className="said-head">
        <span className="said-who">{line.role === 'caller' ? caller : 'Voice agent'}</span>
        <SaidAt ms={line.startMs} onSeek={onSeek} />
        {line.latency && <LatencyChip latency={line.latency} />}
        {line.interrupted && <Badge tone="warn">Interrupted</Badge>}
        {line.degraded.map((what) => (
          <Badge key={what} tone="warn">
            {DEGRADED[what] ?? what}
          </Badge>
        ))}
      </p>
      <p>
        {line.said}{' '}
        {line.unheard && (
          <s title="The caller did not hear this">
            <span className="hidden">Not heard: </span>
            {line.unheard}
          </s>
        )}
      </p>
    </>
  )
}

export function Conversation({ lines, current, caller, onSeek }: Props) {
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => {
    if (current !== undefined) list.current?.querySelector(`[data-seq="${current}"]`)?.scrollIntoView({ block: 'nearest', behavior: 'smooth' })
  }, [current])
  return (
    <ol className="conversation" ref={list} aria-label="What was said">
      {lines.map((line) => (
        <li key={line.seq} data-seq={line.seq} className={line.tool ? undefined : `said ${line.role}`} aria-current={line.seq === current ? 'true' : undefined}>
          {line.tool ? <ToolCard tool={line.tool} /> : <Spoken line={line} caller={caller} onSeek={onSeek} />}
        </li>
      ))}
    </ol>
  )
}
