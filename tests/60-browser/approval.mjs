/* Flow 1: an agent asks, is turned down with a reason, asks again, and is approved. */
import { expect, start } from './person.mjs'

const { person, finish, say } = await start('approval')
const ana = await person('agent@demo.test')
ana.tolerate(404) /* there is no voice agent yet */
const ruth = await person('admin@demo.test')

const askFor = ana.page.getByRole('button', { name: 'Ask for a voice agent' })
await askFor.waitFor()
await ana.picture('agent-home-without')
await askFor.click()
await ana.page.getByText('In review').waitFor()
await ana.picture('agent-home-review')

await ruth.go('/requests')
await ruth.page.getByRole('row').filter({ hasText: 'Reject' }).first().waitFor()
await ruth.picture('admin-requests-pending')
await ruth.page.getByRole('button', { name: 'Reject', exact: true }).first().click()
await ruth.page.getByRole('button', { name: 'Details missing' }).click()
await ruth.picture('admin-reject')
await ruth.page.getByRole('dialog').getByRole('button', { name: 'Reject', exact: true }).click()
await ruth.page.getByText('Nobody waits').waitFor()

await ana.page.getByText('Turned down').waitFor()
await ana.page.getByText('Your profile is incomplete').waitFor()
await ana.picture('agent-home-rejected')
await ana.page.getByRole('button', { name: 'Ask again' }).click()
await ana.page.getByText('In review').waitFor()

await ruth.page.reload()
await ruth.page.getByRole('row').nth(1).click()
await ruth.page.getByRole('heading', { name: /^Request of/ }).waitFor()
await ruth.page.getByRole('button', { name: 'Approve' }).click()
await ruth.page.getByText('Voice agent is live').waitFor()
await ruth.page.locator('.setup-steps .done').nth(2).waitFor()
await ruth.picture('admin-request')

const number = ana.page.locator('a[href^="tel:"]')
await number.waitFor()
const told = (await number.getAttribute('href')).slice(4)
expect(/^\+1\d{10}$/.test(told), `the agent sees ${told}`)
await ana.picture('agent-home-new')
say(`the voice agent answers at ${told.slice(0, -2).replace(/\d/g, '*')}${told.slice(-2)}`)
await finish()
