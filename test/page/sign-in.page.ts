// Signing in, and out again.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { axeFaults, closeBrowser, openBrowser, openTab, type PageServer, startPageServer } from './support.ts'

let server: PageServer
beforeAll(async () => {
  server = await startPageServer()
})
afterAll(async () => {
  await server.close()
  await closeBrowser()
})

const freshPage = async () => {
  const context = await (await openBrowser()).newContext({ locale: 'en-GB' })
  return { context, page: await context.newPage() }
}

test('a link signs in once, and its code leaves the address at once', async () => {
  const link = await server.link()
  const first = await freshPage()
  await first.page.goto(link)
  await first.page.waitForSelector('.bar')
  expect(first.page.url()).toBe(`${server.admin}/`)
  const second = await freshPage()
  await second.page.goto(link)
  await second.page.getByText('The link does not sign in any more').waitFor()
  expect(second.page.url()).toBe(`${server.admin}/`)
  expect(await axeFaults(second.page)).toEqual([])
  await first.context.close()
  await second.context.close()
})

test('a link that is pasted into the tab of the sign-in page signs in', async () => {
  const { context, page } = await freshPage()
  await page.goto(`${server.admin}/`)
  await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor()
  await page.evaluate((link) => location.assign(link), `/${new URL(await server.link()).hash}`)
  await page.waitForSelector('.bar')
  expect(page.url()).toBe(`${server.admin}/`)
  await context.close()
})

test('a name and password sign in; what is wrong is said in the form', async () => {
  await server.api('POST', '/users', { name: 'mei', role: 'viewer', password: 'a long sentence' })
  const { context, page } = await freshPage()
  await page.goto(server.admin)
  await page.getByLabel('Name').fill('mei')
  await page.getByLabel('Password').fill('something else')
  await page.getByLabel('Password').press('Enter')
  await page.locator('form').getByText('The name or the password is not right.').waitFor()
  expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('password')
  const described = await page.getByLabel('Password').getAttribute('aria-describedby')
  expect(await page.locator(`[id="${described}"]`).innerText()).toBe('The name or the password is not right.')
  expect((await page.locator('main').innerText()).startsWith('Fogbell')).toBe(true)
  await page.getByText('With a token').click()
  await page.getByLabel('Token').fill('none')
  await page.getByLabel('Token').press('Enter')
  await page.getByText('The token is not valid.').waitFor()
  expect(await page.locator('.fault').allInnerTexts()).toEqual(['The token is not valid.'])
  expect(await page.getByLabel('Name').inputValue()).toBe('mei')
  await page.getByLabel('Password').fill('a long sentence')
  await page.getByLabel('Password').press('Enter')
  await page.getByText('mei (viewer)').waitFor()
  await context.close()
})

test('a token signs in, and no script of the page can read the session', async () => {
  const { context, page } = await freshPage()
  await page.goto(`${server.admin}/devices`)
  await page.getByText('With a token').click()
  await page.getByLabel('Token').fill(server.token)
  await page.getByLabel('Token').press('Enter')
  await page.waitForSelector('.bar')
  expect(page.url()).toBe(`${server.admin}/devices`)
  expect(await page.evaluate(() => document.cookie)).toBe('')
  expect(await page.evaluate(() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]))).not.toContain(
    server.token,
  )
  await context.close()
})

test('signing out everywhere ends the other tabs too', async () => {
  const one = await openTab(server, '/')
  const other = await openTab(server, '/')
  await one.page.getByText('admin.token (admin)').click()
  await one.page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await one.page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await other.page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await one.close([/401/])
  await other.close([/401/])
})
