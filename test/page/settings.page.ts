// The settings: the server, its backup, people, tokens, webhooks, a link for another browser, and what is set.

import { once } from 'node:events'
import { statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axeFaults, closeBrowser, eventually, openBrowser, openTab, type PageServer, startPageServer } from './support.ts'

let server: PageServer
beforeAll(async () => {
  server = await startPageServer()
})
afterAll(async () => {
  await server.close()
  await closeBrowser()
})

const section = (page: Page, name: string) => page.getByRole('region', { name })

const signedInAs = async (name: string, password: string): Promise<Page> => {
  const context = await (await openBrowser()).newContext({ locale: 'en-GB' })
  const page = await context.newPage()
  await page.goto(`${server.admin}/settings`)
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByLabel('Password').press('Enter')
  await page.waitForSelector('.bar')
  return page
}

test('the server says since when it runs and what is free of its disk, and the backup is a file', async () => {
  const { page, close } = await openTab(server, '/settings')
  await section(page, 'Server').getByText(server.dataDir, { exact: true }).waitFor()
  await section(page, 'Server')
    .getByText(/ free of /)
    .waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download a backup' }).click()])
  expect(download.suggestedFilename()).toMatch(/\.tar$/)
  expect(statSync(await download.path()).size).toBeGreaterThan(1000)
  await close()
})

test('a link to a section leads there, and the index too, by keyboard', async () => {
  const { page, close } = await openTab(server, '/settings#tokens')
  const top = (name: string) => section(page, name).evaluate((element) => element.getBoundingClientRect().top)
  await eventually(async () => Math.abs(await top('Tokens')) < 40, 'the section is at the top')
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Settings in effect' }).press('Enter')
  await eventually(async () => Math.abs(await top('Settings in effect')) < 40, 'the other section is at the top')
  expect(new URL(page.url()).hash).toBe('#effective')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Settings in effect')
  await close()
})

test('a token is made, shown once, and removed; a fault is shown beside its field', async () => {
  const { page, close } = await openTab(server, '/settings')
  await page.getByRole('button', { name: 'Make a token…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('not/a name')
  await dialog.getByRole('button', { name: 'Make', exact: true }).click()
  await dialog.locator('.fault').waitFor()
  expect(await dialog.getByLabel('Name').inputValue()).toBe('not/a name')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('name')
  await dialog.getByLabel('Name').fill('ci')
  await dialog.getByLabel('Role').selectOption('operator')
  await page.keyboard.press('Escape')
  await page.reload()
  await page.getByRole('button', { name: 'Make a token…' }).click()
  expect(await dialog.getByLabel('Name').inputValue()).toBe('ci')
  await dialog.getByRole('button', { name: 'Make', exact: true }).click()
  await dialog.getByText('It is shown only now').waitFor()
  for (let turn = 0; turn < 3; turn++) await page.keyboard.press('Escape')
  const token = (await dialog.locator('code').textContent()) ?? ''
  expect(await axeFaults(page)).toEqual([])
  const answer = await fetch(`${server.admin}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } })
  expect(await answer.json()).toMatchObject({ name: 'ci', role: 'operator' })
  await dialog.getByRole('button', { name: 'I have it' }).click()
  expect(await page.content()).not.toContain(token)
  expect(await page.evaluate(() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]))).not.toContain(token)
  await section(page, 'Tokens').getByRole('row', { name: /^ci/ }).getByRole('button', { name: 'Remove…' }).click()
  await page.getByRole('dialog', { name: 'Remove token ci?' }).getByRole('button', { name: 'Remove ci' }).click()
  await section(page, 'Tokens').getByText('No token yet').waitFor()
  await close([/400/])
})

test('people are added, given a role and removed; of the last admin the server says that it stays', async () => {
  const { page, close } = await openTab(server, '/settings')
  const people = section(page, 'People')
  const dialog = page.getByRole('dialog')
  await people.getByRole('button', { name: 'Add a person…' }).click()
  await dialog.getByLabel('Name').fill('mei')
  await dialog.getByLabel('Password').fill('short')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await dialog.locator('.fault').waitFor()
  expect(await page.evaluate(() => JSON.stringify(Object.entries(sessionStorage)))).not.toContain('short')
  await dialog.getByLabel('Password').fill('a long sentence')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  const row = people.getByRole('row', { name: /^mei/ })
  await row.getByText('viewer').waitFor()
  await row.getByRole('button', { name: 'Role…' }).click()
  await dialog.getByLabel('Role').selectOption('admin')
  await dialog.getByRole('button', { name: 'Set the role' }).click()
  await row.getByText('admin', { exact: true }).waitFor()
  await row.getByRole('button', { name: 'Remove…' }).click()
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Back')
  await page.getByRole('button', { name: 'Remove mei' }).click()
  await page.locator('.toasts .failed').waitFor()
  expect(await page.locator('.toasts .failed').textContent()).toContain('last admin')
  await row.waitFor()
  await close([/400|409/])
})

test('a person changes the own password; an operator sees what only admins may do as out of use', async () => {
  await server.api('POST', '/users', { name: 'lin', role: 'operator', password: 'a long sentence' })
  const page = await signedInAs('lin', 'a long sentence')
  await section(page, 'Tokens').getByText('Needs the role admin.').waitFor()
  await section(page, 'People').getByText('Needs the role admin.').waitFor()
  const backup = page.getByRole('button', { name: 'Download a backup' })
  expect([await backup.isDisabled(), await backup.getAttribute('title')]).toEqual([true, 'Needs the role admin.'])
  expect(await axeFaults(page)).toEqual([])
  await page.getByRole('button', { name: 'Change your password…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Current password').fill('something else')
  await dialog.getByLabel('New password').fill('another sentence')
  await dialog.getByRole('button', { name: 'Set the password' }).click()
  await dialog.locator('.fault, .faults').first().waitFor()
  await dialog.getByLabel('Current password').fill('a long sentence')
  await dialog.getByRole('button', { name: 'Set the password' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await page.context().close()
  const again = await signedInAs('lin', 'another sentence')
  await again.context().close()
})

test('the last settings to be set come first, and a filter limits them', async () => {
  const { page, close } = await openTab(server, '/settings')
  const effective = section(page, 'Settings in effect')
  await effective.getByText('--data', { exact: true }).waitFor()
  expect(await effective.locator('tbody tr').first().textContent()).toContain('dataDir')
  await effective.getByLabel('Filter').fill('keepalive')
  await eventually(async () => (await effective.locator('tbody tr').count()) === 1, 'one setting is left')
  await page.reload()
  expect(await effective.getByLabel('Filter').inputValue()).toBe('keepalive')
  await effective.getByLabel('Filter').fill('there is no such setting')
  await effective.getByText('No setting matches').waitFor()
  await close()
})

test('a link signs in another browser', async () => {
  const { page, close } = await openTab(server, '/settings')
  await page.getByRole('button', { name: 'Make a link' }).click()
  const link = (await section(page, 'Sign in another browser').locator('.once code').textContent()) ?? ''
  const context = await (await openBrowser()).newContext({ locale: 'en-GB' })
  const other = await context.newPage()
  await other.goto(link)
  await other.getByText('admin.token (admin)').waitFor()
  await context.close()
  await close()
})

test('a webhook is added, tested, changed and removed, and what fails is said', async () => {
  const received: string[] = []
  let status = 200
  const receiver = createServer((request, response) => {
    received.push(request.url ?? '')
    request.resume().on('end', () => response.writeHead(status).end())
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const { port } = receiver.address() as AddressInfo
  const { page, close } = await openTab(server, '/settings')
  const hooks = section(page, 'Webhooks')
  const dialog = page.getByRole('dialog')
  await hooks.getByRole('button', { name: 'Add a webhook…' }).click()
  await dialog.getByLabel('Name').fill('ops')
  await dialog.getByLabel('URL').fill('ftp://nowhere')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await dialog.locator('.fault').waitFor()
  await dialog.getByLabel('URL').fill(`http://127.0.0.1:${port}/hook?key=hidden`)
  await dialog.getByLabel('the store has failed').uncheck()
  await page.keyboard.press('Escape')
  await hooks.getByRole('button', { name: 'Add a webhook…' }).click()
  expect(await dialog.getByLabel('Name').inputValue()).toBe('ops')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('dialog', { name: 'Secret of webhook ops' }).getByRole('button', { name: 'I have it' }).click()
  await hooks.getByText(`http://127.0.0.1:${port}/hook?***`).waitFor()
  await hooks.getByRole('button', { name: 'Test', exact: true }).click()
  await hooks.getByText('taken', { exact: true }).waitFor()
  expect(received).toEqual(['/hook?key=hidden'])
  status = 500
  await hooks.getByRole('button', { name: 'Test', exact: true }).click()
  await hooks.getByText('not taken', { exact: true }).waitFor()
  expect(await axeFaults(page)).toEqual([])
  await hooks.getByRole('button', { name: 'Change…' }).click()
  expect(await dialog.getByLabel('the store has failed').isChecked()).toBe(false)
  await dialog.getByLabel('the store has failed').check()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await hooks.getByText('all events').waitFor()
  await hooks.getByRole('button', { name: 'Remove…' }).click()
  await page.getByRole('button', { name: 'Remove ops' }).click()
  await hooks.getByText('No webhook yet').waitFor()
  receiver.close()
  await close([/400/])
})

test('whoever replaces admin.token while signed in by it is warned, and signs in anew', async () => {
  const { page, close } = await openTab(server, '/settings')
  await page.getByRole('button', { name: 'Replace admin.token…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Replace admin.token?' })
  await dialog.getByText('You are signed in with it').waitFor()
  await dialog.getByRole('button', { name: 'Replace admin.token' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await close([/401/])
})
