/* Flow 2 and 3: somebody rings; the words appear as they are spoken; afterwards it is listened to. */
import { createHmac } from 'node:crypto'
import { activeVoiceAgent, asAccount, callOf, expect, eventually, hungUp, ring, start } from './person.mjs'

const AGENT = 'agent@demo.test'

/* A link as the gateway signs it, a minute in the past: only the time is wrong with it. */
function expired(token) {
  const [agent, call] = token.split('.')
  const until = (Math.floor(Date.now() / 1000) - 60).toString(16)
  const field = (text) => [Buffer.from(Uint32Array.of(text.length).buffer).reverse(), Buffer.from(text)]
  const signed = Buffer.concat(['recording', until, agent, call].flatMap(field))
  return [agent, call, until, createHmac('sha256', process.env.WORLD_LINK_SECRET).update(signed).digest('base64url')].join('.')
}

const { person, finish, say } = await start('inbound')
const line = await activeVoiceAgent()
const ana = await person(AGENT)
await ana.nav('Live')
await ana.page.getByText('No call is on').waitFor()
await ana.picture('agent-live-quiet')

/* When each line came into sight, by the page's own clock. */
await ana.page.evaluate(() => {
  window.seen = []
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) {
        const items = node instanceof Element ? [...(node.matches('.live-words li') ? [node] : node.querySelectorAll('.live-words li'))] : []
        for (const item of items) window.seen.push({ at: Date.now(), text: item.textContent })
      }
  }).observe(document.body, { childList: true, subtree: true })
})
const sid = await ring(line, 'buyer')
await ana.page.locator('.live-card').waitFor()
await ana.page.locator('.live-words li').nth(2).waitFor()
await ana.picture('agent-live-call')

await hungUp(sid)
const call = await callOf(AGENT, (one) => one.status === 'completed')
const seen = await ana.page.evaluate(() => window.seen)
const { items: turns } = (await asAccount(AGENT, 'GET', `/agent/calls/${call.id}/turns`)).body
const lags = turns
  .filter((turn) => turn.role === 'caller')
  .map((turn) => [turn, seen.find(({ text }) => text.includes(turn.text))])
  .filter(([, sight]) => sight)
  .map(([turn, sight]) => sight.at - (Date.parse(call.answered_at) + turn.ended_ms))
  .sort((a, b) => a - b)
expect(lags.length > 0, 'no line of the caller was seen while the call was on')
say(`a caller's line is in sight ${lags[Math.floor(lags.length / 2)]} ms (median of ${lags.length}; worst ${lags.at(-1)} ms) after its end`)

/* The call afterwards. */
await ana.nav('Calls')
await ana.page.getByRole('row').nth(1).waitFor()
await ana.picture('agent-calls-one')
await ana.page.getByRole('row').nth(1).click()
const player = ana.page.getByRole('region', { name: 'Recording' })
await eventually('the recording is there', async () => (await asAccount(AGENT, 'GET', `/agent/calls/${call.id}`)).body.recording.state === 'ready')
await eventually('the call is summed up', async () => ['done', 'none'].includes((await asAccount(AGENT, 'GET', `/agent/calls/${call.id}`)).body.summarized))
await ana.page.reload()
await player.waitFor()
await ana.picture('agent-call')

/* Played, and sought. */
const clock = async () => {
  const [, minutes, seconds] = /(\d+):(\d\d)\s*\//.exec(await player.textContent())
  return 60 * Number(minutes) + Number(seconds)
}
const piece = ana.page.waitForResponse((response) => response.url().includes('/media/recordings/') && [200, 206].includes(response.status()))
await player.getByRole('button', { name: 'Play', exact: true }).click()
say(`the sound comes with ${(await piece).status()}`)
await eventually('it plays', async () => (await clock()) >= 1)
await player.getByRole('button', { name: 'Pause' }).click()
const times = ana.page.getByRole('button', { name: /^Play from/ })
const last = times.last()
const [, m, s] = /(\d+):(\d\d)/.exec(await last.textContent())
await last.click()
await eventually('it has sought', async () => Math.abs((await clock()) - (60 * Number(m) + Number(s))) <= 3)
await player.getByRole('button', { name: 'Pause' }).click()

/* Links: ours works, in the browser too; another's, a changed and an expired one do not. */
const link = new URL((await asAccount(AGENT, 'GET', `/agent/calls/${call.id}/recording`)).body.recording_url)
const opens = (where) => ana.page.evaluate((url) => fetch(url).then((answer) => answer.status), where)
expect((await opens(link.pathname + link.search)) === 200, 'our own link does not work')
const token = link.pathname.split('/').at(-1)
const at = token.length - 5
const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
ana.tolerate(403, 404, 410)
const refusal = async (where, what) => {
  const status = await opens(where)
  expect(status >= 400 && status < 500, `${what}: ${status}`)
}
await refusal(`/media/recordings/${changed}${link.search}`, 'a link with one letter changed')
await refusal(`/agent/calls/${'0193a000-0000-7000-8000-00000000dead'}/recording`, 'a call that is not there')
const other = await asAccount('agent2@demo.test', 'GET', `/agent/calls/${call.id}/recording`)
expect(other.status === 404, `another agent asks for the link: ${other.status}`)
await refusal(`/media/recordings/${expired(token)}${link.search}`, 'an expired link')
await finish()
