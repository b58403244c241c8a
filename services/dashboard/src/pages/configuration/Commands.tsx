/* What happens at once when a caller says or presses something, without asking the model. */
import { useState } from 'react'
import { Plus, Trash2 } from 'lucide-react'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { ACTIONS, parse, print, type Action, type Command } from './commands'
import type { Form } from './values'

const sameList = (a: string[], b: string[]) => a.length === b.length && a.every((line, i) => line === b[i])

export function Commands({ form }: { form: Form }) {
  const saved = form.values.custom_commands
  const [rows, setRows] = useState(() => saved.map(parse))
  const printed = rows.filter(({ when }) => when.trim()).map(print)
  /* Saved or discarded elsewhere: the table follows. */
  if (!sameList(printed, saved) && !form.changed.includes('custom_commands')) setRows(saved.map(parse))
  const change = (next: Command[]) => {
    setRows(next)
    form.set({ custom_commands: next.filter(({ when }) => when.trim()).map(print) })
  }
  const set = (at: number, changes: Partial<Command>) => change(rows.map((row, i) => (i === at ? { ...row, ...changes } : row)))
  return (
    <Card title="Commands">
      <div className="stack">
        <p className="quiet">
          Understood at once, also when the model is away. <code>|</code> parts phrases; a single digit is a key. Built in: 0 is you, 9 is never again, * is again.
        </p>
        {rows.length > 0 && (
          <ul className="commands">
            {rows.map((row, i) => (
              <li key={i}>
                <input className="input" aria-label="The caller says or presses" placeholder="office hours | when are you open" value={row.when} onChange={(event) => set(i, { when: event.target.value })} />
                <select className="input" aria-label="Then it" value={row.action} onChange={(event) => set(i, { action: event.target.value as Action })}>
                  {Object.entries(ACTIONS).map(([action, name]) => (
                    <option key={action} value={action}>
                      {name}
                    </option>
                  ))}
                </select>
                <Button look="bare" icon={Trash2} aria-label={`Remove the command ${row.when}`} onClick={() => change(rows.filter((_, j) => j !== i))} />
                {row.action === 'say' && <input className="input command-words" aria-label="Words to say" placeholder="We are open from nine to five." value={row.words} onChange={(event) => set(i, { words: event.target.value })} />}
              </li>
            ))}
          </ul>
        )}
        {form.errorOf('custom_commands') && <p className="field-error">{form.errorOf('custom_commands')}</p>}
        <div className="row">
          <Button icon={Plus} onClick={() => setRows([...rows, { when: '', action: 'say', words: '' }])}>
            Add a command
          </Button>
          <span className="quiet small">Save it, then try it: write what a caller would say under “Try it”.</span>
        </div>
      </div>
    </Card>
  )
}
