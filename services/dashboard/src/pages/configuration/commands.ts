/* Custom commands, as the API writes them ("PHRASE => ACTION OR WORDS"), as rows of a table. */

export const ACTIONS = {
  say: 'says',
  transfer: 'puts the caller through to you',
  message: 'takes a message',
  'opt out': 'never calls again',
  repeat: 'repeats what it said',
  goodbye: 'says goodbye',
  hint: 'leaves it to the model',
} as const

export type Action = keyof typeof ACTIONS

export interface Command {
  when: string
  action: Action
  words: string
}

const ARROW = '=>'
const isAction = (text: string): text is Action => text in ACTIONS && text !== 'say' && text !== 'hint'

export function parse(line: string): Command {
  const at = line.indexOf(ARROW)
  if (at < 0) return { when: line.trim(), action: 'hint', words: '' }
  const then = line.slice(at + ARROW.length).trim()
  const action = then.toLowerCase()
  return { when: line.slice(0, at).trim(), ...(isAction(action) ? { action, words: '' } : { action: 'say' as const, words: then }) }
}

export function print({ when, action, words }: Command): string {
  if (action === 'hint') return when.trim()
  return `${when.trim()} ${ARROW} ${action === 'say' ? words.trim() : action}`
}
