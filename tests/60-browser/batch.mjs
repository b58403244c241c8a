/* Flow: a batch from its contacts to its end. */
import { activeVoiceAgent, asAccount, CALL_MS, callee, contact, eventually, expect, start } from './person.mjs'

const AGENT = 'agent@demo.test'
const { person, finish, say } = await start('batch')
await activeVoiceAgent()
const names = ['Ada Noon', 'Ben Noon', 'Cyd Noon', 'Dov Noon']
for (const [i, name] of names.entries()) await contact(AGENT, name, `+1202555018${i}`)
await callee('+12025550183', 'busy')
const ana = await person(AGENT)
await ana.nav('Batches')
await ana.picture('agent-batches-empty')
await ana.go('/batches/new')
await ana.page.getByLabel('Name, number or e-mail').fill('Noon')
await ana.page.getByRole('button', { name: 'Choose all 4 shown' }).click()
await ana.picture('agent-batch-whom')
await ana.page.getByRole('button', { name: 'Go on with 4 contacts' }).click()
await ana.page.getByLabel('Name', { exact: true }).fill('Open house')
await ana.page.getByLabel('Between two calls').selectOption('0')
await ana.page.getByLabel('Call again').selectOption('nobody')
await ana.picture('agent-batch-how')
await ana.page.getByRole('button', { name: 'See what would happen' }).click()
await ana.page.getByText('Will be called').waitFor()
await ana.picture('agent-batch-check')
await ana.page.getByRole('button', { name: 'Start calling' }).click()
await ana.page.getByRole('heading', { name: 'Open house' }).waitFor()
const id = new URL(ana.page.url()).pathname.split('/').at(-1)
const batch = await eventually('the batch is done', async () => {
  const now = (await asAccount(AGENT, 'GET', `/agent/batches/${id}`)).body
  return now.state === 'done' && now
}, CALL_MS)
expect(batch.contacts.ended === 4 && batch.outcomes.busy === 1, JSON.stringify(batch.outcomes))
await ana.page.getByText('4 of 4 through').waitFor()
await ana.picture('agent-batch')
await ana.nav('Batches')
await ana.page.getByText('Open house').waitFor()
await ana.picture('agent-batches-one')
say(JSON.stringify(batch.outcomes))
await finish()
