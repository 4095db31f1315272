// Packages: a file dropped anywhere becomes one, what is wrong is said before it is sent, and the list of all of them.

import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { espImage } from '../support/image-headers.ts'
import { becomeMei, chooseFile, dropOn, fieldOf } from './package-support.ts'
import {
  addPackage,
  axeFaults,
  closeBrowser,
  eventually,
  isTooWide,
  openTab,
  type PageServer,
  simulate,
  startPageServer,
} from './support.ts'

let server: PageServer
beforeEach(async () => {
  server = await startPageServer()
})
afterEach(() => server.close())
afterAll(closeBrowser)

test('an image dropped on the overview fills in the form, is uploaded, and is in the list', async () => {
  const fleet = simulate(server, '--devices', '2', '--version', '2.0.1')
  await eventually(async () => (await server.api<{ count: number }>('GET', '/devices?version=2.0.1')).count === 2, 'devices report')
  const { page, close } = await openTab(server, '/')
  await dropOn(page, 'main', 'lamp.bin', espImage('2.0.1', 'LAMP'))
  await page.getByText('From the ESP-IDF descriptor: project LAMP, version 2.0.1').waitFor()
  expect(new URL(page.url()).pathname).toBe('/firmware')
  expect(await fieldOf(page, 'Product').inputValue()).toBe('lamp')
  expect(await fieldOf(page, 'Version').inputValue()).toBe('2.0.1')
  await fieldOf(page, 'Description').fill('night light')
  expect(await axeFaults(page)).toEqual([])
  await page.getByRole('button', { name: 'Upload' }).click()
  await page.getByText('lamp default 2.0.1 was added').waitFor()
  const [added] = (await server.api<{ items: { id: string; sha256: string; description: string }[] }>('GET', '/firmware')).items
  expect(added?.description).toBe('night light')
  await page
    .getByText(added?.sha256 ?? '-', { exact: true })
    .first()
    .waitFor()
  const row = page.locator('tr', { hasText: 'night light' })
  expect(await row.getByRole('link', { name: '2 devices' }).getAttribute('href')).toBe('/devices?product=lamp&module=default&version=2.0.1')
  expect(await axeFaults(page)).toEqual([])
  await page.getByRole('link', { name: 'Push it: new campaign' }).click()
  await page.waitForURL(`**/campaigns/new?firmware=${added?.id}`)
  await close()
  await fleet.end()
})

test('what is wrong is said before the upload, and a refusal is shown beside its field', async () => {
  await addPackage(server, '2.0.1')
  const { page, close } = await openTab(server, '/firmware')
  await dropOn(page, 'body', 'lamp.bin', espImage('2.0.1', 'lamp'))
  await page.getByText('Version 2.0.1 is there already, with another size').waitFor()
  await fieldOf(page, 'Version').fill('2.0.2')
  await page.getByText('The image says that it is version 2.0.1.').waitFor()
  await page.getByRole('button', { name: 'Use 2.0.1' }).click()
  expect(await fieldOf(page, 'Version').inputValue()).toBe('2.0.1')
  await fieldOf(page, 'Version').fill('')
  await page.getByRole('button', { name: 'Upload' }).click()
  await page.getByText('This is needed.').waitFor()
  await fieldOf(page, 'Version').fill('2.0.2')
  await fieldOf(page, 'Product').fill('a/b')
  await page.getByRole('button', { name: 'Upload' }).click()
  await eventually(async () => (await fieldOf(page, 'Product').getAttribute('aria-invalid')) === 'true', 'the fault is beside the field')
  expect(await fieldOf(page, 'Version').inputValue()).toBe('2.0.2')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('product')
  await close([/400/])
})

test('other bytes under a name that is there are refused with the sentence of the server', async () => {
  const size = espImage('2.0.1', 'lamp').length
  await addPackage(server, '2.0.1', size)
  const { page, close } = await openTab(server, '/firmware')
  await dropOn(page, 'body', 'lamp.bin', espImage('2.0.1', 'lamp'))
  await page.getByText('Version 2.0.1 is there already, with the same size').waitFor()
  await page.getByRole('button', { name: 'Upload' }).click()
  await page.locator('.faults').waitFor()
  expect(await page.locator('.faults').textContent()).toContain('2.0.1')
  await page.getByRole('button', { name: 'Send again' }).waitFor()
  await close([/409/])
})

test('what was typed is still there after a reload, and the file is asked for again', async () => {
  const { page, close } = await openTab(server, '/firmware')
  await dropOn(page, 'body', 'lamp.bin', espImage('2.0.1', 'lamp'))
  await fieldOf(page, 'Description').fill('night light')
  await page.reload()
  await page.getByText('no longer has the file lamp.bin').waitFor()
  expect(await fieldOf(page, 'Description').inputValue()).toBe('night light')
  expect(await page.getByRole('button', { name: 'Upload' }).isDisabled()).toBe(true)
  await page.getByRole('button', { name: 'Discard' }).click()
  await page.getByRole('heading', { name: 'Drop a firmware file here' }).waitFor()
  await close()
})

test('an empty file is not sent', async () => {
  const { page, close } = await openTab(server, '/firmware')
  await chooseFile(server, page, 'empty.bin', 0)
  await page.getByText('The file is empty.').waitFor()
  expect(await page.getByRole('button', { name: 'Upload' }).isDisabled()).toBe(true)
  await close()
})

test('a part that takes a dropped file itself keeps it', async () => {
  const { page, close } = await openTab(server, '/settings')
  await page.evaluate(() => {
    for (const type of ['dragover', 'drop']) addEventListener(type, (event) => event.preventDefault())
  })
  await dropOn(page, 'main', 'devices.csv', Buffer.from('product,name'))
  expect(await page.locator('.file-drop').count()).toBe(0)
  expect(new URL(page.url()).pathname).toBe('/settings')
  await close()
})

test('on the list of devices, a list is imported and an image becomes a package', async () => {
  const { page, close } = await openTab(server, '/devices')
  await dropOn(page, 'main', 'devices.csv', Buffer.from('product,name\nlamp,l1\n'))
  await page.getByRole('dialog').getByText('devices.csv').first().waitFor()
  expect(new URL(page.url()).pathname).toBe('/devices')
  await page.keyboard.press('Escape')
  await dropOn(page, 'main', 'lamp.bin', espImage('2.0.1', 'lamp'))
  await page.getByText('From the ESP-IDF descriptor').waitFor()
  expect(new URL(page.url()).pathname).toBe('/firmware')
  await close()
})

test('for who may not add packages, each button says why', async () => {
  await addPackage(server, '1.0')
  const { page, close } = await openTab(server, '/firmware')
  await becomeMei(server, page, 'viewer')
  await page.locator('main').getByText('Needs the role operator.').waitFor()
  for (const name of ['Add a package', 'Remove…', 'New campaign']) {
    const button = page.getByRole('button', { name })
    expect([name, await button.isDisabled(), await button.getAttribute('title')]).toEqual([name, true, 'Needs the role operator.'])
  }
  await dropOn(page, 'main', 'lamp.bin', espImage('2.0.1', 'lamp'))
  await page.locator('.toasts').getByText('lamp.bin was not taken. Needs the role operator.').waitFor()
  await close()
})

test('a package is removed after a question with its name, and one in use is not', async () => {
  const kept = await addPackage(server, '1.0')
  await addPackage(server, '2.0')
  await server.api('POST', '/campaigns', { firmware: kept, name: 'June release' })
  const { page, close } = await openTab(server, '/firmware')
  const rows = page.locator('tbody tr')
  await rows.nth(1).waitFor()
  expect(await rows.allInnerTexts()).toEqual([expect.stringContaining('2.0'), expect.stringContaining('June release')])
  await rows.nth(0).getByRole('button', { name: 'Remove…' }).click()
  await page.getByRole('dialog', { name: 'Remove lamp default 2.0?' }).getByRole('button', { name: 'Remove the package' }).click()
  await eventually(async () => (await rows.count()) === 1, 'it is gone')
  await rows.nth(0).getByRole('button', { name: 'Remove…' }).click()
  await page.getByRole('button', { name: 'Remove the package' }).click()
  await page.locator('.toasts .failed').waitFor()
  expect(await rows.count()).toBe(1)
  await close([/409/])
})

test('a package that somebody else adds appears by itself, and moves nothing under the pointer', async () => {
  await addPackage(server, '1.0')
  const { page, close } = await openTab(server, '/firmware')
  const rows = page.locator('tbody tr')
  await rows.first().waitFor()
  await addPackage(server, '1.1')
  await eventually(async () => (await rows.count()) === 2, 'it appears')
  await rows.first().hover()
  await addPackage(server, '1.2')
  await page.getByRole('button', { name: '1 change – refresh' }).waitFor()
  expect(await rows.count()).toBe(2)
  await page.getByRole('button', { name: '1 change – refresh' }).click()
  await eventually(async () => (await rows.count()) === 3, 'it is shown')
  await close()
})

test('more than a hundred packages are shown in pages, and found by text and product, in the address', async () => {
  for (let n = 0; n < 101; n++) await addPackage(server, `1.${n}`, 100)
  const { page, close } = await openTab(server, '/firmware')
  await page.getByText('1 to 100 of 101').waitFor()
  await page.getByLabel('Search', { exact: true }).fill('1.77')
  await page.waitForURL('**/firmware?q=1.77')
  await eventually(async () => (await page.locator('tbody tr').count()) === 1, 'one is found')
  await page.reload()
  await eventually(async () => (await page.locator('tbody tr').count()) === 1, 'one is found again')
  expect(await isTooWide(page)).toBe(false)
  await close()
})
