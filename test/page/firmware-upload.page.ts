// The upload of a package: how far it is, and how it ends when it is canceled, cut off or refused.

import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { espImage } from '../support/image-headers.ts'
import { becomeMei, chooseFile, dropOn, fieldOf, signInAsMei } from './package-support.ts'
import { openSlowRoad, type SlowRoad } from './slow-road.ts'
import { axeFaults, closeBrowser, eventually, openTab, type PageServer, startPageServer } from './support.ts'

let server: PageServer
beforeEach(async () => {
  server = await startPageServer()
})
afterEach(() => server.close())
afterAll(closeBrowser)

const large = 40_000_000

const uploadOn = async (road: SlowRoad) => {
  const tab = await openTab({ ...server, port: road.port }, '/firmware')
  await chooseFile(server, tab.page, 'large.bin', large)
  await fieldOf(tab.page, 'Product').fill('lamp')
  await fieldOf(tab.page, 'Version').fill('3.0')
  await tab.page.getByRole('button', { name: 'Upload' }).click()
  await tab.page.getByRole('heading', { name: 'Uploading large.bin' }).waitFor()
  return tab
}

test('an upload says how far it is, refuses a second file, asks before the page is left, and can be canceled', async () => {
  const road = await openSlowRoad(server.port, 5_000_000)
  const { page, close } = await uploadOn(road)
  await page.getByText(/\d+ %: .* of 38\.1 MiB/).waitFor()
  await dropOn(page, 'body', 'other.bin', espImage('2.0.1', 'lamp'))
  await page.locator('.toasts').getByText('other.bin was not taken').waitFor()
  const asked = page.waitForEvent('dialog')
  await page.evaluate(() => setTimeout(() => location.reload()))
  const dialog = await asked
  expect(dialog.type()).toBe('beforeunload')
  await dialog.dismiss()
  expect(await axeFaults(page)).toEqual([])
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.locator('main').getByText('The upload was canceled.').waitFor()
  expect(await fieldOf(page, 'Version').inputValue()).toBe('3.0')
  expect((await server.api<{ items: unknown[] }>('GET', '/firmware')).items).toEqual([])
  road.open()
  await page.getByRole('button', { name: 'Send again' }).click()
  await page.getByText('lamp default 3.0 was added').waitFor()
  await close()
  await road.close()
})

test('an upload goes on while another view is shown, and its end is said there', async () => {
  const road = await openSlowRoad(server.port, 5_000_000)
  const { page, close } = await uploadOn(road)
  await page.getByRole('link', { name: 'Log', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Log' }).waitFor()
  road.open()
  await page.locator('.toasts').getByText('lamp 3.0 was added.').waitFor()
  await close()
  await road.close()
})

test('a torn upload says so, and is sent again', async () => {
  const road = await openSlowRoad(server.port, 5_000_000)
  const { page, close } = await uploadOn(road)
  await page.getByText(/[1-9]\d* %: /).waitFor()
  road.cut()
  await page.locator('main').getByText('The connection was cut off during the upload.').waitFor()
  road.open()
  await page.getByRole('button', { name: 'Send again' }).click()
  await page.getByText('lamp default 3.0 was added').waitFor()
  await close([/ERR_/])
  await road.close()
})

test('a server that is lost during an upload is said, and the file is sent again when it is back', async () => {
  const road = await openSlowRoad(server.port, 5_000_000)
  const { page, close } = await uploadOn(road)
  await page.getByText(/[1-9]\d* %: /).waitFor()
  road.open()
  await server.kill('SIGKILL')
  await page.locator('main').getByText('The server cannot be reached: the upload was cut off.').waitFor()
  const again = page.getByRole('button', { name: 'Send again' })
  await eventually(async () => (await again.getAttribute('title')) === 'The server cannot be reached now.', 'it waits for the server')
  await server.restart()
  await again.click()
  await page.getByText('lamp default 3.0 was added').waitFor()
  await close([/ERR_/, /Failed to load/])
  await road.close()
})

test('a refusal in the middle of an upload is the sentence of the server', async () => {
  const { page, close } = await openTab(server, '/firmware')
  await chooseFile(server, page, 'large.bin', large)
  await fieldOf(page, 'Product').fill('a/b')
  await fieldOf(page, 'Version').fill('3.0')
  await page.getByRole('button', { name: 'Upload' }).click()
  await eventually(async () => (await fieldOf(page, 'Product').getAttribute('aria-invalid')) === 'true', 'the fault is beside the field')
  await close([/400/])
})

test('a role that was taken away meanwhile is said, whatever the size of the file', async () => {
  const { page, close } = await openTab(server, '/firmware')
  await becomeMei(server, page, 'operator')
  await chooseFile(server, page, 'large.bin', large)
  await fieldOf(page, 'Product').fill('lamp')
  await fieldOf(page, 'Version').fill('3.0')
  await server.api('PATCH', '/users/mei', { role: 'viewer' })
  await page.getByRole('button', { name: 'Upload' }).click()
  await page.locator('.faults').getByText('operator').waitFor()
  await close([/403/])
})

test('who has to sign in again finds the file and what was typed', async () => {
  const { page, close } = await openTab(server, '/firmware')
  await becomeMei(server, page, 'operator')
  await dropOn(page, 'body', 'lamp.bin', espImage('2.0.1', 'lamp'))
  await fieldOf(page, 'Description').fill('night light')
  await server.api('DELETE', '/users/mei/sessions')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await signInAsMei(page, 'operator')
  await page.getByText('lamp.bin', { exact: true }).waitFor()
  expect(await fieldOf(page, 'Description').inputValue()).toBe('night light')
  await page.getByRole('button', { name: 'Upload' }).click()
  await page.getByText('lamp default 2.0.1 was added').waitFor()
  await close([/401/])
})
