/* A recording played in its row; only one plays at a time. */
import { useEffect, useRef, useState } from 'react'
import { Pause, Play } from 'lucide-react'
import { http } from '@/api/client'
import { data } from '@/api/change'
import { asApiError } from '@/api/error'
import { Button } from '@/parts/Button'
import { toastError } from '@/parts/toasts'

let playing: HTMLAudioElement | null = null

export function PlayInline({ callId, name }: { callId: string; name: string }) {
  const audio = useRef<HTMLAudioElement | null>(null)
  const [on, setOn] = useState(false)
  useEffect(() => () => audio.current?.pause(), [])

  const start = async () => {
    try {
      const { recording_url } = await data(http.GET('/agent/calls/{call_id}/recording', { params: { path: { call_id: callId } } }))
      playing?.pause()
      const made = new Audio(new URL(recording_url).pathname)
      made.onplay = () => setOn(true)
      made.onpause = made.onended = () => setOn(false)
      playing = audio.current = made
      await made.play()
    } catch (error) {
      setOn(false)
      toastError(asApiError(error))
    }
  }

  const press = () => {
    if (on) audio.current?.pause()
    else if (audio.current) void audio.current.play()
    else void start()
  }
  return <Button look="bare" small icon={on ? Pause : Play} aria-label={on ? `Pause the recording of ${name}` : `Play the recording of ${name}`} onClick={press} />
}
