/*
 * A person at a browser. Everything that goes wrong behind their back is remembered and told at the end: errors in the
 * console, requests that failed, what the content policy has refused.
 *
 *   const { person, finish } = await start('approval')
 *   const ana = await person('agent@demo.test')
 *   await ana.page.getByRole('button', { name: 'Request' }).click()
 *   await ana.picture('request')          light, dark and phone, each looked over by axe
 *   await finish()
 */
import { execFileSync } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { chromium } from 'playwright-core'

const require = createRequire(import.meta.url)
const ROOT = process.env.WORLD_ROOT
const API = process.env.WORLD_API
const SCREENS = path.join(ROOT, 'build/screens')
const PATIENCE_MS = 45_000
const DESK = { width: 1280, height: 860 }
const PHONE = { width: 390, height: 844 }
const AXE = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8')
export const PASSWORD = 'demo-password'

const faults = []
const fault = (text) => {
  faults.push(text)
  console.error(`  ! ${text}`)
}

export function expect(holds, text) {
  if (!holds) throw new Error(text)
}

export const CALL_MS = 240_000 /* the longest call of a walk, on a machine that is busy */

/* Until it holds; what is awaited is an event that has no other sign. */
export async function eventually(text, look, patience = PATIENCE_MS) {
  const until = Date.now() + patience
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > until) throw new Error(`not within ${patience / 1000} s: ${text}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/* A request of the test's own, beside the page. */
export async function ask(origin, method, where, body, headers = {}) {
  const answer = await fetch(origin + where, {
    method,
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
    redirect: 'manual',
  })
  const text = await answer.text()
  let json
  try {
    json = JSON.parse(text)
  } catch {
    json = null
  }
  return { status: answer.status, body: json, text }
}

export const telephone = (method, where, body) => ask(process.env.WORLD_TELEPHONE, method, where, body)

const tokens = new Map()
export async function asAccount(email, method, where, body) {
  if (!tokens.has(email)) tokens.set(email, (await ask(API, 'POST', '/auth/login', { email, password: PASSWORD })).body.token)
  return ask(API, method, where, body, { Authorization: `Bearer ${tokens.get(email)}` })
}

/* ---- what the world looks like before somebody opens the page ---- */

export async function activeVoiceAgent(email = 'agent@demo.test') {
  const asked = await asAccount(email, 'POST', '/agent/voice-agent/request', {})
  expect(asked.status === 201, `request: ${asked.text}`)
  await asAccount('admin@demo.test', 'POST', `/admin/voice-agent-requests/${asked.body.request_id}/approve`, {})
  return eventually('the voice agent is active', async () => {
    const agent = (await asAccount(email, 'GET', '/agent/voice-agent')).body
    return agent?.status === 'active' && agent.phone_number
  })
}

/* The callers of tests/scripts/. */
const script = async (name) => JSON.parse(await readFile(path.join(ROOT, 'tests/scripts', `${name}.json`), 'utf8'))

/* -> the call's SID */
export async function ring(to, name) {
  const rung = await telephone('POST', '/sandbox/calls', { to, from: '+12025550177', script: await script(name) })
  expect(rung.status < 300, `ring: ${rung.text}`)
  return rung.body.call_sid
}

const OVER = ['completed', 'failed', 'busy', 'no-answer', 'canceled']

export const hungUp = (sid) => eventually('the call is over', async () => OVER.includes((await telephone('GET', `/sandbox/calls/${sid}?wait_ms=5000`)).body.status), CALL_MS)

export const callee = async (number, name) => telephone('PUT', `/sandbox/callees/${encodeURIComponent(number)}`, await script(name))

/* As the database's owner. */
export function sql(statement) {
  return execFileSync('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', process.env.WORLD_DATABASE], { input: statement, encoding: 'utf8' }).trim()
}

/* Somebody for whom it is noon, whatever the hour. -> id */
export async function contact(email, name, phone_number) {
  const east = 12 - new Date().getUTCHours()
  const timezone = east ? `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}` : 'Etc/GMT'
  const made = await asAccount(email, 'POST', '/agent/contacts', { name, phone_number, timezone })
  expect(made.status === 201, `contact: ${made.text}`)
  return made.body.id
}

export const callOf = (email, holds) =>
  eventually('the call is there', async () => (await asAccount(email, 'GET', '/agent/calls')).body.items.find(holds))

/* ---- the page and its watchers ---- */

function watch(page, who) {
  page.on('console', (message) => {
    const text = message.text()
    if (message.type() !== 'error' || text.includes('the server responded with a status of')) return /* told by its response */
    fault(`${who}: console: ${text} ${message.location().url}`)
  })
  page.on('pageerror', (error) => fault(`${who}: ${error.stack ?? error.message}`))
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? ''
    if (!why.includes('ERR_ABORTED')) fault(`${who}: ${request.method()} ${request.url()}: ${why}`)
  })
  page.on('response', (response) => {
    const url = new URL(response.url())
    if (url.origin !== API) fault(`${who}: a request to somebody else: ${url.origin}`)
    if (response.status() >= 400 && !page.tolerated.has(response.status())) fault(`${who}: ${response.request().method()} ${url.pathname}: ${response.status()}`)
  })
}

const REFUSALS = `document.addEventListener('securitypolicyviolation', (event) => console.error('content policy: ' + event.violatedDirective + ' ' + event.blockedURI))`

/* Nothing is being read any more, and no skeleton stands in for it. */
async function settle(page) {
  await page.waitForFunction(() => !document.querySelector('.skeleton, [aria-busy="true"]'), null, { timeout: PATIENCE_MS })
  await page.evaluate(() => document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))))
}

/* In the dark only what light does is new. */
async function lookOver(page, what, dark) {
  if (await page.evaluate(() => !window.axe)) await page.evaluate(AXE)
  const found = await page.evaluate(
    (only) => window.axe.run(document, { resultTypes: ['violations'], preload: false, ...(only && { runOnly: only }) }),
    dark ? ['color-contrast'] : null,
  )
  for (const one of found.violations.filter((violation) => ['serious', 'critical'].includes(violation.impact)))
    fault(`axe: ${what}: ${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => node.target.join(' ')).join('; ')}`)
}

async function picture(page, name) {
  await mkdir(SCREENS, { recursive: true })
  for (const [kind, viewport, colorScheme] of [
    ['light', DESK, 'light'],
    ['dark', DESK, 'dark'],
    ['phone', PHONE, 'light'],
  ]) {
    await page.setViewportSize(viewport)
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await settle(page)
    await lookOver(page, `${name}, ${kind}`, kind === 'dark')
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    if (wide > 1) fault(`${name}, ${kind}: is ${wide} pixels wider than the screen`)
    await page.screenshot({ path: path.join(SCREENS, `${name}.${kind}.png`), fullPage: false })
  }
  await page.setViewportSize(DESK)
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
}

/* Everything in the navigation, and what lies behind it: each is looked over and kept as a picture. */
export async function everyScreen(who, name, further) {
  const links = await who.page.getByRole('navigation', { name: 'Main' }).getByRole('link').all()
  const places = []
  for (const link of links) places.push([(await link.getAttribute('href')).replace(/^\/app/, ''), (await link.textContent()).replace(/\d+$/, '')])
  expect(places.length >= 8, `only ${places.length} screens`)
  for (const [where, title] of [...places, ...further]) {
    await who.go(where)
    await who.page.getByRole('heading', { level: 1 }).waitFor()
    await who.picture(`${name}-${title.toLowerCase().replaceAll(' ', '-')}`)
  }
  console.log(`${name}: ${places.length + further.length} screens`)
}

/* ---- a walk ---- */

/* args: for the browser, such as what its microphone hears */
export async function start(name, args = []) {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required', ...args],
  })
  const people = []

  async function person(email, options = {}) {
    const context = await browser.newContext({ viewport: DESK, locale: 'en-US', timezoneId: 'America/New_York', reducedMotion: 'reduce', ...options })
    context.setDefaultTimeout(PATIENCE_MS)
    await context.addInitScript(REFUSALS)
    const page = await context.newPage()
    page.tolerated = new Set([401, 404])
    watch(page, email ?? 'somebody')
    people.push({ email, page })
    await page.goto(API)
    const self = {
      page,
      picture: (what) => picture(page, what),
      settle: () => settle(page),
      go: async (where) => {
        await page.goto(`${API}/app${where}`)
        await settle(page)
      },
      nav: async (what) => {
        await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: what }).click()
        await settle(page)
      },
      /* The refusals that a step means to meet. */
      tolerate: (...statuses) => statuses.forEach((status) => page.tolerated.add(status)),
    }
    if (email) {
      await page.getByLabel('E-mail').fill(email)
      await page.getByLabel('Password').fill(PASSWORD)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('navigation', { name: 'Main' }).waitFor()
      await settle(page)
      page.tolerated.clear()
    }
    return self
  }

  async function finish() {
    await browser.close()
    if (faults.length) {
      console.error(`${name}: ${faults.length} faults`)
      process.exit(1)
    }
    console.log(`${name}: walked`)
  }

  process.on('uncaughtException', (error) => fail(error))
  process.on('unhandledRejection', (error) => fail(error))
  async function fail(error) {
    console.error(`${name}: ${error.stack ?? error}`)
    await mkdir(path.join(SCREENS, 'failed'), { recursive: true })
    for (const { email, page } of people)
      await page.screenshot({ path: path.join(SCREENS, 'failed', `${name}.${email}.png`), timeout: 5000 }).catch(() => {})
    process.exit(1)
  }

  return { person, finish, say: (text) => console.log(`${name}: ${text}`) }
}
