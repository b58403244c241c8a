/* Try the voice agent here: by voice or in writing. What it would do for good is only told, never done. */
import { useCallback, useEffect, useRef, useState, type FormEvent } from 'react'
import { Keyboard, Mic, PhoneOff, SendHorizontal } from 'lucide-react'
import { Button } from '@/parts/Button'
import { Problem } from '@/parts/Problem'
import { ToolCard } from '../call/ToolCard'
import { useTalk, type Entry } from './useTalk'
import '../call/conversation.css'
import './talk.css'

const FULL = 0.2 /* how loud people speak into a microphone, at most */

export function Talk() {
  const meter = useRef<HTMLSpanElement>(null)
  const talk = useTalk(useCallback((loud: number) => meter.current?.style.setProperty('--loud', String(Math.min(1, loud / FULL))), []))
  const on = talk.state === 'on'
  return (
    <div className="talk">
      {talk.problem && <Problem error={talk.problem} />}
      <Entries entries={talk.entries} />
      {talk.state === 'over' && (
        <p className="quiet small" role="status">
          {talk.why}
        </p>
      )}
      {on ? (
        <>
          {talk.mode === 'voice' ? (
            <p className="talk-listening" role="status">
              <Mic size={16} aria-hidden /> <span ref={meter} className="talk-meter" aria-hidden /> Speak; talk over it if you like.
            </p>
          ) : (
            <Line onSay={talk.say} />
          )}
          <div className="row-apart">
            <Button look="danger" icon={PhoneOff} onClick={talk.end}>
              Hang up
            </Button>
            {talk.mode === 'voice' && <Keys onPress={talk.press} />}
          </div>
        </>
      ) : (
        <>
          {!talk.entries.length && !talk.problem && <p className="quiet">A rehearsal, as callers have it: it looks things up for real, but books and stores nothing.</p>}
          <div className="row">
            <Button look="primary" icon={Mic} busy={talk.state === 'opening'} onClick={() => void talk.start('voice')}>
              Talk
            </Button>
            <Button icon={Keyboard} busy={talk.state === 'opening'} onClick={() => void talk.start('text')}>
              Write instead
            </Button>
          </div>
        </>
      )}
    </div>
  )
}

function Line({ onSay }: { onSay: (text: string) => void }) {
  const [text, setText] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!text.trim()) return
    onSay(text.trim())
    setText('')
  }
  return (
    <form className="talk-line" onSubmit={submit}>
      <input className="input" aria-label="What you say" placeholder="I am looking for a house with a garden" autoFocus value={text} onChange={(event) => setText(event.target.value)} />
      <Button type="submit" look="primary" icon={SendHorizontal} aria-label="Say it" />
    </form>
  )
}

/* A telephone's, for what callers may press. */
function Keys({ onPress }: { onPress: (key: string) => void }) {
  return (
    <div className="talk-keys" role="group" aria-label="Keys of the telephone">
      {[...'123456789*0#'].map((key) => (
        <button key={key} type="button" onClick={() => onPress(key)}>
          {key}
        </button>
      ))}
    </div>
  )
}

function Entries({ entries }: { entries: Entry[] }) {
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight, behavior: 'smooth' })
  }, [entries.length])
  if (!entries.length) return null
  return (
    <ol ref={list} className="talk-entries" aria-live="polite" aria-label="The conversation" tabIndex={0}>
      {entries.map((entry, i) => (
        <li key={i} className={entry.who}>
          {entry.who === 'tool' ? <ToolCard tool={entry.tool} /> : entry.text}
        </li>
      ))}
    </ol>
  )
}
