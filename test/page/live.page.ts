// Live events and the keyboard: answers that are slow while events come, tabs beside each other, a role that is taken away, input methods.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { addPackage, closeBrowser, eventually, openTab, type PageServer, startPageServer } from './support.ts'

let server: PageServer
let other: PageServer
let firmware: string
beforeAll(async () => {
  server = await startPageServer()
  other = await startPageServer()
  await server.api('PUT', '/devices/lamp/l0', {})
  await other.api('PUT', '/devices/lamp/other', {})
  firmware = await addPackage(server, '2.0.0')
})
afterAll(async () => {
  await server.close()
  await other.close()
  await closeBrowser()
})

test('a view whose answers are slower than its events come is shown all the same', async () => {
  const { page, close } = await openTab(server, '/')
  await page.route('**/why', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 2500))
    await route.continue().catch(() => undefined)
  })
  const { id } = await server.api<{ readonly id: string }>('POST', '/campaigns', { firmware, name: 'Slow', start: true })
  let isOn = false
  const timer = setInterval(() => {
    isOn = !isOn
    void server.api('POST', `/campaigns/${id}/${isOn ? 'pause' : 'resume'}`).catch(() => undefined)
  }, 300)
  await page.getByRole('link', { name: 'Devices', exact: true }).click()
  await page.locator('a[href="/devices/lamp/l0"]').click()
  await page.locator('.why li').first().waitFor({ timeout: 15_000 })
  clearInterval(timer)
  await close()
})

test('two servers on two ports of one machine do not sign each other out, nor mix their events', async () => {
  const { page, close } = await openTab(server, '/')
  const second = await page.context().newPage()
  await second.goto(await other.link())
  await second.waitForSelector('main h1')
  await page.reload()
  await page.goto(`${server.admin}/devices`)
  await second.goto(`${other.admin}/devices`)
  await page.locator('a[href="/devices/lamp/l0"]').waitFor()
  await second.locator('a[href="/devices/lamp/other"]').waitFor()
  expect(await page.locator('a[href="/devices/lamp/other"]').count()).toBe(0)
  await close([new RegExp(`a request to ${other.admin}`)])
})

test('a role that was taken away puts its buttons out of use with the first refusal', async () => {
  await server.api('POST', '/campaigns', { firmware, name: 'Role', start: true })
  await server.api('POST', '/users', { name: 'li', role: 'operator', password: 'correct horse battery' })
  const { page, close } = await openTab(server, '/')
  await page.context().clearCookies()
  await page.reload()
  await page.getByLabel('Name', { exact: true }).fill('li')
  await page.getByLabel('Password').fill('correct horse battery')
  await page.getByRole('button', { name: 'Sign in' }).first().click()
  await page.getByText('li (operator)').waitFor()
  await page.getByRole('link', { name: 'Campaigns', exact: true }).click()
  await page
    .getByRole('button', { name: /^(?:Pause|Resume)/ })
    .first()
    .waitFor()
  await server.api('PATCH', '/users/li', { role: 'viewer' })
  await page
    .getByRole('button', { name: /^(?:Pause|Resume)/ })
    .first()
    .click()
  await page.getByText('li (viewer)').waitFor()
  await close([/401|403/])
})

test('Escape of an input method leaves the field and what is composed in it', async () => {
  const { page, close } = await openTab(server, '/')
  await page.locator('#search').focus()
  await page.evaluate(() => {
    const key = new KeyboardEvent('keydown', { key: 'Escape', isComposing: true, bubbles: true, cancelable: true })
    document.activeElement?.dispatchEvent(key)
  })
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('search')
  await page.keyboard.press('Escape')
  expect(await page.evaluate(() => document.activeElement?.id)).not.toBe('search')
  await close()
})

test('a page that was left and comes back out of the browser is live, and stays while the server is lost', async () => {
  const { page, close } = await openTab(server, '/')
  await eventually(async () => (await page.locator('.banner').count()) === 0, 'it is live')
  await page.evaluate(() => {
    document.body.dataset['kept'] = 'true'
    dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
  })
  await page.getByRole('link', { name: 'Devices', exact: true }).click()
  await page.locator('a[href="/devices/lamp/l0"]').waitFor()
  await server.api('PUT', '/devices/lamp/l0', { tags: ['came-back'] })
  await page.getByText('came-back').waitFor({ timeout: 5000 })
  expect(await page.evaluate(() => document.body.dataset['kept'])).toBe('true')
  await close()
})
