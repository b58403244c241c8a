/* Both sides of the recording, the caller above: drawn from the outline that the server made, so it is there at once. */
import { useEffect, useRef } from 'react'
import WaveSurfer from 'wavesurfer.js'
import type { Peaks } from '@/api/types'
import { useMedia } from '@/parts/media'

const HEIGHT = 52

const nonce = () => document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''

export default function Waveform({ audio, peaks, onSeek }: { audio: HTMLAudioElement; peaks: Peaks; onSeek: (ms: number) => void }) {
  const box = useRef<HTMLDivElement>(null)
  const seek = useRef(onSeek)
  const dark = useMedia('(prefers-color-scheme: dark)')
  useEffect(() => void (seek.current = onSeek), [onSeek])
  useEffect(() => {
    const style = getComputedStyle(box.current!)
    const color = (name: string) => style.getPropertyValue(name).trim()
    const side = (who: string) => ({ waveColor: color(`--wave-${who}`), progressColor: color(`--${who}`) })
    const wave = WaveSurfer.create({
      container: box.current!,
      media: audio,
      peaks: peaks.peaks,
      duration: peaks.duration,
      splitChannels: peaks.channels === 2 ? [side('caller'), side('agent')] : [side('agent')],
      height: HEIGHT,
      barWidth: 2,
      barGap: 1,
      barRadius: 2,
      normalize: true,
      cursorColor: color('--text'),
      dragToSeek: true,
      cspNonce: nonce(),
    })
    wave.on('click', (share) => seek.current(share * peaks.duration * 1000))
    return () => wave.destroy()
  }, [audio, peaks, dark])
  return <div ref={box} className="waveform" />
}
