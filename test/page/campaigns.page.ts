// Campaigns in the browser: made with a dry run beside the form, watched, steered, ended.

import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addPackage, closeBrowser, eventually, openTab, type PageServer, simulate, startPageServer } from './support.ts'

let server: PageServer
let fleet: { end(): Promise<void> }
let first: string

interface Listed {
  readonly items: readonly { readonly id: string; readonly name: string; readonly status: string }[]
}

const campaigns = async (): Promise<Listed['items']> => (await server.api<Listed>('GET', '/campaigns')).items

beforeAll(async () => {
  server = await startPageServer()
  fleet = simulate(server, '--devices', '12', '--faults', 'bad-hash:3', '--rate', '200')
  await eventually(async () => (await server.api<{ count: number }>('GET', '/devices?online=true')).count === 12, 'devices are connected')
  first = await addPackage(server, '2.0.0')
})
afterAll(async () => {
  await fleet.end()
  await server.close()
  await closeBrowser()
})

test('without a campaign the list says how to begin', async () => {
  const { page, close } = await openTab(server, '/campaigns')
  await page.getByText('No campaign.').waitFor()
  await page.getByRole('link', { name: 'Push a file to all devices of a product' }).click()
  await page.getByRole('heading', { level: 1, name: 'New campaign' }).waitFor()
  await page.getByText('Choose a package first.').waitFor()
  await close()
})

// Before any campaign: devices that are on the version already would be counted as skipped.
test('a campaign that would update nobody says so in the dry run, and at the start in the form', async () => {
  const { page, close } = await openTab(server, `/campaigns/new?firmware=${first}`)
  const dryRun = page.locator('.dry-run')
  const said = page.locator('form .faults')
  await page.locator('summary', { hasText: 'Narrow the targets' }).click()
  await page.getByLabel('Only devices on these versions').fill('0.0.7')
  await dryRun.getByText('make it continuous').waitFor()
  expect(await dryRun.textContent()).not.toContain('beside')
  await page.getByRole('button', { name: 'Start the campaign' }).click()
  await eventually(() => said.evaluate((element) => element === document.activeElement), 'the focus is on the sentence')
  expect(await said.getAttribute('role')).toBe('alert')
  expect(await said.textContent()).toMatch(/^Targets: /)
  await close([/40[09]/])
})

test('what is typed is tried at once, its faults stand beside their fields, a reload loses nothing, and two clicks make one campaign', async () => {
  const { page, close } = await openTab(server, `/campaigns/new?firmware=${first}`)
  await page.getByText('12 devices of lamp would be updated to 2.0.0.').waitFor()
  await page.getByLabel('Name', { exact: true }).fill('First floor')
  await page.locator('summary', { hasText: 'Phases' }).click()
  await page.getByRole('button', { name: 'Add a phase' }).click()
  const percent = page.getByLabel('Percent', { exact: true })
  await percent.fill('many')
  await page.locator('.fault', { hasText: 'must be a number' }).waitFor()
  expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('phases[0].percent')
  const described = await percent.getAttribute('aria-describedby')
  expect(await page.locator(`[id="${described}"]`).textContent()).toContain('must be a number')

  await page.reload()
  await page.locator('.fault', { hasText: 'must be a number' }).waitFor()
  expect(await percent.inputValue()).toBe('many')
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('First floor')
  await page.getByRole('button', { name: 'Start the campaign' }).click()
  await eventually(
    () => page.evaluate(() => document.activeElement?.getAttribute('name') === 'phases[0].percent'),
    'the focus is on the field with the fault',
  )

  await percent.fill('25')
  await page.getByLabel('Soak', { exact: true }).fill('1 h')
  await page.getByLabel('Success needed, %').fill('10')
  await page.locator('.plan-phases > li').nth(1).waitFor()
  await page.locator('.plan-phases', { hasText: '3 devices' }).waitFor()
  await page.locator('summary', { hasText: 'Abort rules' }).click()
  await page.getByLabel('When does it stop by itself?').selectOption({ label: 'No rule' })
  await page.getByRole('button', { name: 'Start the campaign' }).dblclick()
  await page.waitForURL('**/campaigns/1')
  await page.getByRole('heading', { level: 1, name: 'Campaign 1 · First floor' }).waitFor()
  expect((await campaigns()).map(({ name }) => name)).toEqual(['First floor'])
  await page.goto(`${server.admin}/campaigns/new`)
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('')
  await close([/400/])
})

test('some devices of which none is named, own rules of which there is none, and what is no time are at fault beside their fields', async () => {
  const { page, close } = await openTab(server, `/campaigns/new?firmware=${first}`)
  await page.getByText(/devices of lamp would be updated to 2\.0\.0\./).waitFor()
  await page.getByLabel('Targets').selectOption({ label: 'some, by tag or name' })
  await page.locator('.fault', { hasText: 'name a tag or a device, or choose all devices' }).waitFor()
  await page.locator('.dry-run', { hasText: '1 field has a fault' }).waitFor()
  const before = await campaigns()
  await page.getByRole('button', { name: 'Start the campaign' }).click()
  await eventually(() => page.evaluate(() => document.activeElement?.getAttribute('name') === 'target.tags'), 'the focus is on the tags')
  expect(await campaigns()).toEqual(before)
  await page.getByLabel('Targets').selectOption({ label: 'all devices of lamp' })

  await page.locator('summary', { hasText: 'Phases' }).click()
  await page.getByRole('button', { name: 'Add a phase' }).click()
  const soak = page.locator('.field', { has: page.getByLabel('Soak', { exact: true }) })
  await soak.getByText('= 10 min').waitFor()
  await soak.locator('input').fill('10')
  await soak.getByText('= 10 s').waitFor()
  await soak.locator('input').fill('soon')
  await soak.getByText('must be a time such as 90 s, 10 min, 1 h 30 min').waitFor()
  await page.locator('summary', { hasText: 'Abort rules' }).click()
  await page.getByLabel('When does it stop by itself?').selectOption({ label: 'Own rules' })
  await page.getByRole('button', { name: 'Take out: Rule 1' }).click()
  await page.locator('.fault', { hasText: 'add a rule, or choose “No rule”' }).waitFor()
  await page.locator('.dry-run', { hasText: '2 fields have a fault' }).waitFor()
  await close([/400/])
})

test('what is typed for one package is not in the form of another, and what was kept can be dropped', async () => {
  const { page, close } = await openTab(server, `/campaigns/new?firmware=${first}`)
  const name = page.getByLabel('Name', { exact: true })
  await name.fill('Of the first')
  await page.goto(`${server.admin}/campaigns/new?firmware=other`)
  await page.waitForSelector('form')
  expect(await name.inputValue()).toBe('')
  expect(await page.getByText('Kept from before').count()).toBe(0)
  await page.goto(`${server.admin}/campaigns/new`)
  await page.waitForSelector('form')
  expect(await name.inputValue()).toBe('')
  await page.goto(`${server.admin}/campaigns/new?firmware=${first}`)
  await page.getByText('Kept from before: Name.').waitFor()
  expect(await name.inputValue()).toBe('Of the first')
  await page.getByRole('button', { name: 'Reset the form' }).first().click()
  expect(await name.inputValue()).toBe('')
  expect(await page.getByText('Kept from before').count()).toBe(0)
  await page.getByText(/devices of lamp would be updated to 2\.0\.0\./).waitFor()
  await close()
})

test('a campaign is watched live, paused with one click, resumed, taken to its last phase, and its failures are retried', async () => {
  const { page, close } = await openTab(server, '/campaigns/1')
  await page.getByText(/Phase 2 opens, if that stays so, at .* \(in /).waitFor()
  await page.locator('.phase').nth(0).getByText('3 of 3').waitFor()
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('button', { name: 'Resume' }).waitFor()
  await page.getByText(/Campaign 1 is paused: .* 9 devices wait\./).waitFor()
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByRole('button', { name: 'Pause' }).waitFor()
  // It soaks still: that is asked with the numbers.
  await page.getByRole('button', { name: 'Open phase 2' }).click()
  const dialog = page.getByRole('dialog', { name: 'Open phase 2 of campaign 1, First floor?' })
  expect(await dialog.textContent()).toMatch(/3 of 3 devices of phase 1 have finished\..*It soaks until .*Phase 2 updates 9 devices\./)
  await dialog.getByRole('button', { name: 'Open phase 2' }).click()
  await page.getByText('Campaign 1 is completed', { exact: false }).waitFor({ timeout: 20_000 })
  const last = page.locator('.phase').nth(1)
  await eventually(async () => (await last.textContent())?.includes('9 of 9') === true, 'the last phase shows its progress')
  expect(await last.textContent()).toContain('finished')
  const group = page.locator('.failures > li', { hasText: '3 failed: the image did not verify' })
  await group.locator('summary').click()
  expect(await group.locator('a[href^="/devices/lamp/"]').count()).toBe(3)
  await page.getByRole('button', { name: 'Retry the 3 that failed' }).click()
  await page.getByText('3 new attempts were made.').first().waitFor()
  await close()
})

test('the devices of a campaign stay where they are until somebody refreshes', async () => {
  await eventually(async () => (await campaigns())[0]?.status === 'completed', 'the new attempts have ended')
  const { page, close } = await openTab(server, '/campaigns/1?tasks=failed')
  await page.locator('.tasks tbody tr').nth(2).waitFor()
  const names = await page.locator('.tasks tbody a').allTextContents()
  await page.getByRole('button', { name: 'Retry the 3 that failed' }).click()
  await page
    .getByRole('button', { name: /changes? - refresh/ })
    .first()
    .waitFor()
  expect(await page.locator('.tasks tbody a').allTextContents()).toEqual(names)
  await page
    .getByRole('button', { name: /changes? - refresh/ })
    .first()
    .click()
  await close()
})

test('canceling names the campaign and the numbers, and begins on the safe button', async () => {
  const firmware = await addPackage(server, '3.0.0')
  await server.api('POST', '/campaigns', { firmware, name: 'Night', start: true, phases: [{ count: 1, soakSeconds: 3600 }] })
  const { page, close } = await openTab(server, '/campaigns/2')
  await page.getByRole('button', { name: 'Cancel…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Cancel campaign 2, Night?' })
  expect(await dialog.textContent()).toMatch(/\d+ other devices? will not be updated/)
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Back')
  await dialog.getByRole('button', { name: 'Cancel the campaign' }).click()
  await page.getByText('Campaign 2 is canceled', { exact: false }).first().waitFor()
  await page.getByRole('button', { name: 'Remove…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove the campaign' }).click()
  await page.waitForURL('**/campaigns')
  expect((await campaigns()).map(({ id }) => id)).toEqual(['1'])
  await close()
})

test('a draft that somebody else has changed is not overwritten: the form shows what changed', async () => {
  const { id } = await server.api<{ id: string }>('POST', '/campaigns', { firmware: first, name: 'Draft' })
  const { page, close } = await openTab(server, `/campaigns/new?edit=${id}`)
  await page.getByLabel('Name', { exact: true }).fill('Mine')
  await server.api('PATCH', `/campaigns/${id}`, { name: 'Theirs' })
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Draft → Theirs').waitFor()
  await page.getByRole('button', { name: 'Keep what is typed here' }).click()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: `Campaign ${id} · Mine` }).waitFor()
  await close([/412/])
})

test('the list is by status, the newest first, and says what is new before it moves', async () => {
  const { page, close } = await openTab(server, '/campaigns')
  expect(await page.locator('.campaign-rows strong').allTextContents()).toEqual(['3 · Mine', '1 · First floor'])
  await server.api('POST', '/campaigns', { firmware: first, name: 'Another' })
  await page.getByRole('button', { name: '1 change - refresh' }).click()
  await page.getByText('4 · Another').waitFor()
  await page.getByLabel('Status').selectOption('draft')
  await eventually(async () => (await page.locator('.campaign-rows > li').count()) === 2, 'only drafts are shown')
  expect(new URL(page.url()).searchParams.get('status')).toBe('draft')
  await close()
})

const placeOf = async (button: Locator): Promise<unknown> => {
  const box = await button.boundingBox()
  return { x: Math.round(box?.x ?? -1), y: Math.round(box?.y ?? -1) }
}

test('a soak that ends says without a reload that the next phase waits for somebody, and a second click on its button pauses nothing', async () => {
  const firmware = await addPackage(server, '3.1.0')
  const phases: unknown = JSON.parse('[{"count":1,"soakSeconds":4,"then":"wait"},{"count":2}]')
  const { id } = await server.api<{ id: string }>('POST', '/campaigns', { firmware, name: 'Waits', phases })
  const overview = await openTab(server, '/')
  const { page, close } = await openTab(server, `/campaigns/${id}`)
  // Only now: a browser may take longer to open them than the soak lasts.
  await server.api('POST', `/campaigns/${id}/start`)
  await page.getByText(/If that stays so, phase 2 waits for you to open it, from .* \(in /).waitFor()
  const pause = page.getByRole('button', { name: 'Pause' })
  const open = page.getByRole('button', { name: 'Open phase 2' })
  await page.getByText('Phase 2 waits for you to open it.').waitFor()
  await page.locator('.mark', { hasText: 'waits for you' }).waitFor()
  const row = overview.page.locator('.campaign', { hasText: 'Waits' })
  await row.getByText(`Campaign ${id} waits for you`).waitFor()
  await row.getByRole('button', { name: 'Open phase 2' }).waitFor()
  const before = await placeOf(row.getByRole('button', { name: 'Pause' }))
  const places = [await placeOf(pause), await placeOf(open)]
  await open.dblclick()
  await page.locator('.phase.current', { hasText: 'Phase 2' }).waitFor()
  await row.getByRole('button', { name: 'Open phase 2' }).waitFor({ state: 'detached' })
  expect(await placeOf(row.getByRole('button', { name: 'Pause' }))).toEqual(before)
  if ((await page.getByRole('dialog').count()) > 0) await page.keyboard.press('Escape')
  const third = page.getByRole('button', { name: 'Open phase 3' })
  if ((await third.count()) > 0) expect([await placeOf(pause), await placeOf(third)]).toEqual(places)
  expect((await campaigns()).find((each) => each.id === id)?.status).not.toBe('paused')
  await server.api('POST', `/campaigns/${id}/cancel`, { force: true })
  await eventually(
    async () => (await server.api<{ counts: { in_progress: number } }>('GET', `/campaigns/${id}`)).counts.in_progress === 0,
    'it ends',
  )
  await server.api('DELETE', `/campaigns/${id}`)
  await overview.close()
  await close()
})

test('the form shows the last phase that nobody has to add, what an empty field means, and that somebody is waited for', async () => {
  const firmware = await addPackage(server, '3.2.0')
  const { page, close } = await openTab(server, `/campaigns/new?firmware=${firmware}`)
  await page.locator('summary', { hasText: 'Phases' }).click()
  await page.getByRole('button', { name: 'Add a phase' }).click()
  await page.getByLabel('Has', { exact: true }).selectOption('count')
  await page.getByLabel('Devices', { exact: true }).fill('5')
  await page.locator('summary', { hasText: '5 devices → the rest' }).waitFor()
  await page.getByText('Phase 2: the rest.').waitFor()
  expect(await page.getByLabel('Must have finished').getAttribute('placeholder')).toBe('5')
  await page.getByLabel('Then', { exact: true }).selectOption('wait')
  await page.getByText(/That takes about .*, and as long as phase 2 waits for you to open it\./).waitFor()
  // While the answer is awaited, the figures are marked as those of before.
  let answer = (): void => {}
  const awaited = new Promise<void>((resolve) => {
    answer = resolve
  })
  await page.route('**/campaigns?dryRun=true', (route) => void awaited.then(() => route.continue()))
  await page.getByLabel('Devices', { exact: true }).fill('6')
  await page.getByText('of what was typed before').waitFor()
  answer()
  await page.getByText('of what was typed before').waitFor({ state: 'detached' })
  await page.unroute('**/campaigns?dryRun=true')
  await page.getByRole('button', { name: 'Reset the form' }).click()
  await close()
})
