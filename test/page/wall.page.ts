// The overview on a screen on the wall: all within the screen, and what is not shown is counted. With PICTURES=DIR it is kept as a picture.

import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Overview } from '../../src/ui/api/records.d.ts'
import { axeFaults, closeBrowser, openTab, type PageServer, startPageServer } from './support.ts'

let server: PageServer
beforeAll(async () => {
  server = await startPageServer()
})
afterAll(async () => {
  await server.close()
  await closeBrowser()
})

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at)
const at = new Date().toISOString()
const counts = {
  queued: 1800,
  notified: 12,
  in_progress: 38,
  succeeded: 12_043,
  failed: 41,
  timed_out: 7,
  rejected: 3,
  canceled: 0,
  skipped: 12,
}

const campaignOf = (id: number, text: string | null): Overview['campaigns'][number] => ({
  id: String(id),
  name: `Line ${id}, second floor`,
  status: text === null ? 'running' : 'paused',
  reason: null,
  text,
  code: null,
  params: null,
  product: 'lamp',
  module: 'default',
  version: `2.${id}.0`,
  phase: 2,
  phases: 4,
  opens: null,
  counts,
  waiting: 0,
  startedAt: at,
})

const failureOf = (reason: string, count: number): Overview['failures'][number] => {
  const text = `the image does not verify: expected a digest that is another one than that of the device (${reason})`
  const task = { campaign: '1', module: 'default', version: '2.1.0', at, text, code: 'as_text', params: {} }
  return { state: 'failed', reason, count, tasks: upTo(count).map((n) => ({ ...task, task: `${reason}${n}`, device: `lamp/l${n}` })) }
}

const refusalOf = (n: number): Overview['refusals'][number] => ({
  at,
  address: `10.0.0.${n}`,
  clientId: `lamp-${n}`,
  user: null,
  device: `lamp/l${n}`,
  reason: 'credential',
  text: 'the secret is not that of the device',
  code: 'as_text',
  params: {},
})

/** A fleet of 12 versions with six campaigns, eight reasons of failure, and more refused connections than are named. */
const large = (overview: Overview): Overview => ({
  ...overview,
  devices: {
    known: 14_000,
    online: 13_412,
    modules: upTo(3).map((n) => ({
      product: 'lamp',
      module: n === 0 ? 'default' : `radio-${n}`,
      devices: 14_000,
      others: { versions: 2, devices: 40 },
      versions: upTo(10).map((v) => ({ version: `1.${v}.0`, devices: 1400 - v * 50 })),
    })),
    otherModules: 0,
  },
  campaigns: upTo(6).map((n) => campaignOf(9 - n, n === 1 ? '4 of 12 failed to verify the image, more than 20 percent' : null)),
  failures: ['verify', 'download', 'flash', 'memory', 'battery', 'version', 'time', 'unknown'].map((reason, n) =>
    failureOf(reason, 1 + (n % 3)),
  ),
  refusals: upTo(20).map(refusalOf),
})

/** Shows these figures, and no others of the stream. */
const show = async (page: Page, change: (overview: Overview) => Overview): Promise<void> => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, 'SharedWorker')
    const { fetch } = window
    window.fetch = (input, init) => {
      if (typeof input !== 'string' || !input.includes('/events')) return fetch(input, init)
      const body = new ReadableStream({
        start: (stream) => void setInterval(() => stream.enqueue(new TextEncoder().encode(': ping\n\n')), 500),
      })
      return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
    }
  })
  await page.route('**/api/v1/overview', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ json: change((await response.json()) as Overview) })
  })
  await page.reload()
  await page.getByText('of 14,000 known').or(page.getByText('14,000 台')).first().waitFor()
}

const picture = async (page: Page, name: string): Promise<void> => {
  const directory = process.env['PICTURES']
  if (directory !== undefined) await page.screenshot({ path: join(directory, `${name}.png`) })
}

/** The section's items: shown, and in all as its button counts them. */
const countsOf = (page: Page, heading: string): Promise<readonly [shown: number, folded: number]> =>
  page
    .locator('section', { has: page.getByRole('heading', { name: heading, exact: true }) })
    .evaluate((section) => [
      [...section.querySelectorAll<HTMLElement>(':scope > ul > li')].filter(({ hidden }) => !hidden).length,
      Number.parseInt(/\d+/.exec(section.querySelector(':scope > button')?.textContent ?? '0')?.[0] ?? '0', 10),
    ])

/** What is cut, or below the end of the screen. */
const cut = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => [
    ...(document.documentElement.scrollHeight > innerHeight ? [`the page is ${document.documentElement.scrollHeight} px high`] : []),
    ...[...document.querySelectorAll<HTMLElement>('main section, main li')]
      .filter(
        (each) =>
          each.offsetParent !== null && (each.scrollWidth > each.clientWidth + 1 || each.getBoundingClientRect().bottom > innerHeight),
      )
      .map((each) => each.innerText.slice(0, 60)),
  ])

test.each(['en', 'zh'] as const)('a large fleet fits the screen (%s), and what is folded is counted', async (language) => {
  const { page, settled, close } = await openTab(server, '/', {
    width: 1920,
    height: 1080,
    language,
    theme: language === 'zh' ? 'dark' : 'light',
  })
  await show(page, large)
  await settled()
  await picture(page, `wall-${language}`)
  expect(await cut(page)).toEqual([])
  const headings = language === 'en' ? ['Campaigns', 'Newest failures', 'Fleet by version'] : ['升级活动', '最近的失败', '版本分布']
  const inAll = [6, 8, 3]
  for (const [n, heading] of headings.entries()) {
    const [shown, folded] = await countsOf(page, heading)
    expect([heading, shown + folded]).toEqual([heading, inAll[n]])
    expect(shown).toBeGreaterThan(0)
  }
  expect(await axeFaults(page)).toEqual([])
  await close()
})

test('what is folded opens with its button, and a screen that can be scrolled folds nothing', async () => {
  const { page, settled, close } = await openTab(server, '/', { width: 1920, height: 1080 })
  await show(page, large)
  await settled()
  const button = page.getByRole('button', { name: /more$/ }).first()
  await button.click()
  const [shown, folded] = await countsOf(page, 'Campaigns')
  expect([shown, folded]).toEqual([6, 0])
  await page.setViewportSize({ width: 1280, height: 800 })
  expect(await page.getByRole('button', { name: /more$/ }).count()).toBe(0)
  expect(await page.evaluate(() => document.querySelectorAll('main li[hidden]').length)).toBe(0)
  await picture(page, 'wall-1280')
  await close()
})
