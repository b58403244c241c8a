/* The assistant is configured beside its test panel; a call later the figures show it. */
import { activeVoiceAgent, asAccount, callOf, expect, hungUp, ring, start } from './person.mjs'

const AGENT = 'agent@demo.test'
const { person, finish, say } = await start('configuration')
const line = await activeVoiceAgent()
const ana = await person(AGENT)
await ana.go('/configuration')
await ana.page.getByRole('heading', { level: 1 }).waitFor()
const greeting = ana.page.getByLabel('What callers hear first')
await greeting.fill('Good day, this is the office of Ana.')
await ana.picture('agent-configuration-unsaved')
await ana.page.getByRole('button', { name: /^Save/ }).click()
await ana.page.getByText('Saved. It holds from the next call on.').waitFor()
const saved = (await asAccount(AGENT, 'GET', '/agent/voice-agent')).body.settings
expect(saved.greeting_message === 'Good day, this is the office of Ana.', `saved: ${saved.greeting_message}`)

await hungUp(await ring(line, 'buyer'))
const call = await callOf(AGENT, (one) => one.status === 'completed')
const turns = (await asAccount(AGENT, 'GET', `/agent/calls/${call.id}/turns`)).body.items
expect(turns.some((turn) => turn.text.includes('Good day, this is the office of Ana.')), 'the caller was greeted otherwise')
await ana.nav('Statistics')
await ana.page.getByText('Calls').first().waitFor()
await ana.picture('agent-statistics-one')
say('the new greeting was heard')
await finish()
