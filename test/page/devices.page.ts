// The views of devices in a browser: the list with its address, live rows and imports; a device with its updates, tags, messages and timeline.

import { connect } from 'mqtt'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addPackage, closeBrowser, eventually, openTab, type PageServer, startPageServer } from './support.ts'

let server: PageServer
beforeAll(async () => {
  server = await startPageServer()
})
afterAll(async () => {
  await server.close()
  await closeBrowser()
})

const put = (product: string, name: string, tags: readonly string[] = []): Promise<unknown> =>
  server.api('PUT', `/devices/${encodeURIComponent(product)}/${encodeURIComponent(name)}`, { tags })

const names = (page: Page): Promise<readonly string[]> => page.locator('tbody tr th').allInnerTexts()

/** A device that is connected and reports a version. */
const join = async (name: string, version = '1.0.0') => {
  const client = connect(server.mqtt[0] ?? '', { clientId: name, username: `${name}&lamp`, password: 'pw', reconnectPeriod: 0 })
  const topic = `fogcloud/lamp/${name}/thing`
  await new Promise((resolve, reject) => client.once('connect', resolve).once('error', reject))
  await client.subscribeAsync(`${topic}/down/ota`, { qos: 1 })
  const report = (text: string): Promise<unknown> => client.publishAsync(`${topic}/up/ota`, text, { qos: 1 })
  await report(JSON.stringify({ method: 'version.post', params: { version } }))
  return { report, end: () => client.endAsync(true) }
}

/** 250 of them, half with one tag, half with the other. */
const addSensors = (): Promise<unknown> => {
  const rows = Array.from({ length: 250 }, (_, n) => `sensor,s-${String(n).padStart(3, '0')},,,${n % 2 === 0 ? 'even' : 'odd'}`)
  return server.api('POST', '/devices/import', `product,name,secret,gateway,tags\n${rows.join('\n')}\n`, 'text/csv')
}

test('while no device is known, the list says where devices connect to', async () => {
  const { page, close } = await openTab(server, '/devices')
  await page.getByRole('heading', { name: 'No device yet' }).waitFor()
  await close()
})

test('search, filters, order and page are in the address, and come back with it', async () => {
  await addSensors()
  const { page, close } = await openTab(server, '/devices')
  await page.getByText('250 devices are known.').waitFor()
  await page.getByRole('searchbox', { name: 'Name, tag or address' }).fill('s-01')
  await page.getByText('10 of 250 devices match.').waitFor()
  expect(new URL(page.url()).search).toBe('?q=s-01')
  await page
    .getByRole('textbox', { name: 'Tag' })
    .or(page.getByRole('combobox', { name: 'Tag' }))
    .fill('odd')
  await page.getByText('5 of 250 devices match.').waitFor()
  await page.getByRole('button', { name: 'Name', exact: true }).click()
  await page.getByRole('button', { name: 'Name ↑' }).or(page.locator('th[aria-sort=ascending]')).first().waitFor()
  await page.locator('th[aria-sort=ascending] button').click()
  await eventually(async () => (await names(page))[0] === 's-019', 'the order is reversed')
  await page.reload()
  await eventually(async () => (await names(page)).join() === 's-019,s-017,s-015,s-013,s-011', 'the list is back')
  await page.getByRole('button', { name: 'Clear search and filters' }).click()
  await page.getByText('250 devices are known.').waitFor()
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByText('101 to 200 of 250').waitFor()
  await page.reload()
  await page.getByText('101 to 200 of 250').waitFor()
  await page.goBack()
  await page.getByText('1 to 100 of 250').waitFor()
  await page.goto(`${server.admin}/devices?q=nothing`)
  await page.getByText('Nothing matches “nothing”. 250 devices are known.').waitFor()
  await page.getByRole('button', { name: 'Clear search and filters' }).click()
  await page.getByText('250 devices are known.').waitFor()
  await close()
})

test('going back from a device shows the list where it was', async () => {
  await addSensors()
  const { page, close } = await openTab(server, '/devices?product=sensor')
  await eventually(async () => (await page.locator('tbody tr').count()) === 100, 'all rows of the page are drawn')
  await page.locator('tbody a', { hasText: 's-090' }).scrollIntoViewIfNeeded()
  const top = await page.evaluate(() => scrollY)
  expect(top).toBeGreaterThan(500)
  await page.locator('tbody a', { hasText: 's-090' }).click()
  await page.locator('h1', { hasText: 's-090' }).waitFor()
  await page.goBack()
  await eventually(async () => Math.abs((await page.evaluate(() => scrollY)) - top) < 40, 'the list is where it was')
  await close()
})

test('a row changes in place; what comes waits until it is asked for', async () => {
  const board = await join('live-1')
  const { page, close } = await openTab(server, '/devices?product=lamp')
  const row = page.locator('tbody tr', { hasText: 'live-1' })
  await row.getByText('online').waitFor()
  await row.evaluate((element) => element.setAttribute('data-mine', ''))
  await page.locator('tbody a').first().focus()
  await board.report(JSON.stringify({ method: 'version.post', params: { version: '1.5.0' } }))
  await row.getByText('1.5.0').waitFor()
  await put('lamp', 'a-new-one')
  await board.end()
  await row.getByText('offline').waitFor()
  const refresh = page.getByRole('button', { name: '1 change - refresh' })
  await refresh.waitFor()
  expect(await names(page)).toEqual(['live-1'])
  expect(await row.getAttribute('data-mine')).toBe('')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('live-1')
  await refresh.click()
  await eventually(async () => (await names(page)).join() === 'a-new-one,live-1', 'the list is as it is now')
  await close()
})

test('a list is imported as it is; what is wrong with another one stays to be read', async () => {
  const { page, close } = await openTab(server, '/devices')
  await page.getByRole('button', { name: 'Import list…' }).click()
  const file = (text: string) => ({ name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
  await page.locator('input[type=file]').setInputFiles(file('product,name\nfan,f1\nfan,f2\n'))
  await page.getByText('Added: 2. Changed: 0. Unchanged: 0.').waitFor()
  await page.locator('input[type=file]').setInputFiles(file('product,name\nfan,f3\nfan,a/b\nfan,\n'))
  await page.getByText('list.csv was not imported; nothing has changed.').waitFor()
  expect(await page.locator('.import-faults li').count()).toBe(2)
  expect(await page.locator('.import-faults li').first().innerText()).toContain('3')
  await page.keyboard.press('Escape')
  await page.getByText('Import a list of devices').waitFor({ state: 'detached' })
  expect((await server.api<{ count: number }>('GET', '/devices?product=fan&q=f')).count).toBe(2)
  await close([/400/])
})

test('a device is added with its tags; one that is there already is refused beside its name, and nothing typed is lost', async () => {
  await put('fan', 'f1')
  const { page, close } = await openTab(server, '/devices')
  const open = () => page.getByRole('button', { name: 'Add device…' }).click()
  const dialog = page.getByRole('dialog')
  await open()
  await dialog.getByLabel('Product').fill('fan&')
  await dialog.getByLabel('Name').fill('f1')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await dialog.locator('.fault').waitFor()
  expect(await dialog.getByLabel('Product').getAttribute('aria-invalid')).toBe('true')
  await dialog.getByLabel('Product').fill('fan')
  await dialog.getByLabel('Name').fill('f1')
  await dialog.getByLabel('Tags').fill('hall, test')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await dialog.getByText('fan/f1 is there already.').waitFor()
  expect(await dialog.getByLabel('Name').getAttribute('aria-invalid')).toBe('true')
  await page.reload()
  await open()
  expect(await dialog.getByLabel('Tags').inputValue()).toBe('hall, test')
  await dialog.getByLabel('Name').fill('f 9?')
  await page.keyboard.press('Enter')
  await dialog.getByText('fan/f 9? is added.').waitFor()
  expect(await server.api('GET', '/devices/fan/f%209%3F')).toMatchObject({ tags: ['hall', 'test'] })
  await close([/400/, /404/])
})

test('Enter on a device of the list leaves the focus on the heading of its page', async () => {
  await put('fan', 'focused')
  const { page, close } = await openTab(server, '/devices?product=fan&q=focused')
  await page.locator('a[title="fan/focused"]').focus()
  await page.keyboard.press('Enter')
  await page.getByText('has never connected').waitFor()
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1')
  await close()
})

test('names of any characters open from the list, and keep the page within the screen', async () => {
  const odd = ['a b', '100%', '%41', '固件-设备', "o'clock?x=1", 'x'.repeat(256), 'שלום עולם', 'a;b,c', '<b>']
  for (const name of odd) await put('p k?', name)
  const { page, close } = await openTab(server, '/devices?product=p+k%3F', { width: 390, height: 800 })
  await eventually(async () => (await page.locator('tbody tr').count()) === odd.length, 'all are listed')
  for (const name of odd) {
    await page.locator(`a[title=${JSON.stringify(`p k?/${name}`)}]`).click()
    await page.locator('h1', { hasText: name }).waitFor()
    await page.getByText('has never connected').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    expect(await page.title()).toBe(`p k?/${name} · Devices · Fogbell`)
    await page.goBack()
    await eventually(async () => (await page.locator('tbody tr').count()) === odd.length, 'the list is back')
  }
  await close()
})

test('a device that does not exist is said, and its name is searched for', async () => {
  await addSensors()
  const { page, close } = await openTab(server, '/devices/lamp/s-01')
  await page.getByRole('heading', { level: 1, name: 'No such device' }).waitFor()
  await page.getByRole('link', { name: 'sensor/s-010' }).waitFor()
  expect(await page.title()).toBe('No such device · Fogbell')
  await page.getByRole('link', { name: 'Search for s-01' }).click()
  await page.getByText(/10 of \d+ devices match/).waitFor()
  await close([/404/])
})

test('a package is pushed to one device, its progress is live, and the update can be canceled', async () => {
  const firmware = await addPackage(server, '2.0.0')
  const board = await join('pushed')
  const { page, close } = await openTab(server, '/devices/lamp/pushed')
  await page.getByText('Runs 1.0.0. No update is open.').waitFor()
  await page.getByRole('button', { name: 'Push package…' }).click()
  await page.getByText('It runs 1.0.0 and will be updated to 2.0.0.').waitFor()
  await page.getByRole('button', { name: 'Push', exact: true }).click()
  await page.waitForURL('**/campaigns/*')
  await page.goBack()
  await page.getByText('Update to 2.0.0: notified.').waitFor()
  const [task] = (await server.api<{ items: readonly { id: string }[] }>('GET', '/tasks?device=lamp/pushed')).items
  await board.report(JSON.stringify({ method: 'upgrade.post', params: { task_id: task?.id, module: 'default', step: 41 } }))
  await eventually(async () => (await page.locator('progress').getAttribute('value')) === '41', 'the progress is shown')
  await page.getByText(/times out .* or after 15 min without progress/).waitFor()
  await page.getByRole('button', { name: 'Cancel…' }).click()
  await page.getByRole('dialog', { name: 'Cancel the update of lamp/pushed to 2.0.0?' }).waitFor()
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Back')
  await page.keyboard.press('Escape')
  expect(await page.locator('progress').count()).toBe(1)
  await board.end()
  await page.getByText('offline').first().waitFor()
  expect(firmware).toBe('1')
  await close()
})

test("tags are edited in their place; somebody else's change is said before it is overwritten", async () => {
  await put('lamp', 'tagged', ['old'])
  const { page, close } = await openTab(server, '/devices/lamp/tagged')
  await page.getByRole('button', { name: 'Edit Tags' }).click()
  await page.getByLabel('Tags').fill('mine')
  await server.api('PATCH', '/devices/lamp/tagged', { tags: ['theirs'] })
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Somebody has changed it meanwhile. It is now: theirs').waitFor()
  expect(await page.getByLabel('Tags').inputValue()).toBe('mine')
  await page.getByRole('button', { name: 'Save over it' }).click()
  await page.getByRole('link', { name: 'mine' }).waitFor()
  expect(await server.api('GET', '/devices/lamp/tagged')).toMatchObject({ tags: ['mine'] })
  await close([/412/])
})

test('live messages are shown as they are, once they are asked for, and wait under the pointer', async () => {
  const board = await join('chatty')
  const { page, close } = await openTab(server, '/devices/lamp/chatty')
  await page.getByText('Runs 1.0.0.').waitFor()
  await page.getByRole('button', { name: 'Start' }).click()
  const list = page.locator('.messages li')
  const say = (text: string) => board.report(JSON.stringify({ method: 'version.post', params: { version: '1.0.0' }, note: text }))
  await eventually(async () => {
    await say('<img src=x>')
    return (await list.count()) > 0
  }, 'a message is shown')
  expect(await list.first().innerText()).toContain('<img src=x>')
  await page.locator('.messages ol').hover()
  await say('held back')
  await page.getByText(/new, while you point here/).waitFor()
  expect(await page.getByText('held back').count()).toBe(0)
  await page.locator('h1').hover()
  await page.getByText('held back').waitFor()
  await page.getByRole('button', { name: 'Stop' }).click()
  await board.end()
  await close()
})

test('the timeline is shown newest first, and by what happened', async () => {
  await (await join('eventful')).end()
  const { page, close } = await openTab(server, '/devices/lamp/eventful')
  await page.locator('.timeline li').first().waitFor()
  expect(await page.locator('.timeline li').first().innerText()).toContain('disconnected')
  await page.locator('.timeline select').selectOption('version')
  await eventually(async () => (await page.locator('.timeline li').count()) === 1, 'only the version is shown')
  expect(new URL(page.url()).search).toBe('?what=version')
  await close()
})

test('removing a device asks with its name, and does it', async () => {
  await put('lamp', 'doomed')
  const { page, close } = await openTab(server, '/devices/lamp/doomed')
  await page.getByRole('button', { name: 'Remove…' }).click()
  await page.getByRole('dialog', { name: 'Remove lamp/doomed?' }).waitFor()
  await page.getByRole('button', { name: 'Remove the device' }).click()
  await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor()
  expect((await server.api<{ count: number }>('GET', '/devices?q=doomed')).count).toBe(0)
  await close()
})
