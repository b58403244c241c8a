/* Every screen of an agent's, with something on it. */
import { activeVoiceAgent, asAccount, callOf, contact, everyScreen, hungUp, ring, start } from './person.mjs'

const AGENT = 'agent@demo.test'
const { person, finish } = await start('agent screens')

const line = await activeVoiceAgent()
for (const name of ['buyer', 'wants-a-person', 'silent']) await hungUp(await ring(line, name))
await callOf(AGENT, (one) => one.status === 'completed')
const nora = await contact(AGENT, 'Nora Daylight', '+12025550143')
await asAccount(AGENT, 'POST', '/agent/suppressions', { phone_number: '+12025550149', reason: 'asked at the open house' })
const webhook = (await asAccount(AGENT, 'POST', '/agent/webhooks', { url: 'https://example.com/hook', events: ['call.ended'] })).body

const ana = await person(AGENT)
await everyScreen(ana, 'agent', [
  ['/contacts/import', 'import-contacts'],
  [`/contacts/${nora}`, 'one-contact'],
  ['/properties/import', 'import-properties'],
  ['/batches/new', 'new-batch'],
  [`/webhooks/${webhook.id}`, 'webhook'],
])
await ana.page.keyboard.press('?')
await ana.page.getByRole('dialog').waitFor()
await ana.picture('agent-help')
await finish()
