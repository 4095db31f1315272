// A fleet of 100,000 devices: the first content within a second, and nothing that keeps the page from answering for more than 50 ms. Of some
// rounds the best counts, since other programs take the processors too.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, openTab, type PageServer, startPageServer } from './support.ts'

const count = 100_000
const rounds = 8

let server: PageServer
beforeAll(async () => {
  server = await startPageServer()
  const rows = Array.from({ length: count }, (_, at) => `lamp,l${String(at).padStart(6, '0')},floor-${at % 50}`)
  await server.api('POST', '/devices/import', ['product,name,tags', ...rows, ''].join('\n'), 'text/csv')
})
afterAll(async () => {
  await server.close()
  await closeBrowser()
})

/** Long tasks of the page from now on; the function gives the longest so far, milliseconds. */
const watchLongTasks = async (page: Page): Promise<() => Promise<number>> => {
  await page.evaluate(() => {
    const seen = Object.assign(globalThis, { longest: 0 })
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration)
    }).observe({ type: 'longtask' })
  })
  return () => page.evaluate(() => (globalThis as unknown as { readonly longest: number }).longest)
}

/** How much longer than it needs a piece of work takes now, since other programs have the processors too: 1 on a quiet machine. */
const stretch = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const times = Array.from({ length: 30 }, () => {
      const from = performance.now()
      let sum = 0
      for (let at = 0; at < 2_000_000; at++) sum += at % 7
      return performance.now() - from + (sum < 0 ? 1 : 0)
    }).slice(5)
    return Math.max(...times) / Math.min(...times)
  })

/** The smallest figure of some rounds, or the first one that is within the bound. */
const best = async (bound: number, round: () => Promise<number>): Promise<number> => {
  let smallest = Number.POSITIVE_INFINITY
  for (let at = 0; at < rounds && smallest > bound; at++) smallest = Math.min(smallest, await round())
  return smallest
}

test('the first content of the overview and of the list is there within a second', async () => {
  const { page, close } = await openTab(server, '/')
  for (const [path, words] of [
    ['/', 'of 100,000 known'],
    ['/devices', 'l000000'],
  ] as const) {
    const ms = await best(1000, async () => {
      const from = Date.now()
      await page.goto(`${server.admin}${path}`)
      await page.getByText(words).first().waitFor()
      return Date.now() - from
    })
    expect(ms).toBeLessThanOrEqual(1000)
  }
  await close()
})

test('searching, sorting, turning pages and scrolling keep the page answering', async () => {
  const { page, close } = await openTab(server, '/devices')
  const longest = await best(50, async () => {
    await page.goto(`${server.admin}/devices`)
    await page.getByText('l000099').waitFor()
    const figure = await watchLongTasks(page)
    await page.getByLabel('Name, tag or address').fill('l0999')
    await page.getByText('l099900').waitFor()
    await page.getByLabel('Name, tag or address').fill('')
    await page.getByText('l000000').waitFor()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('l000199').waitFor()
    await page.mouse.wheel(0, 3000)
    await page.mouse.wheel(0, -3000)
    const longestTask = await figure()
    return longestTask / Math.min(await stretch(page), 4)
  })
  expect(longest).toBeLessThanOrEqual(50)
  await close()
})
