// Texts as bad as they can be, from devices and people: names, versions, tags, descriptions, moments that are none.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { addPackage, closeBrowser, eventually, isTooWide, openTab, type PageServer, startPageServer } from './support.ts'

let server: PageServer
let firmware: string
let campaign: string
const bad = `"><img src=x onerror=alert(1)><script>alert(1)</script>{n}{count} 9999-99-99T99:99:99Z \u202e\u{1f4a5}`
const names = ['__proto__', 'constructor', 'toString', '%2f', 'new', '{n}', `'$(id)'`, '<b>x', 'javascript:alert(1)', '...']

beforeAll(async () => {
  server = await startPageServer()
  firmware = await addPackage(server, '2.0.0')
  for (const name of names) await server.api('PUT', `/devices/lamp/${encodeURIComponent(name)}`, { tags: ['__proto__', '<i>'] })
  const { id } = await server.api<{ readonly id: string }>('POST', '/campaigns', {
    firmware,
    name: bad,
    start: true,
    phases: [{ count: 1, soakSeconds: 3600 }],
  })
  campaign = id
})
afterAll(async () => {
  await server.close()
  await closeBrowser()
})

test('names of any characters are shown as they are, on every page, and lead to their device', async () => {
  const { page, settled, close } = await openTab(server, '/')
  let alerts = 0
  page.on('dialog', (dialog) => {
    alerts += 1
    void dialog.dismiss()
  })
  for (const path of [
    '/',
    '/devices',
    '/firmware',
    '/campaigns',
    `/campaigns/${campaign}`,
    '/campaigns/new',
    `/campaigns/new?edit=${campaign}`,
    `/campaigns/new?retry=${campaign}`,
    '/stations',
    '/runs/%3Cb%3E',
    '/log',
    '/settings',
  ]) {
    await page.goto(`${server.admin}${path}`)
    await page.waitForSelector('main h1')
    await settled()
    expect([path, await page.locator('main').getByText('This page cannot be shown').count()]).toEqual([path, 0])
    expect([path, await page.locator('main img, main script').count()]).toEqual([path, 0])
    expect([path, await isTooWide(page)]).toEqual([path, false])
    const doubled = await page.evaluate(() => {
      const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
      return ids.filter((id, at) => ids.indexOf(id) !== at)
    })
    expect([path, doubled]).toEqual([path, []])
  }
  for (const name of names) {
    await page.goto(`${server.admin}/devices`)
    await page.locator('main a.device-name', { hasText: name }).first().click()
    await page.locator('main h1', { hasText: name }).waitFor()
  }
  expect(alerts).toBe(0)
  // Of the run that there is not.
  await close([/404/])
})

test('a sentence of the server with a moment that is none is shown as it is', async () => {
  const { page, close } = await openTab(server, `/campaigns/${campaign}`)
  await page.route(`**/api/v1/campaigns/${campaign}`, async (route) => {
    const answer = await (await route.fetch()).json()
    await route.fulfill({ json: { ...answer, text: 'Since 9999-99-99T99:99:99Z.', createdAt: 'never' } })
  })
  await page.reload()
  await page.getByText('9999-99-99T99:99:99Z').first().waitFor()
  await close([/the page shows \{/])
})

test('why a device waits is said in the times of the page', async () => {
  const { page, close } = await openTab(server, '/')
  const text = 'It soaks until 2026-11-29T20:45:47.794Z, see `fogbell why --at 2026-11-29T20:45:47.794Z`.'
  await page.route('**/why', (route) =>
    route.fulfill({
      json: { items: [{ rule: 'campaign 1 phase', ok: false, reason: 'wait', text, campaign: null, task: null }], next: null },
    }),
  )
  await page.goto(`${server.admin}/devices/lamp/new`)
  const why = page.locator('.why li')
  await why.getByText('It soaks until').waitFor()
  expect(await why.locator('code').first().textContent()).toContain('2026-11-29T20:45:47.794Z')
  expect((await why.textContent())?.match(/2026-11-29T/g)).toHaveLength(1)
  await close()
})

test('pages of a list are in the address by their last cursor alone, and lead back one by one, also after a reload', async () => {
  for (let at = 0; at < 320; at += 1) await server.api('PUT', `/devices/many/d${at}`, {})
  const { page, close } = await openTab(server, '/devices')
  const next = page.getByRole('button', { name: 'Next', exact: true })
  const previous = page.getByRole('button', { name: 'Previous', exact: true })
  for (const range of ['101 to 200', '201 to 300', '301 to 330']) {
    await next.click()
    await page.getByText(range).waitFor()
  }
  expect(new URL(page.url()).searchParams.getAll('after')).toHaveLength(1)
  await page.reload()
  await page.getByText('301 to 330').waitFor()
  for (const range of ['201 to 300', '101 to 200', '1 to 100']) {
    await previous.click()
    await page.getByText(range).waitFor()
  }
  await eventually(() => new URL(page.url()).search === '', 'the first page has no cursor')
  await next.click()
  await page.getByText('101 to 200').waitFor()
  await page.goBack()
  await page.getByText('1 to 100').waitFor()
  await close([/the page shows \{/])
})

test('a second press of Next while the list is still awaited skips no page, and changes no number', async () => {
  const { page, close } = await openTab(server, '/devices')
  await page.getByText('1 to 100').waitFor()
  const answers: (() => void)[] = []
  await page.route('**/devices?*after=*', (route) => void answers.push(() => void route.continue()))
  const next = page.getByRole('button', { name: 'Next', exact: true })
  await next.dblclick()
  await eventually(() => answers.length > 0, 'the second page is asked for')
  await next.click({ force: true })
  expect(await page.locator('nav[aria-label] .dim').textContent()).toMatch(/^1 to 100 /)
  for (const answer of answers) answer()
  await page.getByText('101 to 200').waitFor()
  expect(new URL(page.url()).searchParams.get('page')).toBe('2')
  expect(answers).toHaveLength(1)
  const [first] = await page.locator('tbody tr').allTextContents()
  await page.getByRole('button', { name: 'Previous', exact: true }).click()
  await page.getByText('1 to 100').waitFor()
  await next.click()
  await eventually(() => answers.length === 2, 'the second page is asked for again')
  answers[1]?.()
  await page.getByText('101 to 200').waitFor()
  expect((await page.locator('tbody tr').allTextContents())[0]).toBe(first)
  await close([/the page shows \{/])
})

test('at 390 px with text twice as large no view scrolls sideways', async () => {
  const { page, settled, close } = await openTab(server, '/', { width: 390 })
  const wide: string[] = []
  for (const path of [
    '/',
    '/devices',
    '/devices/lamp/new',
    '/firmware',
    '/campaigns',
    `/campaigns/${campaign}`,
    '/campaigns/new',
    '/log',
    '/log?show=refused',
    '/log?show=warnings',
    '/settings',
  ]) {
    await page.goto(`${server.admin}${path}`)
    await page.waitForSelector('main h1')
    await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'))
    await settled()
    const found = await page.evaluate(() => {
      const most = document.documentElement.clientWidth
      if (document.documentElement.scrollWidth <= most) return []
      return [...document.querySelectorAll('body *')]
        .filter((each) => each.getBoundingClientRect().right > most + 1)
        .map(
          (each) => `${each.tagName}.${each.className} ${Math.round(each.getBoundingClientRect().right)} ${each.textContent?.slice(0, 30)}`,
        )
    })
    wide.push(...found.map((each) => `${path}: ${each}`))
  }
  expect(wide).toEqual([])
  await close()
})
