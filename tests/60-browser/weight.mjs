/* What the page weighs, how soon it can be used, and whether a list of 100,000 calls stays light. */
import { activeVoiceAgent, expect, sql, start } from './person.mjs'

const LOAD_MAX = 150 * 1024
const CALLS = 100_000
const ROWS_MAX = 120
const AGENT = 'agent@demo.test'
const { person, finish, say } = await start('weight')
await activeVoiceAgent()

/* ---- bytes of script until the first screen can be used ---- */

const stranger = await person(null)
const wire = await stranger.page.context().newCDPSession(stranger.page)
await wire.send('Network.enable')
await wire.send('Network.setCacheDisabled', { cacheDisabled: true })
const scripts = new Map()
wire.on('Network.responseReceived', ({ requestId, type }) => type === 'Script' && scripts.set(requestId, 0))
wire.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => scripts.has(requestId) && scripts.set(requestId, encodedDataLength))
await stranger.page.reload()
await stranger.page.getByLabel('E-mail').waitFor()
await stranger.page.getByLabel('E-mail').fill(AGENT)
await stranger.page.getByLabel('Password').fill('demo-password')
await stranger.page.getByRole('button', { name: 'Sign in' }).click()
await stranger.page.getByRole('navigation', { name: 'Main' }).waitFor()
await stranger.settle()
const bytes = [...scripts.values()].reduce((sum, n) => sum + n, 0)
say(`first load: ${scripts.size} scripts, ${Math.round(bytes / 1024)} kB as sent`)
expect(bytes > 0 && bytes <= LOAD_MAX, `${bytes} bytes of script are more than ${LOAD_MAX}`)
for (let i = 0; i < 3; i++) {
  await stranger.page.reload()
  await stranger.page.getByRole('navigation', { name: 'Main' }).waitFor()
  say(`interactive ${Math.round(await stranger.page.evaluate(() => performance.now()))} ms after the address was entered`)
}

/* ---- a long list ---- */

sql(`set session_replication_role = replica;
  insert into calls (voice_agent_id, real_estate_agent_id, twilio_call_sid, from_number, to_number, status, direction,
                     duration_seconds, started_at, answered_at, ended_at, created_at)
  select v.id, v.real_estate_agent_id, 'CA' || md5(n::text), '+1202555' || lpad((n % 10000)::text, 4, '0'), '+12025550100',
         'completed', 'inbound', n % 300, t, t, t + interval '1 minute', t
  from voice_agents v, generate_series(1, ${CALLS}) n, lateral (select now() - n * interval '1 minute' as t) at`)
const ana = await person(AGENT)
await ana.go('/calls')
await ana.page.getByRole('row').nth(20).waitFor()
const frames = await ana.page.evaluate(async (rowsMax) => {
  const seen = { most: 0, gaps: [], rows: 0 }
  let last = performance.now()
  for (let i = 0; i < 600; i++) {
    window.scrollBy(0, 400)
    await new Promise((resolve) => requestAnimationFrame(resolve))
    const now = performance.now()
    seen.gaps.push(now - last)
    last = now
    const rows = [...document.querySelectorAll('[role="row"][data-index]')]
    seen.most = Math.max(seen.most, rows.length)
    seen.rows = Math.max(seen.rows, ...rows.map((row) => Number(row.dataset.index)))
    if (rows.length > rowsMax) break
  }
  return seen
}, ROWS_MAX)
frames.gaps.sort((a, b) => a - b)
say(`${CALLS} calls: scrolled to row ${frames.rows}, never more than ${frames.most} rows in the page; a frame takes ${Math.round(frames.gaps[300])} ms (median), ${Math.round(frames.gaps[570])} ms (95 of 100), ${Math.round(frames.gaps.at(-1))} ms at worst`)
expect(frames.most <= ROWS_MAX, `${frames.most} rows are in the page`)
expect(frames.rows > 300, `the list ends at row ${frames.rows}`)
await finish()
