/* Try the voice agent here: by voice or in writing. What it would do for good is only told, never done. */
import { useEffect, useRef, useState, type FormEvent } from 'react'
import { Keyboard, Mic, PhoneOff, SendHorizontal } from 'lucide-react'
import { Button } from '@/parts/Button'
import { Problem } from '@/parts/Problem'
import { useTalk, type Entry } from './useTalk'
import './talk.css'

export function Talk() {
  const talk = useTalk()
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
        <div className="stack-tight">
          {talk.mode === 'voice' ? (
            <p className="talk-listening" role="status">
              <Mic size={16} aria-hidden /> Speak; talk over it if you like.
            </p>
          ) : (
            <Line onSay={talk.say} />
          )}
          <div className="row">
            <Button look="danger" icon={PhoneOff} onClick={talk.end}>
              Hang up
            </Button>
          </div>
        </div>
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
    <form className="row" onSubmit={submit}>
      <input className="input grow" aria-label="What you say" placeholder="I am looking for a house with a garden" autoFocus value={text} onChange={(event) => setText(event.target.value)} />
      <Button type="submit" look="primary" icon={SendHorizontal} aria-label="Say it" />
    </form>
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
          {entry.text}
        </li>
      ))}
    </ol>
  )
}
