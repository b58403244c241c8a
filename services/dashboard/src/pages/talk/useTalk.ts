/* A conversation with the voice agent, by microphone or in writing. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { asApiError, type ApiError } from '@/api/error'
import { rehearse, type Mode, type Rehearsal } from './rehearsal'
import { listen, Mouth, type Ears } from './sound'

export interface Entry {
  who: 'agent' | 'caller' | 'tool'
  text: string
}

type State = 'idle' | 'opening' | 'on' | 'over'

const WHY: Record<string, string> = { NotAllowedError: 'The browser does not give the microphone to this page. Allow it beside the address, then try again.', NotFoundError: 'There is no microphone. Write instead.' }

function asProblem(error: unknown): ApiError {
  const problem = asApiError(error)
  if (error instanceof DOMException && WHY[error.name]) problem.message = WHY[error.name]!
  return problem
}

export function useTalk() {
  const [state, setState] = useState<State>('idle')
  const [mode, setMode] = useState<Mode>('text')
  const [entries, setEntries] = useState<Entry[]>([])
  const [why, setWhy] = useState('')
  const [problem, setProblem] = useState<ApiError | null>(null)
  const open = useRef<{ rehearsal?: Rehearsal; ears?: Ears; context?: AudioContext }>({})

  const close = useCallback(() => {
    const { rehearsal, ears, context } = open.current
    open.current = {}
    rehearsal?.end()
    ears?.stop()
    void context?.close()
  }, [])
  useEffect(() => close, [close])

  const add = (entry: Entry) => setEntries((old) => [...old, entry])

  const start = async (wanted: Mode) => {
    setMode(wanted)
    setState('opening')
    setProblem(null)
    setEntries([])
    try {
      const context = wanted === 'voice' ? new AudioContext() : undefined
      open.current.context = context
      const mouth = context && new Mouth(context, (mark) => open.current.rehearsal?.played(mark))
      if (context) open.current.ears = await listen(context, (payload) => open.current.rehearsal?.media(payload))
      open.current.rehearsal = await rehearse(wanted, {
        said: (who, text) => add({ who, text }),
        tool: (name, result) => add({ who: 'tool', text: `${name}: ${result}` }),
        media: (payload) => mouth?.play(payload),
        clear: () => mouth?.clear(),
        mark: (name) => (mouth ? mouth.mark(name) : open.current.rehearsal?.played(name)),
        over: (reason) => {
          setWhy(reason)
          setState('over')
          close()
        },
      })
      setState('on')
    } catch (error) {
      close()
      setProblem(asProblem(error))
      setState('idle')
    }
  }

  const say = (text: string) => open.current.rehearsal?.text(text)
  const end = () => {
    close()
    setWhy('You ended it.')
    setState('over')
  }
  return { state, mode, entries, why, problem, start, say, end }
}
