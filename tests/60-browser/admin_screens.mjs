/* Every screen of an admin's, with something on it. */
import { activeVoiceAgent, asAccount, eventually, everyScreen, expect, hungUp, ring, sql, start } from './person.mjs'

const { person, finish } = await start('admin screens')

await hungUp(await ring(await activeVoiceAgent(), 'curious'))
await asAccount('agent2@demo.test', 'POST', '/agent/voice-agent/request', {})

/* The broker of the tests forgets within minutes what nobody looks at: the dead letter comes late. */
sql(`insert into outbox (id, exchange, routing_key, type, body) values ('poison-1', 'va.cmd', 'number.provision', 'number.provision', '{"no": 1}')`)
await eventually('there is a dead letter', async () => (await asAccount('admin@demo.test', 'GET', '/admin/dead-letters')).body.total === 1)
const ruth = await person('admin@demo.test')
const request = (await asAccount('admin@demo.test', 'GET', '/admin/voice-agent-requests?status=approved')).body[0]
await everyScreen(ruth, 'admin', [
  [`/requests/${request.id}`, 'request-approved'],
  [`/agents/${request.real_estate_agent_id}`, 'agent'],
  ['/statistics?period=month', 'statistics-month'],
])

/* Buttons that open something. */
for (const [where, button, name] of [
  ['/agents', 'Add an agent', 'admin-add-agent'],
  ['/numbers', 'Add a number', 'admin-add-number'],
  ['/dialing', 'Stop all outgoing calls…', 'admin-stop-all'],
]) {
  await ruth.go(where)
  await ruth.page.getByRole('button', { name: button }).click()
  await ruth.page.getByRole('dialog').waitFor()
  await ruth.picture(name)
}
await ruth.page.getByLabel('Reason').fill('Complaints from Ohio')
await ruth.page.getByRole('button', { name: 'Stop all calls', exact: true }).click()
await ruth.page.getByRole('alert').filter({ hasText: 'Dialing is stopped for everybody' }).waitFor()
await ruth.picture('admin-stopped')
await ruth.page.getByRole('button', { name: 'Let calls go out again' }).click()
await ruth.page.getByText('Calls go out', { exact: true }).waitFor()

await ruth.page.getByRole('button', { name: 'Stop one agent…' }).click()
await ruth.page.getByLabel('Agent', { exact: true }).selectOption({ index: 1 })
await ruth.page.getByRole('dialog').getByRole('button', { name: 'Stop', exact: true }).click()
await ruth.page.getByRole('button', { name: 'Lift' }).click()
await ruth.page.getByText('No agent is stopped').waitFor()

const letters = async () => (await asAccount('admin@demo.test', 'GET', '/admin/dead-letters')).body.items
const before = (await letters())[0].id
await ruth.go('/system')
await ruth.page.getByRole('button', { name: 'Send back' }).click()
await ruth.page.getByText('Sent back to number.provision').waitFor()
await eventually('nobody could work on it again', async () => (await letters())[0]?.id === before)
await ruth.page.reload()
await ruth.page.getByRole('button', { name: 'Drop…' }).click()
await ruth.page.getByRole('button', { name: 'Drop it' }).click()
await eventually('it is gone', async () => (await asAccount('admin@demo.test', 'GET', '/admin/dead-letters')).body.total === 0)

await ruth.go('/diagnose')
await ruth.page.getByRole('button', { name: 'Diagnose' }).click()
await ruth.page.getByText('All is well').or(ruth.page.getByText('need a look')).waitFor()
await ruth.picture('admin-diagnosis')
expect((await ruth.page.locator('.finding svg.fail').count()) === 0, 'a healthy system is not well')
await finish()
