/* What an office does on any day: a file of contacts, a viewing moved, a batch held, somebody never called again. */
import { activeVoiceAgent, asAccount, CALL_MS, contact, eventually, expect, hungUp, ring, sql, start } from './person.mjs'

const AGENT = 'agent@demo.test'
const PEOPLE = 'Full name;Mobile phone;Mail;Shoe size\nZoe Import;+1 202 555 0161;zoe@example.com;42\nBad Number;12;;\n"Yan, Import";+1 202 555 0162;;\n'

const { person, finish, say } = await start('daily')
const line = await activeVoiceAgent()
for (const [i, name] of ['Ada Noon', 'Ben Noon', 'Cyd Noon'].entries()) await contact(AGENT, name, `+1202555018${i}`)
const ana = await person(AGENT)
const { page } = ana
const press = (name) => page.getByRole('button', { name, exact: true }).click()
const told = (text) => page.getByRole('status').getByText(text, { exact: true }).waitFor()

/* ---- a file: another's columns, a wrong row ---- */

await ana.go('/contacts/import')
await page.getByLabel('CSV file').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(PEOPLE) })
await page.getByText('Leave the 1 wrong row out').waitFor()
expect(await page.getByRole('button', { name: 'Import 2' }).isDisabled(), 'wrong rows are imported unasked')
await ana.picture('agent-import-trial')
await page.getByText('Leave the 1 wrong row out').click()
await press('Import 2')
await page.getByText('Zoe Import').first().waitFor()
say('a file is imported without its wrong row')

/* ---- a number that must not be called, until its owner agrees ---- */

await ana.go('/suppressions')
await press('Add a number')
ana.tolerate(400, 422)
await page.getByLabel('Number', { exact: true }).fill('99')
await press('Put it on the list')
await page.locator('.field-error').waitFor()
await page.getByLabel('Number', { exact: true }).fill('+12025550188')
await press('Put it on the list')
await page.getByRole('row').filter({ hasText: '0188' }).getByRole('button', { name: 'Take off' }).click()
await press('Take it off the list')
await page.getByText('The list is empty').waitFor()
await press('Lifted')
await page.getByText('+1 202 555 0188').waitFor()
say('a number went on the list and off it, and the list remembers')

/* ---- a viewing: at a wrong hour, booked, moved, called off ---- */

const day = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10)
await ana.go('/viewings')
await press('Book a viewing')
await page.getByLabel('Property').selectOption({ index: 1 })
await page.getByLabel('Begins').fill(`${day}T20:00`)
await page.getByLabel('Visitor').fill('Vic Visitor')
await press('Book')
await page.locator('.field-error').waitFor()
await ana.picture('agent-viewing-refused')
await page.getByLabel('Begins').fill(`${day}T10:00`)
await press('Book')
const viewing = page.getByRole('listitem').filter({ hasText: 'Vic Visitor' })
await viewing.getByRole('button', { name: 'Change' }).click()
await page.getByLabel('Begins').fill(`${day}T11:00`)
await press('Save')
await viewing.getByText('11:00').waitFor()
await viewing.getByRole('button', { name: 'Cancel' }).click()
await press('Cancel the viewing')
await page.getByText('No viewings ahead').waitFor()
say('a viewing was booked, moved and called off')

/* ---- a webhook ---- */

await ana.go('/webhooks')
await page.getByRole('button', { name: 'Add a webhook' }).first().click()
await page.getByLabel('Address').fill('https://example.com/hook')
await press('Add')
await page.getByText('it is shown this once').waitFor()
await press('Close')
await page.getByText('example.com').first().click()
await press('Send a test')
await page.getByRole('row').filter({ hasText: 'A test' }).waitFor()
await press('Pause')
await page.getByRole('button', { name: 'Activate' }).waitFor()
sql(`update webhook_deliveries set state = 'dead'`)
await page.reload()
await page.getByRole('button', { name: 'Post 1 again' }).waitFor()
await ana.picture('agent-webhook-given-up')
await press('Post 1 again')
await page.getByRole('button', { name: 'Post 1 again' }).waitFor({ state: 'detached' })
await press('Delete the webhook')
await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
await page.getByRole('button', { name: 'Add a webhook' }).first().waitFor()
say('a webhook was tested, posted again and deleted')

/* ---- a batch: paused, resumed, cancelled ---- */

await ana.go('/batches/new')
await page.getByLabel('Name, number or e-mail').fill('Noon')
await press('Choose all 3 shown')
await press('Go on with 3 contacts')
await page.getByLabel('Name', { exact: true }).fill('Slow one')
await page.getByLabel('Between two calls').selectOption('600')
await press('See what would happen')
await press('Start calling')
await press('Pause')
await press('Go on')
await press('Cancel')
await press('Cancel the batch')
await told('Nobody else is called')
await ana.picture('agent-batch-cancelled')
const id = new URL(page.url()).pathname.split('/').at(-1)
const batch = (await asAccount(AGENT, 'GET', `/agent/batches/${id}`)).body
expect(batch.state === 'cancelled' && batch.contacts.waiting === 0, JSON.stringify(batch.contacts))
say('a batch was held, went on, and was called off')

/* ---- a call that is on: ended from here; its recording heard from one side; the list as a file ---- */

await ana.nav('Live')
const sid = await ring(line, 'buyer')
const card = page.locator('.live-card').filter({ hasText: '0177' })
await card.locator('.live-words li').nth(1).waitFor({ timeout: CALL_MS })
await card.getByRole('button', { name: 'Hang up' }).click()
await hungUp(sid)
await card.and(page.locator('.over')).waitFor()
const call = await eventually('its recording is there', async () => (await asAccount(AGENT, 'GET', '/agent/calls?has_recording=true&direction=inbound')).body.items.at(0))
await ana.go(`/calls/${call.id}`)
await page.getByRole('button', { name: 'Caller', exact: true }).click()
await press('Play')
const played = async () => Number(/0:(\d\d)\s*\//.exec(await page.getByRole('region', { name: 'Recording' }).textContent())[1])
await eventually('it plays without the caller', async () => (await played()) >= 1)
await ana.picture('agent-call-one-side')
await ana.go('/calls?direction=inbound')
const [file] = await Promise.all([page.waitForEvent('download'), press('Download as CSV')])
let csv = ''
for await (const piece of await file.createReadStream()) csv += piece
expect(csv.startsWith('"created_at"') && csv.includes(call.id) && !csv.includes('outbound'), `the file is not what the list shows: ${csv.slice(0, 300)}`)
await finish()
