// What the browser keeps of a person: it works without a place to keep it in, and nothing of one person is there for the next.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dropOn, fieldOf, signInAsMei } from './package-support.ts'
import { addPackage, closeBrowser, eventually, openTab, type PageServer, startPageServer } from './support.ts'

let server: PageServer
let firmware: string
beforeAll(async () => {
  server = await startPageServer()
  await server.api('PUT', '/devices/lamp/l0', {})
  firmware = await addPackage(server, '2.0.0')
  await server.api('POST', '/users', { name: 'mei', role: 'operator', password: 'a long sentence' })
})
afterAll(async () => {
  await server.close()
  await closeBrowser()
})

/** As Chromium says it where the disk or the quota is full. */
const full = `Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }`

const signOut = async (page: Page): Promise<void> => {
  await page.getByText('admin.token (admin)').click()
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor()
}

test('where nothing more can be stored, nothing typed is lost on the page, and all is sent', async () => {
  const { page, close } = await openTab(server, '/')
  await page.addInitScript(full)
  await page.goto(`${server.admin}/campaigns/new?firmware=${firmware}`)
  const name = fieldOf(page, 'Name')
  await name.fill('Second')
  await name.press('End')
  await page.keyboard.type(' floor')
  expect(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith('fogbell.draft')))).toEqual([])
  await page.getByText('admin.token (admin)').click()
  await page.getByLabel('Language').selectOption('zh')
  await page.getByRole('link', { name: '总览' }).waitFor()
  await page.getByLabel('外观').selectOption('dark')
  expect(await page.locator('[name="name"]').inputValue()).toBe('Second floor')
  await page.getByLabel('语言').selectOption('en')
  await page.keyboard.press('Escape')
  const start = page.getByRole('button', { name: 'Start the campaign' })
  await eventually(() => start.isEnabled(), 'the campaign can be started')
  await start.click()
  await page.getByRole('heading', { level: 1, name: /Second floor/ }).waitFor()
  await close()
})

test('a file that was dropped is gone when its person signs out, and so is what was typed for it', async () => {
  const { page, close } = await openTab(server, '/firmware')
  await dropOn(page, 'body', 'secret.bin', new Uint8Array(64))
  await page.getByText('secret.bin', { exact: true }).waitFor()
  await fieldOf(page, 'Description').fill('Secret plans')
  await signOut(page)
  await signInAsMei(page, 'operator')
  await page.getByRole('heading', { level: 1, name: 'Firmware' }).waitFor()
  await page.getByRole('button', { name: 'Add a package' }).waitFor()
  expect(await page.getByText('secret.bin').count()).toBe(0)
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain('Secret')
  await close([/401/])
})

test('an upload ends with the session that began it, and what it was is not shown to the next person', async () => {
  const { page, close } = await openTab(server, '/firmware')
  await page.route('**/api/v1/firmware?*version=9*', () => new Promise(() => undefined))
  await dropOn(page, 'body', 'secret.bin', new Uint8Array(64))
  await fieldOf(page, 'Product').fill('lamp')
  await fieldOf(page, 'Version').fill('9.0')
  const aborted = page.waitForEvent('requestfailed', (request) => request.url().includes('version=9'))
  await page.getByRole('button', { name: 'Upload' }).click()
  await page.getByRole('progressbar').waitFor()
  await signOut(page)
  await aborted
  await signInAsMei(page, 'operator')
  await page.getByRole('button', { name: 'Add a package' }).waitFor()
  expect(await page.getByText('secret.bin').count()).toBe(0)
  await close([/401/])
})

test('another person who signs in in another tab of the browser does not find what was typed in this one', async () => {
  const { page, close } = await openTab(server, `/campaigns/new?firmware=${firmware}`)
  await fieldOf(page, 'Name').fill('Secret plans')
  const other = await page.context().newPage()
  await other.goto(server.admin)
  await other.waitForSelector('main h1')
  await signOut(other)
  await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor()
  await signInAsMei(other, 'operator')
  await page.reload()
  await fieldOf(page, 'Name').waitFor()
  await page.getByText('mei (operator)').waitFor()
  expect(await fieldOf(page, 'Name').inputValue()).toBe('')
  await close([/401/])
})

test('a link that signs in somebody else in another tab takes the first tab along at its next refusal', async () => {
  const { page, close } = await openTab(server, `/campaigns/new?firmware=${firmware}`)
  await fieldOf(page, 'Name').fill('Secret plans')
  const other = await page.context().newPage()
  await other.goto(server.admin)
  await other.waitForSelector('main h1')
  await other.evaluate(() =>
    fetch('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'mei', password: 'a long sentence' }),
    }),
  )
  await server.api('PATCH', '/users/mei', { role: 'viewer' })
  await page.getByRole('button', { name: 'Save as a draft' }).click()
  await page.getByText('mei (viewer)').waitFor()
  expect(await fieldOf(page, 'Name').inputValue()).toBe('')
  await close([/401|403/])
})
