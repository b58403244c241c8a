/* Flow 2: a contact is called from its page, and what came of it is read. */
import { activeVoiceAgent, CALL_MS, contact, eventually, expect, start, asAccount } from './person.mjs'

const AGENT = 'agent@demo.test'
const { person, finish, say } = await start('outbound')
await activeVoiceAgent()
const nora = await contact(AGENT, 'Nora Daylight', '+12025550143')
const ana = await person(AGENT)
await ana.nav('Contacts')
await ana.page.getByText('Nora Daylight').waitFor()
await ana.picture('agent-contacts-called')
await ana.page.getByLabel('Name, number or e-mail').fill('Daylight')
await ana.page.waitForURL(/q=Daylight/)
await ana.settle()
await ana.page.getByRole('link', { name: 'Nora Daylight' }).click()
await ana.page.getByRole('heading', { name: 'Nora Daylight' }).waitFor()
await ana.picture('agent-contact')
await ana.page.getByRole('button', { name: 'Call', exact: true }).click()
await ana.page.waitForURL(/\/calls\/[0-9a-f-]+$/)
const id = ana.page.url().split('/').at(-1)
const over = await eventually('the call is over', async () => {
  const call = (await asAccount(AGENT, 'GET', `/agent/calls/${id}`)).body
  return ['completed', 'failed', 'busy', 'no-answer', 'canceled'].includes(call.status) && call
}, CALL_MS)
expect(over.status === 'completed' && over.contact_id === nora, `it ended ${over.status}`)
await ana.page.getByRole('list', { name: 'What was said' }).getByRole('listitem').nth(1).waitFor()
await ana.page.getByText('Completed').first().waitFor()
await ana.picture('agent-call-outbound')
say(`a call of ${over.duration_seconds} s`)
await finish()
