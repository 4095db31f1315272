// What the page says of itself: that the clocks differ, that the server is lost. It comes and goes, and nothing moves. What is said to screen readers
// is one sentence in five seconds.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, eventually, isTooWide, openTab, type PageServer, startPageServer } from './support.ts'

let server: PageServer
beforeAll(async () => {
  server = await startPageServer()
  for (let at = 0; at < 40; at++) await server.api('PUT', `/devices/lamp/l${String(at).padStart(2, '0')}`, {})
})
afterAll(async () => {
  await server.close()
  await closeBrowser()
})

/** The clock of the tab, ahead of this computer's; its timers go on. */
const turnClock = (page: Page, ms: number): Promise<void> =>
  page.evaluate((ahead) => {
    const own = window as unknown as { trueNow?: () => number }
    own.trueNow ??= Date.now.bind(Date)
    const { trueNow } = own
    Date.now = () => trueNow() + ahead
  }, ms)

/** Where everything of the view is, and how far it is scrolled. */
const places = (page: Page): Promise<string> =>
  page.evaluate(() =>
    JSON.stringify([
      scrollY,
      ...[...document.querySelectorAll('h1, main tr, header a')].map((each) => Math.round(each.getBoundingClientRect().top)),
    ]),
  )

/** The same, once nothing moves any more by being read. */
const restingPlaces = async (page: Page): Promise<string> => {
  await page.getByRole('link', { name: 'l39' }).waitFor()
  await page.evaluate(() => scrollTo(0, 120))
  let last = ''
  await eventually(async () => {
    const before = last
    last = await places(page)
    return last === before
  }, 'the view rests')
  return last
}

test.each([
  ['en', 300_000, "The server's clock is 5 min behind this computer's."],
  ['zh', -120_000, '服务器时钟比本机快 2 分钟。'],
] as const)('that the clocks differ is said (%s), and goes with it, and nothing moves', async (language, ms, said) => {
  const { page, settled, close } = await openTab(server, '/', { language, width: language === 'zh' ? 390 : 1280 })
  // Without a shared worker the tab itself says when a time came.
  await page.addInitScript('delete window.SharedWorker')
  await page.goto(`${server.admin}/devices`)
  await settled()
  const before = await restingPlaces(page)
  await turnClock(page, ms)
  await page
    .locator('.banner')
    .and(page.getByText(said, { exact: true }))
    .waitFor({ timeout: 6000 })
  expect([await places(page), await isTooWide(page)]).toEqual([before, false])
  await turnClock(page, 20_000)
  await eventually(async () => (await page.locator('.banner').count()) === 0, 'nothing is said any more', 4000)
  expect(await places(page)).toBe(before)
  await close()
})

test('that the server is lost moves nothing either, and its return is said to screen readers', async () => {
  const { page, settled, close } = await openTab(server, '/devices')
  await settled()
  const before = await restingPlaces(page)
  const heard = page.locator('[aria-live]')
  server.signal('SIGSTOP')
  await page.locator('.banner').getByText('The server cannot be reached.').waitFor({ timeout: 4500 })
  expect(await places(page)).toBe(before)
  await eventually(async () => (await heard.textContent()) === 'The server cannot be reached.', 'the loss is said')
  server.signal('SIGCONT')
  await eventually(async () => (await heard.textContent()) === 'The server can be reached again.', 'the return is said')
  expect(await places(page)).toBe(before)
  await close([/ERR_/, /Failed to load/])
})

test('screen readers say one sentence in five seconds: a refusal first, then the newest, again where it is the same', async () => {
  const { page, settled, close } = await openTab(server, '/devices/lamp/l00')
  await settled()
  await page.clock.install()
  const region = page.locator('[aria-live]')
  expect(await region.count()).toBeLessThanOrEqual(1)
  await page.evaluate(() => {
    const heard: string[] = []
    Object.assign(window, { heard })
    new MutationObserver((changes) => {
      const region = document.querySelector('[aria-live]')
      const said = region?.textContent ?? ''
      if (said !== '' && changes.some(({ target }) => region?.contains(target))) heard.push(said)
    }).observe(document, { subtree: true, childList: true, characterData: true })
  })
  const heard = () => page.evaluate(() => (window as unknown as { heard: string[] }).heard.splice(0))
  const copy = page.getByRole('button', { name: 'Copy as curl: Read the device' })
  await copy.click()
  await page.clock.runFor(200)
  expect(await heard()).toEqual(['Copied'])
  await page.route('**/lamp/l00', (route) => (route.request().method() === 'DELETE' ? route.abort() : route.continue()))
  await page.getByRole('button', { name: 'Remove…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await page.locator('.toasts .failed').waitFor()
  for (let times = 0; times < 5; times++) {
    await page.clock.runFor(2100)
    await page.getByRole('button', { name: /Copied|Copy as curl: Read/ }).click()
  }
  await page.clock.runFor(200)
  const both = await heard()
  expect(both[0]).toMatch(/cannot be reached|does not answer|no answer/i)
  expect(both.length).toBeLessThanOrEqual(3)
  expect(both.at(-1)).toBe('Copied')
  await page.clock.runFor(5000)
  await heard()
  // In a dialog the rest of the page is silent.
  await page.keyboard.press('?')
  await page.getByRole('dialog').waitFor()
  expect(await page.evaluate(() => document.querySelectorAll('[aria-live], [role=status]').length)).toBe(1)
  await close([/ERR_/])
})

test('with a dialog in front the sentence is said within it', async () => {
  const { page, settled, close } = await openTab(server, '/devices')
  await settled()
  await page.getByRole('button', { name: /^Add/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Copy as curl' }).click()
  await page.getByRole('dialog').locator('[aria-live]').getByText('Copied').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await close()
})
