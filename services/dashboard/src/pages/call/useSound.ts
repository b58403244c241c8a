/* The recording's sound: a player whose link is renewed when it has become too old. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError, asApiError, errorOf } from '@/api/error'
import { toastError } from '@/parts/toasts'
import { Mixer, type Side } from './sides'
import { recordingPath } from './useCall'

const RENEW_MS = 10_000 /* a link that fails sooner will not do better as a new one */

/* A player does not tell why it cannot play: the server does. */
async function whyNot(src: string) {
  const answer = await fetch(src, { headers: { Range: 'bytes=0-0' } })
  toastError(answer.ok ? new ApiError(0, 'unplayable', 'This browser cannot play the recording') : await errorOf(answer))
}

export interface Sound {
  audio: HTMLAudioElement
  playing: boolean
  ms: number
  seek: (ms: number, play?: boolean) => void
  toggle: () => void
  muted: ReadonlySet<Side>
  mute: (side: Side, on: boolean) => void
}

export function useSound(callId: string, available: boolean): Sound {
  const [audio] = useState(() => Object.assign(new Audio(), { preload: 'none' }))
  const [playing, setPlaying] = useState(false)
  const [ms, setMs] = useState(0)
  const renewed = useRef(0)
  const mixer = useRef<Mixer | null>(null)
  const [muted, setMuted] = useState<ReadonlySet<Side>>(new Set())

  const load = useCallback(async () => {
    renewed.current = Date.now()
    try {
      const at = audio.currentTime
      audio.src = await recordingPath(callId)
      if (at) audio.currentTime = at
    } catch (error) {
      toastError(asApiError(error))
    }
  }, [audio, callId])

  useEffect(() => {
    if (!available) return
    void load()
    return () => {
      audio.pause()
      audio.removeAttribute('src')
    }
  }, [audio, available, load])

  useEffect(() => {
    let frame = 0
    const follow = () => {
      setMs(audio.currentTime * 1000)
      if (!audio.paused) frame = requestAnimationFrame(follow)
    }
    const begin = () => {
      setPlaying(true)
      follow()
    }
    const fail = () => {
      const src = audio.getAttribute('src')
      setPlaying(false)
      if (src && Date.now() - renewed.current > RENEW_MS) void load()
      else if (src) void whyNot(src)
    }
    const on: [string, () => void][] = [
      ['play', begin],
      ['pause', () => setPlaying(false)],
      ['seeked', () => setMs(audio.currentTime * 1000)],
      ['error', fail],
    ]
    on.forEach(([name, handle]) => audio.addEventListener(name, handle))
    return () => {
      cancelAnimationFrame(frame)
      on.forEach(([name, handle]) => audio.removeEventListener(name, handle))
    }
  }, [audio, load])

  const seek = useCallback(
    (to: number, play = true) => {
      audio.currentTime = Math.max(0, to) / 1000
      setMs(Math.max(0, to))
      if (play) void audio.play().catch(() => undefined)
    },
    [audio],
  )
  const toggle = useCallback(() => void (audio.paused ? audio.play().catch(() => undefined) : audio.pause()), [audio])
  useEffect(() => () => mixer.current?.close(), [])
  const mute = (side: Side, on: boolean) => {
    mixer.current ??= new Mixer(audio)
    mixer.current.set(side, on)
    setMuted((old) => new Set([...old].filter((one) => one !== side).concat(on ? side : [])))
  }
  return { audio, playing, ms, seek, toggle, muted, mute }
}
