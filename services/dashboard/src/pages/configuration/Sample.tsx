/* Plays how a voice sounds: its greeting, made by the voice that would speak it. */
import { useEffect, useRef, useState } from 'react'
import { Square, Volume2 } from 'lucide-react'
import { http } from '@/api/client'
import { data } from '@/api/change'
import { asApiError } from '@/api/error'
import { Button } from '@/parts/Button'
import { toastError } from '@/parts/toasts'

export interface Spoken {
  gender?: 'female' | 'male'
  speed?: 'normal' | 'slow' | 'fast'
  language?: string
  text?: string
}

export function Sample({ name, spoken, children }: { name: string; spoken: Spoken; children?: string }) {
  const audio = useRef<HTMLAudioElement | null>(null)
  const [state, setState] = useState<'still' | 'busy' | 'on'>('still')
  useEffect(() => () => audio.current?.pause(), [])
  const play = async () => {
    setState('busy')
    try {
      const sound = await data(http.GET('/agent/voice-agent/sample', { params: { query: spoken }, parseAs: 'blob' }))
      const url = URL.createObjectURL(sound as Blob)
      const made = (audio.current = new Audio(url))
      made.onended = made.onpause = () => {
        URL.revokeObjectURL(url)
        setState('still')
      }
      await made.play()
      setState('on')
    } catch (error) {
      setState('still')
      toastError(asApiError(error))
    }
  }
  return (
    <Button small look={children ? 'plain' : 'bare'} icon={state === 'on' ? Square : Volume2} busy={state === 'busy'} aria-label={children ? undefined : `Hear ${name}`} onClick={() => (state === 'on' ? audio.current?.pause() : void play())}>
      {children}
    </Button>
  )
}
