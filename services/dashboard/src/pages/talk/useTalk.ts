/* A conversation with the voice agent, by microphone or in writing. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { asApiError, type ApiError } from '@/api/error'
import type { ToolUse } from '../call/lines'
import { rehearse, type Mode, type Rehearsal } from './rehearsal'
import { listen, Mouth, type Ears } from './sound'

export type Entry = { who: 'agent' | 'caller'; text: string } | { who: 'tool'; tool: ToolUse }

type State = 'idle' | 'opening' | 'on' | 'over'

/* What belongs to one conversation and ends with it. */
interface Open {
  rehearsal?: Rehearsal
  ears?: Ears
  mouth?: Mouth
}

const NO_MICROPHONE: Record<string, string> = {
  NotAllowedError: 'The browser does not give the microphone to this page. Allow it beside the address, then try again; or write instead.',
  NotFoundError: 'There is no microphone. Plug one in, or write instead.',
  NotReadableError: 'The microphone is in use by another program. Close that, or write instead.',
}

const ENDS: Record<string, string> = {
  'hang up': 'The voice agent has ended the conversation.',
  transfer: 'Here the caller would be put through to you.',
  'no speech': 'The voice cannot be made at the moment. Write instead.',
  'nobody transcribes': 'Speech cannot be understood at the moment. Write instead.',
  refused: 'The server no longer accepts this conversation. Begin a new one.',
  shutdown: 'The server is restarting. Begin anew in a moment.',
  you: 'You have ended it.',
}

function asProblem(error: unknown): ApiError {
  const problem = asApiError(error)
  if (error instanceof DOMException && NO_MICROPHONE[error.name]) problem.message = NO_MICROPHONE[error.name]!
  return problem
}

function shut({ rehearsal, ears, mouth }: Open) {
  rehearsal?.end()
  ears?.stop()
  mouth?.close()
}

export function useTalk(onLoud: (loud: number) => void) {
  const [state, setState] = useState<State>('idle')
  const [mode, setMode] = useState<Mode>('text')
  const [entries, setEntries] = useState<Entry[]>([])
  const [why, setWhy] = useState('')
  const [problem, setProblem] = useState<ApiError | null>(null)
  const open = useRef<Open>({})

  const close = useCallback(() => {
    shut(open.current)
    open.current = {}
  }, [])
  useEffect(() => close, [close])

  const over = (reason: string) => {
    close()
    setWhy(ENDS[reason] ?? 'The connection was lost. Begin anew.')
    setState('over')
  }
  const add = (entry: Entry) => setEntries((old) => [...old, entry])

  /* Into `mine`, piece by piece: whoever leaves meanwhile leaves no microphone open. */
  async function begin(mine: Open, wanted: Mode) {
    if (wanted === 'voice') {
      mine.mouth = new Mouth((mark) => mine.rehearsal?.played(mark))
      mine.ears = await listen((payload, loud) => {
        mine.rehearsal?.media(payload)
        onLoud(loud)
      })
    }
    mine.rehearsal = await rehearse(wanted, {
      said: (who, text) => add({ who, text }),
      tool: (tool) => add({ who: 'tool', tool }),
      media: (payload) => mine.mouth?.play(payload),
      clear: () => mine.mouth?.clear(),
      mark: (name) => mine.mouth?.mark(name),
      over: (reason) => mine === open.current && over(reason),
    })
  }

  const start = async (wanted: Mode) => {
    const mine: Open = {}
    open.current = mine
    setMode(wanted)
    setState('opening')
    setProblem(null)
    setEntries([])
    try {
      await begin(mine, wanted)
      if (mine !== open.current) shut(mine)
      else setState('on')
    } catch (error) {
      shut(mine)
      setProblem(asProblem(error))
      setState('idle')
    }
  }

  return {
    state,
    mode,
    entries,
    why,
    problem,
    start,
    say: (text: string) => open.current.rehearsal?.text(text),
    press: (key: string) => open.current.rehearsal?.key(key),
    end: () => over('you'),
  }
}
