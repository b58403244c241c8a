import { useState } from 'react'
import { milliseconds } from '@/parts/format'
import { SLOW_MS, type Latency } from './lines'

/* How long the caller waited for this answer; opens to where the time went. */
export function LatencyChip({ latency }: { latency: Latency }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" className={latency.total > SLOW_MS ? 'latency slow' : 'latency'} aria-expanded={open} title="From the caller’s last word to this answer" onClick={() => setOpen(!open)}>
        {milliseconds(latency.total)}
      </button>
      {open && (
        <span className="latency-parts">
          <span className="latency-bar" aria-hidden>
            {latency.stages.map((stage, i) => (
              <span key={stage.name} className={`stage-${i}`} style={{ flexGrow: stage.ms }} />
            ))}
          </span>
          {latency.stages.map((stage, i) => (
            <span key={stage.name} className="latency-part">
              <span className={`stage-dot stage-${i}`} aria-hidden /> {stage.name} <span className="number">{milliseconds(stage.ms)}</span>
            </span>
          ))}
        </span>
      )}
    </>
  )
}
