// What comes in between: storage that is blocked, proxies with answers of their own, files of another version, other people in the same tab.

import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addPackage, closeBrowser, eventually, openBrowser, openTab, type PageServer, startPageServer } from './support.ts'

let server: PageServer
let firmware: string
beforeAll(async () => {
  server = await startPageServer()
  for (let at = 0; at < 3; at += 1) await server.api('PUT', `/devices/lamp/l${at}`, {})
  firmware = await addPackage(server, '2.0.0')
})
afterAll(async () => {
  await server.close()
  await closeBrowser()
})

const html = { status: 502, contentType: 'text/html', body: '<html><h1>Bad gateway</h1></html>' }

/** A context with nobody signed in, in which the script runs before the page. */
const bareContext = async (script = ''): Promise<readonly [BrowserContext, Page, string[]]> => {
  const context = await (await openBrowser()).newContext()
  if (script !== '') await context.addInitScript(script)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  return [context, page, faults]
}

const isLive = (page: Page): Promise<void> =>
  eventually(async () => (await page.locator('.banner').count()) === 0 && (await page.locator('.shell').count()) === 1, 'it is live')

const blocked = `for (const name of ['localStorage', 'sessionStorage'])
  Object.defineProperty(window, name, { get() { throw new DOMException('blocked', 'SecurityError') } })
window.SharedWorker = class { constructor() { throw new DOMException('blocked', 'SecurityError') } }`

test('where the browser blocks storage and shared workers, the page works, and a form can be filled in', async () => {
  const [context, page, faults] = await bareContext(blocked)
  await page.goto(await server.link())
  await page.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' })
  await page.getByText('admin.token (admin)').click()
  await page.getByLabel('Language').selectOption('zh')
  await page.getByRole('link', { name: '总览' }).waitFor()
  await page.goto(`${server.admin}/campaigns/new?firmware=${firmware}`)
  const name = page.locator('[name="name"]')
  await name.fill('Second floor')
  expect(await name.inputValue()).toBe('Second floor')
  await isLive(page)
  await server.api('PUT', '/devices/lamp/blocked', {})
  await page.goto(`${server.admin}/devices`)
  await page.getByText('blocked').waitFor()
  expect(faults).toEqual([])
  await context.close()
})

const silent = { status: 200, contentType: 'text/javascript', body: '' }

test.each([
  ['cannot be loaded', html],
  ['never answers', silent],
])('where a shared worker %s, the tab has a stream of its own', async (_what, answer) => {
  const [context, page, faults] = await bareContext()
  await context.route('**/assets/worker.js', (route) => route.fulfill(answer))
  await page.goto(await server.link())
  await isLive(page)
  const known = async (): Promise<number> =>
    (await server.api<{ readonly devices: { readonly known: number } }>('GET', '/overview')).devices.known
  await page
    .getByText(`of ${await known()} known`)
    .first()
    .waitFor()
  await server.api('PUT', `/devices/lamp/alone-${answer.status}`, {})
  await page
    .getByText(`of ${await known()} known`)
    .first()
    .waitFor()
  expect(faults).toEqual([])
  await context.close()
})

test('an answer that comes late does not take back what events have said since', async () => {
  const { page, close } = await openTab(server, '/campaigns')
  let letThrough = (): void => undefined
  const isLate = new Promise<void>((resolve) => {
    letThrough = resolve
  })
  await page.route('**/api/v1/overview', async (route) => {
    const response = await route.fetch()
    await isLate
    await route.fulfill({ response })
  })
  const known = (n: number) => page.getByText(`of ${n} known`).first()
  const { devices } = await server.api<{ readonly devices: { readonly known: number } }>('GET', '/overview')
  await page.getByRole('link', { name: 'Overview', exact: true }).click()
  await known(devices.known).waitFor()
  await server.api('PUT', '/devices/lamp/late', {})
  await known(devices.known + 1).waitFor()
  letThrough()
  // The history comes with that answer alone.
  await page.locator('.figures svg').first().waitFor()
  expect(await known(devices.known + 1).count()).toBe(1)
  await close()
})

test('a proxy that answers for the server does not sign anybody out, and the page goes on when the server answers', async () => {
  const { page, close } = await openTab(server, '/')
  await page.route('**/api/v1/whoami', (route) => route.fulfill(html))
  await page.reload()
  await page.getByText('The server cannot be reached.').first().waitFor()
  expect(await page.getByLabel('Password').count()).toBe(0)
  await page.unroute('**/api/v1/whoami')
  await page.waitForSelector('main h1')
  await close([/502/])
})

test('a list that a proxy has answered for is read again by itself', async () => {
  const { page, close } = await openTab(server, '/')
  let answers = 0
  await page.route('**/api/v1/devices?*', (route) => {
    answers += 1
    if (answers === 1) return route.fulfill(html)
    return answers === 2 ? route.fulfill({ ...html, status: 200 }) : route.continue()
  })
  await page.getByRole('link', { name: 'Devices', exact: true }).click()
  await page.locator('a[href="/devices/lamp/l0"]').waitFor({ timeout: 12_000 })
  await close([/502/])
})

test('what a view cannot read is said in its place, and the rest of the page goes on', async () => {
  const { page, close } = await openTab(server, '/')
  await page.route('**/api/v1/devices?*', (route) => route.fulfill({ json: { items: [{}], count: 1, total: 1, next: null } }))
  await page.getByRole('link', { name: 'Devices', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'This page cannot be shown' }).waitFor()
  await page.unroute('**/api/v1/devices?*')
  await page.getByRole('link', { name: 'Campaigns', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Campaigns' }).waitFor()
  await page.getByRole('link', { name: 'Devices', exact: true }).click()
  await page.locator('a[href="/devices/lamp/l0"]').waitFor()
  await close([/TypeError/])
})

test('files that another version does not have make the page load again once, and not for ever', async () => {
  const { page, settled, close } = await openTab(server, '/')
  let loads = 0
  page.on('request', (request) => {
    if (request.isNavigationRequest()) loads += 1
  })
  await page.route(/\/assets\/devices-[\w-]{8}\.js/, (route) => route.fulfill({ status: 404, body: '{}' }))
  const again = page.waitForEvent('load')
  await page.getByRole('link', { name: 'Devices', exact: true }).click()
  await again
  await page.getByRole('heading', { level: 1, name: 'This page could not be loaded' }).waitFor()
  await settled()
  expect(loads).toBe(1)
  await page.unroute(/\/assets\/devices-[\w-]{8}\.js/)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor()
  await close([/404/])
})

test('a view that is opened while the server is lost does not take the page away, and comes with the server', async () => {
  const { page, close } = await openTab(server, '/')
  await isLive(page)
  await server.kill('SIGKILL')
  await page.getByRole('link', { name: 'Settings', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'This page could not be loaded' }).waitFor()
  await page.getByText('The server cannot be reached.').first().waitFor()
  await server.restart()
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
  await close([/ERR_/, /Failed to load/])
})

test('what somebody has typed is gone from the browser when they sign out', async () => {
  const { page, close } = await openTab(server, `/campaigns/new?firmware=${firmware}`)
  await page.getByLabel('Name', { exact: true }).fill('Secret plans')
  const kept = (): Promise<string> => page.evaluate(() => JSON.stringify(sessionStorage))
  expect(await kept()).toContain('Secret plans')
  await page.getByText('admin.token (admin)').click()
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByRole('heading', { name: 'Sign in' }).first().waitFor()
  expect(await kept()).not.toContain('Secret plans')
  await close([/401/])
})

test('what somebody has typed is not shown to another person who signs in in the same tab', async () => {
  await server.api('POST', '/users', { name: 'wang', role: 'operator', password: 'correct horse battery' })
  const { page, close } = await openTab(server, `/campaigns/new?firmware=${firmware}`)
  await page.getByLabel('Name', { exact: true }).fill('Secret plans')
  await page.context().clearCookies()
  await page.reload()
  await page.getByLabel('Name', { exact: true }).fill('wang')
  await page.getByLabel('Password').fill('correct horse battery')
  await page.getByRole('button', { name: 'Sign in' }).first().click()
  await page.getByText('wang (operator)').waitFor()
  const name = page.getByLabel('Name', { exact: true })
  await name.waitFor()
  expect(await name.inputValue()).toBe('')
  await close([/401/])
})

test('a draft that comes back after somebody else has changed the campaign does not overwrite their change', async () => {
  const { id } = await server.api<{ readonly id: string }>('POST', '/campaigns', { name: 'first', firmware })
  const { page, close } = await openTab(server, `/campaigns/new?edit=${id}`)
  await page.getByLabel('Name', { exact: true }).fill('mine')
  await server.api('PATCH', `/campaigns/${id}`, { name: 'theirs' })
  await page.reload()
  const name = page.getByLabel('Name', { exact: true })
  await name.waitFor()
  expect(await name.inputValue()).toBe('mine')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('name', { exact: true }).waitFor()
  expect((await server.api<{ readonly name: string }>('GET', `/campaigns/${id}`)).name).toBe('theirs')
  // A third change, between what is shown and the choice.
  await server.api('PATCH', `/campaigns/${id}`, { name: 'third' })
  await page.getByRole('button', { name: 'Keep what is typed here' }).click()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('→ third').waitFor()
  // Whoever saves at once need not wait for an answer in between.
  await page.evaluate(() => {
    const press = (label: string): void =>
      [...document.querySelectorAll('button')].find(({ textContent }) => textContent === label)?.click()
    press('Keep what is typed here')
    setTimeout(press, 0, 'Save')
  })
  await page.getByRole('heading', { level: 1, name: `Campaign ${id} · mine` }).waitFor()
  await close([/412/])
})

test('a button that was pressed by keyboard has the focus when its work is done', async () => {
  const { id } = await server.api<{ readonly id: string }>('POST', '/campaigns', {
    name: 'focus',
    firmware,
    start: true,
  })
  const { page, close } = await openTab(server, `/campaigns/${id}`)
  await page.route(`**/api/v1/campaigns/${id}/pause`, (route) => route.fulfill(html))
  const pause = page.getByRole('button', { name: 'Pause', exact: true })
  await pause.focus()
  await page.keyboard.press('Enter')
  await page.locator('.toasts .failed').waitFor()
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Pause')
  await close([/502/])
})
