// The server is lost while a form is half filled in: nothing typed is lost, nothing can be sent meanwhile, and all goes on when it is back.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { addPackage, closeBrowser, eventually, openTab, type PageServer, startPageServer } from './support.ts'

let server: PageServer
let firmware: string
beforeAll(async () => {
  server = await startPageServer()
  await server.api('PUT', '/devices/lamp/l1', {})
  firmware = await addPackage(server, '2.0.0')
})
afterAll(async () => {
  await server.close()
  await closeBrowser()
})

const lostErrors = [/ERR_/, /Failed to load/]

test('a half filled form survives the loss of the server, its return, and a reload', async () => {
  const { page, close } = await openTab(server, `/campaigns/new?firmware=${firmware}`)
  const name = page.getByLabel('Name', { exact: true })
  const start = page.getByRole('button', { name: 'Start the campaign' })
  await name.fill('Second floor')
  await eventually(() => start.isEnabled(), 'the campaign can be started')
  await server.kill('SIGKILL')
  await page.getByText('The server cannot be reached.').first().waitFor({ timeout: 3000 })
  await page.getByText(/what is typed is kept; nothing can be changed/).waitFor()
  await name.press('End')
  await page.keyboard.type(' and third')
  expect(await start.isDisabled()).toBe(true)
  expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('name')
  await server.restart()
  await eventually(async () => (await page.locator('.banner').count()) === 0, 'the page is back')
  expect(await name.inputValue()).toBe('Second floor and third')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('name')
  await page.reload()
  await name.waitFor()
  expect(await name.inputValue()).toBe('Second floor and third')
  await eventually(() => start.isEnabled(), 'the campaign can be started again')
  await start.click()
  await page.getByRole('heading', { level: 1, name: 'Campaign 1 · Second floor and third' }).waitFor()
  await close(lostErrors)
})

test('what has changed while the server was away is on the page when it is back, at the same place', async () => {
  for (let at = 0; at < 60; at++) await server.api('PUT', `/devices/lamp/m${String(at).padStart(2, '0')}`, {})
  const { page, close } = await openTab(server, '/devices', { height: 500 })
  await page.getByRole('link', { name: 'm30' }).waitFor()
  await page.evaluate(() => scrollTo(0, 900))
  await server.kill('SIGTERM')
  await page.getByText('The server cannot be reached.').first().waitFor({ timeout: 3000 })
  const before = await page.evaluate(() => scrollY)
  await server.restart()
  await server.api('PATCH', '/devices/lamp/m30', { tags: ['changed'] })
  await page.getByText('changed').waitFor({ timeout: 10_000 })
  expect(Math.abs((await page.evaluate(() => scrollY)) - before)).toBeLessThan(100)
  await close(lostErrors)
})

test('a server that answers nothing, as behind a cut cable, is lost within four seconds too', async () => {
  const { page, close } = await openTab(server, '/')
  await eventually(async () => (await page.locator('.banner').count()) === 0, 'the live events come')
  server.signal('SIGSTOP')
  await page.getByText('The server cannot be reached.').first().waitFor({ timeout: 4500 })
  server.signal('SIGCONT')
  await eventually(async () => (await page.locator('.banner').count()) === 0, 'the page is back')
  await close(lostErrors)
})
