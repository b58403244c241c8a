/* An agent talks with the own assistant in the page: in writing, by voice, and where there is no microphone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { activeVoiceAgent, CALL_MS, start } from './person.mjs'

const AGENT = 'agent@demo.test'
const QUESTION = 'Do you have a house with two bedrooms?'
const RATE = 24_000

await activeVoiceAgent()

/* ---- in writing ---- */

const quiet = await start('talk in writing')
const ana = await quiet.person(AGENT)
const page = ana.page
await page.getByRole('button', { name: 'Talk in the browser' }).click()
await page.getByText('books and stores nothing').waitFor()
await ana.picture('agent-talk')
await page.getByRole('button', { name: 'Talk', exact: true }).click()
await page.getByRole('alert').getByText('or write instead').waitFor()
await ana.picture('agent-talk-no-microphone')
await page.getByRole('button', { name: 'Write instead' }).click()
const words = page.getByRole('list', { name: 'The conversation' })
await words.getByText('You are speaking with an AI assistant').waitFor()
await words.getByText('How can I help').waitFor()
await page.getByLabel('What you say').fill(QUESTION)
await page.getByRole('button', { name: 'Say it' }).click()
await words.getByText(QUESTION).waitFor()
await words.getByText('Looked for properties').waitFor()
await words.getByText('Would you like to see it?').waitFor()
await ana.picture('agent-talk-writing')
await page.getByLabel('What you say').fill('Please do not call me again.')
await page.getByRole('button', { name: 'Say it' }).click()
await page.getByText('The voice agent has ended the conversation.').waitFor()
await quiet.finish()

/* ---- by voice ---- */

/* As the network made it speak before: silence while one is greeted, then the question, again and again. */
async function microphone() {
  const answer = await fetch(`${process.env.WORLD_TELEPHONE}/v1/audio/speech`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer sandbox' },
    body: JSON.stringify({ model: 'tts-1', voice: 'onyx', input: QUESTION, response_format: 'wav' }),
  })
  const wav = Buffer.from(await answer.arrayBuffer())
  const begin = wav.indexOf('data') + 8
  const sound = Buffer.concat([Buffer.alloc(8 * RATE * 2), wav.subarray(begin), Buffer.alloc(RATE * 2)])
  const head = Buffer.from(wav.subarray(0, begin))
  head.writeUInt32LE(begin - 8 + sound.length, 4)
  head.writeUInt32LE(sound.length, begin - 4)
  return Buffer.concat([head, sound])
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'talk-'))
process.on('exit', () => rmSync(folder, { recursive: true }))
const file = path.join(folder, 'microphone.wav')
writeFileSync(file, await microphone())
const loud = await start('talk by voice', ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-audio-capture=${file}`])
const bob = await loud.person(AGENT)
await bob.go('/configuration')
await bob.page.getByRole('button', { name: 'Talk', exact: true }).click()
const heard = bob.page.getByRole('list', { name: 'The conversation' })
await heard.getByText('You are speaking with an AI assistant').waitFor()
await heard.getByText(QUESTION).first().waitFor({ timeout: CALL_MS })
await heard.getByText('Looked for properties').first().waitFor()
await bob.picture('agent-talk-voice')
await heard.getByText(QUESTION).nth(1).waitFor({ timeout: CALL_MS })
await bob.page.getByRole('button', { name: '0', exact: true }).click()
await bob.page.getByText('Here the caller would be put through to you.').waitFor()
await loud.finish()
