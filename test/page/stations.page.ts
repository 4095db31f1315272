// Test stations on the page: set up by hand in three steps, runs watched live to their end, a unit released, figures exact.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fieldOf } from './package-support.ts'
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

interface Run {
  readonly id: string
  readonly state: string
  readonly outcome: string | null
}

let server: PageServer
let boards: { end(): Promise<void> }

beforeAll(async () => {
  server = await startPageServer()
  await addPackage(server, '2.0.0')
  boards = simulate(server, '--devices', '12', '--version', '1.0.0')
  await eventually(async () => (await server.api<{ count: number }>('GET', '/devices?online=true')).count >= 12, 'boards are connected')
})
afterAll(async () => {
  await boards.end()
  await server.close()
  await closeBrowser()
})

const scan = (text: string, slot = 1): Promise<Run> => server.api<Run>('POST', '/stations/fct-1/scan', { text, slot })

const until = async (id: string, state: string): Promise<void> =>
  eventually(async () => (await server.api<Run>('GET', `/runs/${id}`)).state === state, `run ${id} is ${state}`)

/** What the jig does, once the board has restarted. */
const judge = async (id: string, vbat: number): Promise<void> => {
  await until(id, 'testing')
  await server.api('POST', `/runs/${id}/measurements`, [{ name: 'vbat', value: vbat, unit: 'V' }])
  const { outcome } = await server.api<Run>('POST', `/runs/${id}/finish`)
  if (outcome !== 'passed') await server.api('POST', `/runs/${id}/acknowledge`)
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

const makeProcedure = async (page: Page): Promise<void> => {
  await button(page, 'New procedure').click()
  await fieldOf(page, 'Name').fill('lamp-fct')
  await eventually(async () => (await fieldOf(page, 'Product').inputValue()) === 'lamp', 'the only product is filled in', 3000)
  await fieldOf(page, 'Version to install').selectOption({ index: 1 })
  await fieldOf(page, 'Who measures').selectOption('jig')
  await button(page, 'Add a limit').click()
  await fieldOf(page, 'Measurement of limit 1').fill('vbat')
  await fieldOf(page, 'Unit of limit 1').fill('V')
  await fieldOf(page, 'Low of limit 1').fill('3.5')
  await fieldOf(page, 'High of limit 1').fill('3.1')
  await button(page, 'Make the procedure').click()
  await page.locator('.limits .faults').waitFor()
  await fieldOf(page, 'Low of limit 1').fill('3.1')
  await fieldOf(page, 'High of limit 1').fill('3.5')
  await button(page, 'Make the procedure').click()
}

test('a station is set up in three steps, and its screen gets its link', async () => {
  const { page, close } = await openTab(server, '/stations')
  await page.getByText('Set up a station in three steps').waitFor()
  await makeProcedure(page)
  await button(page, 'Release revision 1').click()
  await button(page, 'Add a station').click()
  await fieldOf(page, 'Id').fill('fct-1')
  await fieldOf(page, 'Slots').fill('17')
  await button(page, 'Add the station').click()
  await page.locator('dialog .fault').first().waitFor()
  expect(await fieldOf(page, 'Slots').getAttribute('aria-invalid')).toBe('true')
  await fieldOf(page, 'Slots').fill('2')
  await button(page, 'Add the station').click()
  await button(page, 'Make the link').click()
  const link = await page.locator('.made-link code').textContent()
  expect(link).toMatch(new RegExp(`^${server.admin}/station/fct-1#token=\\S{20,}$`))
  await page.locator('dialog .row.end').getByRole('button', { name: 'Close' }).click()
  await page.locator('.station-card').getByText('FCT of lamp, procedure lamp-fct, revision 1').waitFor()
  expect(await page.locator('.station-slot').count()).toBe(2)
  await close([/400/])
})

test('a run is watched live from the scan to PASS, without that anything is asked for by hand', async () => {
  const { page, close } = await openTab(server, '/stations')
  await page.locator('.station-slot').first().waitFor()
  const { id } = await scan('sim-01')
  await page.locator('.station-slot').first().getByRole('link', { name: 'sim-01' }).click()
  await page.getByRole('heading', { name: `Run ${id}` }).waitFor()
  await until(id, 'testing')
  await page.locator('.run-word').getByText('Testing').waitFor()
  await judge(id, 3.3)
  await page.locator('.run-word').getByText('PASS').waitFor()
  await page.getByText('1.0.0 → 2.0.0').waitFor()
  expect(await page.locator('.run-step').filter({ hasText: 'Update' }).getByText('done').count()).toBe(1)
  await close()
})

test('a FAIL is shown with its measurement, is acknowledged, and its unit is released with a reason', async () => {
  const { page, close } = await openTab(server, '/stations')
  const { id } = await scan('sim-02', 2)
  await until(id, 'testing')
  await server.api('POST', `/runs/${id}/measurements`, [{ name: 'vbat', value: 3.02, unit: 'V' }])
  await server.api('POST', `/runs/${id}/finish`)
  const slot = page.locator('.station-slot').nth(1)
  await slot.getByText('Not acknowledged').waitFor()
  await slot.getByRole('link', { name: 'sim-02' }).click()
  await page.locator('.run-state').getByText('vbat 3.02 V, allowed 3.1 to 3.5.').waitFor()
  const row = page.locator('.measurements tbody tr').first()
  expect(await row.innerText()).toMatch(/vbat\s+3\.02 V\s+3\.1 to 3\.5\s+outside/)
  await button(page, 'Acknowledge').click()
  await button(page, 'Acknowledge').waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'lamp/sim-02' }).first().click()
  await page.getByText('sim-02 has not passed FCT.').waitFor()
  await button(page, 'Release…').click()
  await fieldOf(page, 'Reason').fill('C7 was replaced')
  await button(page, 'Release').click()
  await page.getByText('C7 was replaced').waitFor()
  await close()
})

test('the birth certificate opens with the session of the browser, and the record is downloaded', async () => {
  const { page, close } = await openTab(server, '/units/lamp/sim-02')
  const [certificate] = await Promise.all([
    page.context().waitForEvent('page'),
    page.getByRole('link', { name: 'Birth certificate' }).click(),
  ])
  await certificate.getByText('Birth certificate of sim-02').first().waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download JSON' }).click()])
  expect(download.suggestedFilename()).toBe('lamp-sim-02.json')
  await close()
})

const figure = async (page: Page, name: string): Promise<string> => {
  const shown = page.locator('.figure').filter({ has: page.getByText(name, { exact: true }) })
  return (await shown.locator('.value').innerText()).replaceAll(/\s+/g, ' ')
}

test('yields are exact, with n beside each percentage, and follow runs that end', async () => {
  const { page, close } = await openTab(server, '/stations')
  await page
    .locator('.station-slot')
    .first()
    .evaluate((slot) => slot.setAttribute('data-kept', ''))
  // A station takes the same serial number within three seconds for a scanner's double.
  const again = async (serial: string, vbat: number): Promise<void> => {
    let run: Partial<Run> = {}
    await eventually(async () => {
      run = await scan(serial)
      return run.id !== undefined
    }, `${serial} is scanned again`)
    await judge(run.id ?? '', vbat)
  }
  // U1 passed, U2 failed and passed, U3 failed twice.
  await again('sim-02', 3.3)
  await again('sim-03', 3.0)
  await again('sim-03', 3.0)
  const names = ['First pass yield', 'Final yield', 'Retests']
  const shown = async (): Promise<string> => (await Promise.all(names.map((name) => figure(page, name)))).join(', ')
  const wanted = '33.3 % 1 of 3, 66.7 % 2 of 3, 66.7 % 2 of 3'
  await eventually(async () => (await shown()) === wanted, wanted, 3000)
  expect(await page.locator('.station-slot[data-kept]').count()).toBe(1)
  expect(await page.locator('.pareto li').first().innerText()).toMatch(/Measurement outside its limits/)
  await page.locator('select[name=shift]').selectOption('yesterday')
  await eventually(async () => (await figure(page, 'First pass yield')) === '- 0 of 0', 'yesterday')
  expect(new URL(page.url()).searchParams.get('shift')).toBe('yesterday')
  await close()
})

test('a scanner finds the runs of a serial number, and a refused scan is shown at its station', async () => {
  const { page, close } = await openTab(server, '/stations')
  const serial = page.getByPlaceholder('Scan or type')
  await serial.fill('sim-03')
  await serial.press('Enter')
  await eventually(async () => (await page.locator('table.runs tbody tr').count()) === 2, 'two runs')
  await scan('sim-01').catch(() => undefined)
  await page
    .locator('.refused-scan')
    .getByText(/Passed already/)
    .waitFor()
  await close()
})

test('rows under the pointer do not move: newer runs wait until it is elsewhere', async () => {
  const { page, close } = await openTab(server, '/stations')
  const rows = page.locator('table.runs tbody tr')
  await rows.first().hover()
  const before = await rows.count()
  const { id } = await scan('sim-05')
  await page.getByText('New runs wait until').waitFor()
  expect(await rows.count()).toBe(before)
  await page.locator('h1').hover()
  await eventually(async () => (await rows.count()) === before + 1, 'the new run is shown')
  await judge(id, 3.3)
  await close()
})

test('for a viewer everything is there to read, and nothing can be changed', async () => {
  await server.api('POST', '/users', { name: 'yan', role: 'viewer', password: 'a long sentence' })
  const { page, close } = await openTab(server, '/stations')
  await page.context().clearCookies()
  await page.reload()
  await fieldOf(page, 'Name').fill('yan')
  await fieldOf(page, 'Password').fill('a long sentence')
  await fieldOf(page, 'Password').press('Enter')
  await page.getByText('yan (viewer)').waitFor()
  await page.locator('.station-card').getByText('FCT of lamp').waitFor()
  for (const name of ['Add a station', 'New procedure', 'Link for the screen…', 'Edit…', 'Remove…', 'New revision…'])
    expect([name, await button(page, name).first().isDisabled()]).toEqual([name, true])
  await close([/401/])
})

test('the keys g t lead to the stations, and all three pages are accessible at every width', async () => {
  const { page, settled, close } = await openTab(server, '/')
  await page.keyboard.press('g')
  await page.keyboard.press('t')
  await page.getByRole('heading', { name: 'Stations', level: 1 }).waitFor()
  for (const path of ['/stations', '/runs/2', '/units/lamp/sim-02', '/runs/99', '/units/lamp/none']) {
    await page.goto(`${server.admin}${path}`)
    await page.waitForSelector('main h1')
    for (const [width, colorScheme] of [
      [390, 'dark'],
      [1280, 'light'],
    ] as const) {
      await page.setViewportSize({ width, height: 844 })
      await page.emulateMedia({ colorScheme })
      await settled()
      expect([path, width, await axeFaults(page)]).toEqual([path, width, []])
      expect([path, width, await isTooWide(page)]).toEqual([path, width, false])
    }
  }
  await close([/404/])
})
