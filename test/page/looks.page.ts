// Every view in both languages, both themes, at three widths: accessible (WCAG 2.2 AA by axe), not wider than the screen, without a request to another
// host, and without English in the Chinese page. With PICTURES=DIR each is kept as a picture.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
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
  type Tab,
} from './support.ts'

const pictures = process.env['PICTURES']

let server: PageServer
let fleet: { end(): Promise<void> }

beforeAll(async () => {
  server = await startPageServer()
  fleet = simulate(server, '--devices', '20', '--gateways', '2', '--faults', 'drop-at-40:2,bad-hash')
  await eventually(async () => (await server.api<{ count: number }>('GET', '/devices?online=true')).count > 20, 'devices are connected')
  const firmware = await addPackage(server, '2.0.0')
  await server.api('POST', '/campaigns', { firmware, name: 'June release', start: true, phases: [{ percent: 50 }] })
  await server
    .api('POST', '/campaigns', { firmware: await addPackage(server, '3.0.0'), name: 'July release', target: { tags: ['later'] } })
    .catch(() => undefined)
  await eventually(
    async () => (await server.api<{ counts: { succeeded: number } }>('GET', '/campaigns/1')).counts.succeeded > 5,
    'devices are updated',
  )
})
afterAll(async () => {
  await fleet.end()
  await server.close()
  await closeBrowser()
})

const addresses = [
  ['overview', '/'],
  ['devices', '/devices'],
  ['nothing-matches', '/devices?q=nothing-has-this-name'],
  ['device', '/devices/lamp/sim-01'],
  ['no-device', '/devices/lamp/none'],
  ['firmware', '/firmware'],
  ['campaigns', '/campaigns'],
  ['new-campaign', '/campaigns/new'],
  ['campaign', '/campaigns/1'],
  ['no-campaign', '/campaigns/999'],
  ['no-station', '/stations'],
  ['no-run', '/runs/999'],
  ['no-unit', '/units/lamp/none'],
  ['log', '/log'],
  ['refused', '/log?show=refused'],
  ['warnings', '/log?show=warnings'],
  ['settings', '/settings'],
  ['nowhere', '/nowhere'],
] as const

const keep = async (page: Page, name: string): Promise<void> => {
  if (pictures === undefined) return
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.png`) })
}

interface LookAt {
  readonly language: 'en' | 'zh'
  readonly theme: 'light' | 'dark'
  readonly width: number
  readonly height: number
}

const looks: readonly LookAt[] = [
  { language: 'en', theme: 'light', width: 1280, height: 800 },
  { language: 'zh', theme: 'dark', width: 1920, height: 1080 },
  { language: 'en', theme: 'dark', width: 390, height: 844 },
  { language: 'zh', theme: 'light', width: 390, height: 844 },
]

const faultsAt = async ({ page, settled }: Tab, { language, theme, width }: LookAt, name: string): Promise<readonly string[]> => {
  await settled()
  await keep(page, `${name}-${language}-${theme}-${width}`)
  const title = await page.title()
  const isTitled = (language === 'zh' ? /(?:\p{Script=Han}|^lamp\/).* · Fogbell$/u : /\w.* · Fogbell$/).test(title)
  return [
    ...(await axeFaults(page)),
    ...((await isTooWide(page)) ? ['it can be scrolled sideways'] : []),
    ...(isTitled ? [] : [`its title is ${title}`]),
  ].map((fault) => `${name}: ${fault}`)
}

test.each(looks)(
  'every view is accessible and fits: $language, $theme, $width px',
  async (look) => {
    const tab = await openTab(server, '/', look)
    const faults: string[] = []
    for (const [name, path] of addresses) {
      await tab.page.goto(`${server.admin}${path}`)
      await tab.page.waitForSelector('main h1')
      faults.push(...(await faultsAt(tab, look, name)))
    }
    expect(faults).toEqual([])
    await tab.close([/404/])
  },
  120_000,
)

test('twice as large text, forced colours and reduced motion keep every view within the screen', async () => {
  const tab = await openTab(server, '/', { context: { forcedColors: 'active', reducedMotion: 'reduce' } })
  for (const [, path] of addresses) {
    await tab.page.goto(`${server.admin}${path}`)
    await tab.page.waitForSelector('main h1')
    await tab.page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'))
    await tab.settled()
    expect([path, await isTooWide(tab.page)]).toEqual([path, false])
  }
  await tab.close([/404/])
})

test('the overview fits a screen on the wall, without scrolling', async () => {
  const tab = await openTab(server, '/', { width: 1920, height: 1080 })
  await tab.settled()
  expect(await tab.page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(1080)
  await tab.close()
})

test('under a name of the network, by plain HTTP, everything works: no secure context is needed', async () => {
  const tab = await openTab(server, '/', { host: 'factory.lan' })
  expect(await tab.page.evaluate(() => isSecureContext)).toBe(false)
  await tab.page.getByRole('link', { name: 'Devices', exact: true }).click()
  await tab.page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor()
  await eventually(async () => (await tab.page.locator('.banner').count()) === 0, 'the live events come')
  await tab.close()
})
