// The log: the audit with its filters and its chain, refused connections as they come, warnings and findings.

import { connect } from 'mqtt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axeFaults, closeBrowser, eventually, openTab, type PageServer, startPageServer } from './support.ts'

let server: PageServer
beforeAll(async () => {
  server = await startPageServer()
  await server.api('PUT', '/devices/lamp/l1', { secret: '0123456789abcdef' })
  await server.api('PATCH', '/devices/lamp/l1', { tags: ['hall'] })
  await server.api('POST', '/users', { name: 'mei', role: 'viewer', password: 'a long sentence' })
})
afterAll(async () => {
  await server.close()
  await closeBrowser()
})

/** A device that is refused, since its password is wrong. */
const beRefused = (name: string): Promise<void> =>
  new Promise((resolve) => {
    const client = connect(server.mqtt[0] ?? '', {
      clientId: `board-${name}`,
      username: `${name}&lamp`,
      password: 'wrong',
      reconnectPeriod: 0,
    })
    client.once('error', () => {
      client.end(true)
      resolve()
    })
  })

test('the audit says who did what on what, before and after, and each line opens', async () => {
  const { page, close } = await openTab(server, '/log')
  const row = page.locator('tbody tr', { hasText: 'changed a device' })
  await row.getByRole('link', { name: 'device lamp/l1' }).waitFor()
  expect(await row.textContent()).toContain('tags – → hall')
  const more = row.getByRole('button', { name: /, line/ })
  await more.click()
  expect(await more.getAttribute('aria-expanded')).toBe('true')
  await page.getByText('patchDevice', { exact: true }).waitFor()
  expect(await axeFaults(page)).toEqual([])
  await row.getByRole('link').click()
  await page.waitForURL('**/devices/lamp/l1')
  await close()
})

test('the filters of the audit are in the address, and hold after a reload', async () => {
  const { page, close } = await openTab(server, '/log?show=audit&act=addUser')
  await page.getByText('added a person').last().waitFor()
  expect(await page.locator('tbody tr:not(.more)').count()).toBe(1)
  await page.locator('select[name=act]').selectOption('')
  await page.getByLabel('Done to (begins with)').fill('device lamp/')
  await page.getByLabel('Done to (begins with)').press('Enter')
  await eventually(async () => (await page.locator('tbody tr:not(.more)').count()) === 2, 'only the lines of the device are shown')
  expect(new URL(page.url()).search).toBe('?show=audit&subject=device+lamp%2F')
  await page.reload()
  await eventually(async () => (await page.locator('tbody tr:not(.more)').count()) === 2, 'the same lines are shown')
  await page.getByLabel('Who').fill('nobody')
  await page.getByLabel('Who').press('Enter')
  await page.getByText('No line matches.').waitFor()
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.getByText('added a person').last().waitFor()
  await close()
})

test('the chain is verified, and its head can be verified with later', async () => {
  const { page, close } = await openTab(server, '/log')
  await page.getByRole('button', { name: 'Verify the chain' }).click()
  await page
    .locator('#main')
    .getByText(/lines: none was changed or removed/)
    .waitFor()
  const head = await page.locator('.head code').textContent()
  expect(head).toMatch(/^\d+:[0-9a-f]{64}$/)
  const noted = page.getByLabel('A head that was noted before')
  await noted.fill(head ?? '')
  await page.getByRole('button', { name: 'Verify the chain' }).click()
  await page
    .locator('#main')
    .getByText(/lines: none was changed or removed/)
    .waitFor()
  await noted.fill(`1:${'0'.repeat(64)}`)
  await page.getByRole('button', { name: 'Verify the chain' }).click()
  await page.getByText(/1 fault in/).waitFor()
  await close()
})

test('refused connections are counted as they come, and the list moves only when it is refreshed', async () => {
  await server.api('PUT', '/devices/lamp/l2', { secret: '0123456789abcdef' })
  const { page, close } = await openTab(server, '/log?show=refused')
  await page.getByText('Nothing yet').waitFor()
  await beRefused('l1')
  await page.getByText('1 new', { exact: true }).waitFor()
  await page.getByText('Nothing yet').waitFor()
  await page.getByRole('button', { name: 'Refresh' }).click()
  const group = page.locator('tbody').first().locator('tr')
  await group.getByRole('link', { name: 'lamp/l1' }).waitFor()
  await page.getByText('Up to date').waitFor()
  await beRefused('l1')
  await beRefused('l2')
  await page.getByText('2 new', { exact: true }).waitFor()
  expect(await group.count()).toBe(1)
  await page.getByRole('button', { name: 'Refresh' }).click()
  await eventually(async () => (await group.locator('[data-name="Times"]').textContent()) === '3', 'the group has all three')
  await group.getByRole('link', { name: '127.0.0.1' }).click()
  await page.getByText(/Only those of one group/).waitFor()
  await close()
})

test('the server looks for faults when it is asked to', async () => {
  const { page, close } = await openTab(server, '/log?show=warnings')
  await page.getByRole('button', { name: 'Look for faults now' }).click()
  await page.locator('#main .finding').first().waitFor()
  expect(await axeFaults(page)).toEqual([])
  await close()
})

test('a viewer begins with the refused connections, and sees which role the audit needs', async () => {
  const { page, close } = await openTab(server, '/')
  const { code } = await signedIn('mei')
  await page.goto(`${server.admin}/#code=${code}`)
  // The page signs in by itself, as with a link that is pasted into an open tab.
  await page.getByText('mei (viewer)').waitFor()
  await page.goto(`${server.admin}/log`)
  await page.getByRole('heading', { name: 'Refused connections by reason and address' }).waitFor()
  await page.getByRole('link', { name: 'Audit' }).click()
  await page.getByText('Needs the role admin.').waitFor()
  expect(await axeFaults(page)).toEqual([])
  await close()
})

/** A code that signs in as that person, made with the person's own session. */
const signedIn = async (name: string): Promise<{ readonly code: string }> => {
  const session = await fetch(`${server.admin}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password: 'a long sentence' }),
  })
  const cookie = session.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
  const made = await fetch(`${server.admin}/api/v1/session/code`, { method: 'POST', headers: { cookie, origin: server.admin } })
  return (await made.json()) as { readonly code: string }
}
