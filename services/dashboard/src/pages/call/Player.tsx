import { lazy, Suspense, useState } from 'react'
import { Pause, Play, RotateCcw, RotateCw, Volume2, VolumeX } from 'lucide-react'
import type { Peaks } from '@/api/types'
import { useKeys } from '@/app/keys'
import { Button } from '@/parts/Button'
import { clock, milliseconds } from '@/parts/format'
import { SLOW_MS, type Line } from './lines'
import { SIDES, type Side } from './sides'
import type { Sound } from './useSound'

const Waveform = lazy(() => import('./Waveform'))

const STEP_MS = 5000
const SPEEDS = [0.75, 1, 1.25, 1.5, 2]
const NARROWEST = 0.6 /* per cent of the width, so that it can be hit */

/* How long the caller waited before each answer: as wide as it lasted, below the time when it was. */
function Waits({ lines, duration, onSeek }: { lines: Line[]; duration: number; onSeek: (ms: number) => void }) {
  const share = (ms: number) => (ms / 1000 / duration) * 100
  return (
    <div className="waits" aria-label="Waits before each answer" role="group">
      {lines.map(({ seq, latency, startMs }) => {
        if (!latency) return null
        const from = Math.max(0, startMs - latency.total)
        const text = `Waited ${milliseconds(latency.total)} at ${clock(startMs / 1000)}`
        const style = { left: `${share(from)}%`, width: `${Math.max(NARROWEST, share(startMs - from))}%` }
        return <button key={seq} type="button" title={text} aria-label={text} className={latency.total > SLOW_MS ? 'wait slow' : 'wait'} style={style} onClick={() => onSeek(from)} />
      })}
    </div>
  )
}

const NAMES: Record<Side, string> = { caller: 'Caller', agent: 'Agent' }

/* Who is on which half of the waveform; a press silences that one. */
function Sides({ stereo, sound: { muted, mute } }: { stereo: boolean; sound: Sound }) {
  if (!stereo)
    return (
      <div className="player-sides">
        <span className="agent">Both</span>
      </div>
    )
  return (
    <div className="player-sides" role="group" aria-label="Who is heard">
      {SIDES.map((side) => {
        const off = muted.has(side)
        const Icon = off ? VolumeX : Volume2
        return (
          <button key={side} type="button" className={side} aria-pressed={!off} title={off ? `Hear the ${side}` : `Silence the ${side}`} onClick={() => mute(side, !off)}>
            <Icon size={14} aria-hidden /> {NAMES[side]}
          </button>
        )
      })}
    </div>
  )
}

export function Player({ sound, peaks, lines }: { sound: Sound; peaks: Peaks; lines: Line[] }) {
  const { audio, playing, ms, seek, toggle } = sound
  const [speed, setSpeed] = useState(1)
  const step = (by: number) => seek(ms + by, playing)
  useKeys({ ' ': toggle, ArrowLeft: () => step(-STEP_MS), ArrowRight: () => step(STEP_MS) })
  const chooseSpeed = (to: number) => {
    audio.playbackRate = to
    setSpeed(to)
  }
  const stereo = peaks.channels === 2
  return (
    <section className="player" aria-label="Recording">
      <Sides stereo={stereo} sound={sound} />
      <div className="player-wave">
        <Suspense fallback={<div className={stereo ? 'waveform two' : 'waveform'} />}>
          <Waveform audio={audio} peaks={peaks} onSeek={(to) => seek(to, playing)} />
        </Suspense>
        <Waits lines={lines} duration={peaks.duration} onSeek={seek} />
      </div>
      <div className="player-controls">
        <Button look="primary" icon={playing ? Pause : Play} aria-label={playing ? 'Pause' : 'Play'} onClick={toggle} />
        <Button look="bare" icon={RotateCcw} aria-label="Five seconds back" onClick={() => step(-STEP_MS)} />
        <Button look="bare" icon={RotateCw} aria-label="Five seconds forth" onClick={() => step(STEP_MS)} />
        <span className="number">
          {clock(ms / 1000)} <span className="quiet">/ {clock(peaks.duration)}</span>
        </span>
        <label className="player-speed">
          <span className="hidden">Speed</span>
          <select className="input" value={speed} onChange={(event) => chooseSpeed(Number(event.target.value))}>
            {SPEEDS.map((one) => (
              <option key={one} value={one}>
                {one}×
              </option>
            ))}
          </select>
        </label>
      </div>
    </section>
  )
}
