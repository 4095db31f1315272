// "Copy as curl": each command, run in a shell, does what its button does; it is offered to those only whose role it takes.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Campaign, Device } from '../../src/ui/api/records.d.ts'
import { dropOn, fieldOf } from './package-support.ts'
import { addPackage, closeBrowser, eventually, openTab, type PageServer, startPageServer, type Tab } from './support.ts'

/** A name that a shell would read in its own way. */
const odd = `it's $(id) "x" 灯`
const oddPath = `/devices/lamp/${encodeURIComponent(odd)}`

let server: PageServer
let firmware: string
/** Where the commands are run: beside `data`. */
let directory: string
let tab: Tab
let page: Page

const useToken = (token: string): void => writeFileSync(join(directory, 'data/admin.token'), `${token}\n`)

beforeAll(async () => {
  server = await startPageServer()
  directory = mkdtempSync(join(tmpdir(), 'fogbell-curl-'))
  mkdirSync(join(directory, 'data'))
  useToken(server.token)
  firmware = await addPackage(server, '2.0.0')
  await server.api('PUT', oddPath, { secret: 'a secret of the device' })
  await server.api('PUT', '/devices/lamp/l1', {})
  tab = await openTab(server, '/')
  page = tab.page
})
afterAll(async () => {
  await tab.close([/404/])
  await server.close()
  await closeBrowser()
  rmSync(directory, { recursive: true })
})

const run = (command: string): string => {
  expect(command).toContain('$(cat data/admin.token)')
  expect(command).not.toContain(server.token)
  return execFileSync('sh', ['-c', `${command} -sS --fail-with-body`], { cwd: directory, encoding: 'utf8' })
}

/** The command as it is in the clipboard: where there is none, as in the button's title. */
const commandOf = async (button: Locator): Promise<string> => (await button.getAttribute('title')) ?? ''

const open = async (path: string): Promise<void> => {
  await page.goto(`${server.admin}${path}`)
  await tab.settled()
}

const curl = (name = 'Copy as curl', within: Page | Locator = page): Locator => within.getByRole('button', { name, exact: true })

const campaign = (id: string): Promise<Campaign> => server.api<Campaign>('GET', `/campaigns/${id}`)

test('the commands of a campaign make it, pause, resume, open a phase, cancel and remove it', async () => {
  await open(`/campaigns/new?firmware=${firmware}`)
  await fieldOf(page, 'Name').fill(`Line 'A' $HOME`)
  const made = JSON.parse(run(await commandOf(curl()))) as Campaign
  expect(await campaign(made.id)).toMatchObject({ name: `Line 'A' $HOME`, status: 'running' })
  const { id } = await server.api<Campaign>('POST', '/campaigns', { firmware, name: 'Draft', phases: [{ percent: 50 }, { percent: 100 }] })
  await open(`/campaigns/${id}`)
  const menu = page.locator('main .menu')
  for (const [name, expected] of [
    ['Start', { status: 'running' }],
    ['Pause', { status: 'paused' }],
    ['Resume', { status: 'running' }],
    ['Open phase 2', { phase: 2 }],
    [/^Cancel/, { status: 'canceled' }],
  ] as const) {
    const item = menu.locator('button', { hasText: name })
    await item.waitFor({ state: 'attached' })
    run(await commandOf(item))
    expect([name, await campaign(id)]).toMatchObject([name, expected])
  }
  const remove = menu.locator('button', { hasText: /^Remove/ })
  await remove.waitFor({ state: 'attached' })
  run(await commandOf(remove))
  await expect(campaign(id)).rejects.toThrow('404')
})

test('the commands of a device push to it, cancel, edit, forget its credential and remove it, whatever its name is', async () => {
  const device = (): Promise<Device> => server.api<Device>('GET', oddPath)
  for (const { id } of (await server.api<{ items: readonly Campaign[] }>('GET', '/campaigns?status=running')).items) {
    await server.api('POST', `/campaigns/${id}/cancel`)
  }
  await open(oddPath)
  await page.getByRole('button', { name: 'Push package…' }).click()
  await page.getByRole('dialog').locator('option').first().waitFor({ state: 'attached' })
  const { id } = JSON.parse(run(await commandOf(curl(undefined, page.getByRole('dialog'))))) as Campaign
  expect((await campaign(id)).target.devices).toEqual([`lamp/${odd}`])
  await page.keyboard.press('Escape')
  const openTasks = async (): Promise<number> => (await device()).openTasks.length
  await curl('Copy as curl: Cancel the update').waitFor()
  expect(await openTasks()).toBe(1)
  run(await commandOf(curl('Copy as curl: Cancel the update')))
  expect(await openTasks()).toBe(0)
  // A press while the page moves is none: what is shown of the update goes first.
  await curl('Copy as curl: Cancel the update').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Edit Tags' }).click()
  await fieldOf(page, 'Tags').fill('attic')
  run(await commandOf(curl()))
  expect((await device()).tags).toEqual(['attic'])
  await page.getByRole('button', { name: 'Back', exact: true }).click()
  run(await commandOf(curl('Copy as curl: Forget the credential')))
  expect((await device()).credential).toBe('none')
  expect(run(await commandOf(curl('Copy as curl: Read the device')))).toContain('attic')
  await page.getByRole('button', { name: 'Remove…' }).click()
  run(await commandOf(curl(undefined, page.getByRole('dialog'))))
  await expect(device()).rejects.toThrow('404')
})

test('a device, a token and a package are made by their commands, and removed', async () => {
  await open('/devices')
  await page.getByRole('button', { name: /^Add/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Product').fill('lamp')
  await dialog.getByLabel('Name').fill(odd)
  run(await commandOf(curl(undefined, dialog)))
  expect(await server.api('GET', oddPath)).toMatchObject({ name: odd })
  await open('/settings')
  await page.getByRole('button', { name: 'Make a token…' }).click()
  await dialog.getByLabel('Name').fill('of-curl')
  run(await commandOf(curl(undefined, dialog)))
  await page.keyboard.press('Escape')
  await page.reload()
  await page
    .getByRole('row', { name: /of-curl/ })
    .getByRole('button', { name: /^Remove/ })
    .click()
  run(await commandOf(curl(undefined, dialog)))
  expect(await server.api('GET', '/tokens')).toMatchObject({ items: [] })
  await open('/firmware')
  const file = `im'age [1].bin`
  writeFileSync(join(directory, file), 'an image')
  await dropOn(page, 'body', file, new TextEncoder().encode('an image'))
  await fieldOf(page, 'Product').fill('lamp')
  await fieldOf(page, 'Version').fill('9.0 b&c')
  expect(JSON.parse(run(await commandOf(curl())))).toMatchObject({ product: 'lamp', version: '9.0 b&c', size: 8 })
})

/** The commands that the view offers, once they have not changed for half a second: a slow browser shows its parts one after another. */
const commandsOn = async (shown: Page): Promise<readonly string[]> => {
  let [titles, since]: [readonly string[], number] = [[], Date.now()]
  await eventually(async () => {
    const now = await shown.locator('button[title^="curl"]').evaluateAll((all) => all.map((each) => each.getAttribute('title') ?? ''))
    if (now.join('\n') !== titles.join('\n')) [titles, since] = [now, Date.now()]
    return Date.now() - since > 500
  }, 'the commands stay as they are')
  return titles
}

test.each(['viewer', 'operator'] as const)('whoever is %s is offered those commands only that this role may run', async (role) => {
  await server.api('POST', '/users', { name: role, role, password: 'correct horse battery' })
  const { token } = await server.api<{ readonly token: string }>('POST', '/tokens', { name: `as-${role}`, role })
  const { id } = await server.api<Campaign>('POST', '/campaigns', { firmware, name: role, start: true })
  const own = await openTab(server, '/')
  await own.page.evaluate(
    (body) => fetch('/api/v1/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    { name: role, password: 'correct horse battery' },
  )
  useToken(token)
  const seen = new Set<string>()
  for (const path of [`/campaigns/${id}`, '/devices/lamp/l1', '/log?show=warnings', '/settings']) {
    await own.page.goto(`${server.admin}${path}`)
    await own.page.locator('main h1').waitFor()
    await own.settled()
    for (const title of await commandsOn(own.page)) seen.add(title)
  }
  const forbidden = [...seen].filter((command) => {
    // Whether it may is said before what is wrong: with a field that nothing has, nothing is changed.
    const harmless = / -X GET | -X POST .*\/session\/code/.test(command) ? command : command.replace(/'(http[^']*)'/, `'$1?not-a-field=1'`)
    return execFileSync('sh', ['-c', `${harmless} -s -o /dev/null -w '%{http_code}'`], { cwd: directory, encoding: 'utf8' }) === '403'
  })
  useToken(server.token)
  expect(forbidden).toEqual([])
  expect(seen.size).toBeGreaterThan(2)
  expect([...seen].some((command) => command.includes('/pause'))).toBe(role === 'operator')
  await own.close([/403/])
})
