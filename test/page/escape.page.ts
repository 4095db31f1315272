// Escape: it closes what is in front and nothing behind it, and the focus is again where it was before.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addPackage, closeBrowser, eventually, openTab, type PageServer, startPageServer } from './support.ts'

let server: PageServer
beforeAll(async () => {
  server = await startPageServer()
  for (const name of ['l0', 'l1']) await server.api('PUT', `/devices/lamp/${name}`, {})
  await server.api('PATCH', '/devices/lamp/l0', { secret: 'a secret of the device' })
  const firmware = await addPackage(server, '2.0.0')
  await addPackage(server, '3.0.0')
  await server.api('POST', '/campaigns', { firmware, name: 'Running', start: true, target: { devices: ['lamp/l1'] } })
  await server.api('POST', '/campaigns', { firmware, name: 'Draft' })
  await server.api('POST', '/users', { name: 'mei', role: 'operator', password: 'correct horse battery' })
  await server.api('POST', '/tokens', { name: 'program', role: 'viewer' })
  await server.api('POST', '/webhooks', { name: 'hook', url: 'http://127.0.0.1:9/' })
})
afterAll(async () => {
  await server.close()
  await closeBrowser()
})

const focused = (page: Page): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? '')
const isOpen = async (page: Page): Promise<boolean> => (await page.locator('dialog[open]').count()) > 0

/** Opens a dialog by keyboard, from its first field or from its button, and closes it again. What is wrong with that. */
const faultsOf = async (page: Page, name: RegExp): Promise<readonly string[]> => {
  const opener = page.getByRole('button', { name }).first()
  await opener.focus()
  const before = await focused(page)
  await page.keyboard.press('Enter')
  await page.locator('dialog[open]').waitFor()
  const title = await page.locator('dialog[open] h2').innerText()
  // A field may keep Escape for itself.
  await page
    .locator('dialog[open] :is(input, textarea, select)')
    .first()
    .focus({ timeout: 50 })
    .catch(() => undefined)
  const path = page.url()
  await page.keyboard.press('Escape')
  await eventually(async () => !(await isOpen(page)), `Escape closes ${title}`)
  const after = await focused(page)
  return [
    ...(after === before ? [] : [`${title}: the focus is at "${after}"`]),
    ...(page.url() === path ? [] : [`${title}: it leads away`]),
  ]
}

const dialogs = [
  ['/campaigns/1', [/^Cancel/]],
  ['/campaigns/2', [/^Remove/]],
  ['/devices', [/^Add/, /^Import/]],
  ['/devices/lamp/l0', [/^Push/, /^Set/, /^Forget/, /^Remove/]],
  ['/devices/lamp/l1', [/^Cancel/]],
  ['/firmware', [/^Remove/]],
  ['/settings', [/^Make a token/, /^Add a person/, /^Add a webhook/, /^Remove/, /^Change/, /^Replace/]],
] as const

test('Escape closes each dialog, leads nowhere, and the focus is where it was', async () => {
  const { page, settled, close } = await openTab(server, '/')
  const faults: string[] = []
  for (const [path, buttons] of dialogs) {
    await page.goto(`${server.admin}${path}`)
    await settled()
    for (const name of buttons) faults.push(...(await faultsOf(page, name)))
  }
  expect(faults).toEqual([])
  await close()
})

test('Escape closes a dialog alone, then the menu behind it, whose button gets the focus', async () => {
  const { page, close } = await openTab(server, '/')
  const menu = page.locator('.bar .menu')
  await page.getByText('admin.token (admin)').focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Keyboard' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
  await page.keyboard.press('Escape')
  expect(await isOpen(page)).toBe(false)
  expect(await focused(page)).toBe('Keyboard')
  expect(await menu.getAttribute('open')).toBe('')
  await page.keyboard.press('Escape')
  expect(await menu.getAttribute('open')).toBe(null)
  expect(await focused(page)).toBe('admin.token (admin)')
  await close()
})

test('the commands of a campaign close by Escape, and by a click elsewhere', async () => {
  const { page, close } = await openTab(server, '/campaigns/1')
  const summary = page.locator('main .menu > summary')
  const isShown = () => page.locator('main .menu[open]').count()
  await summary.focus()
  await page.keyboard.press('Enter')
  expect(await isShown()).toBe(1)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Escape')
  expect(await isShown()).toBe(0)
  expect(await focused(page)).toBe('Copy as curl')
  await summary.click()
  expect(await isShown()).toBe(1)
  await page.locator('h1').click()
  expect(await isShown()).toBe(0)
  await close()
})

test('a question that was asked of somebody is not asked of the next one', async () => {
  const { page, close } = await openTab(server, '/campaigns/1')
  await page.getByRole('button', { name: /^Cancel/ }).click()
  await page.locator('dialog[open]').waitFor()
  const other = await openTab(server, '/')
  await other.page.getByText('admin.token (admin)').click()
  await other.page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor()
  expect(await isOpen(page)).toBe(false)
  await page.getByLabel('Name').fill('mei')
  await page.getByLabel('Password').fill('correct horse battery')
  await page.getByLabel('Password').press('Enter')
  await page.getByText('mei (operator)').waitFor()
  expect(await isOpen(page)).toBe(false)
  await close([/401/])
  await other.close([/401/])
})
