// A fleet of 100,000 devices: the first content within a second, and nothing that keeps the page from answering for more than 50 ms. Of some
// rounds the best counts, since other programs take the processors too.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, openBrowser, openTab, type PageServer, startPageServer } from './support.ts'

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

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Microseconds of a processor. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/**
 * The longest task of the page's main thread from now on until the function is called, in milliseconds that it needed of a processor: what it
 * waited for one does not count.
 */
const watchTasks = async (): Promise<() => Promise<number>> => {
  const session = await (await openBrowser()).newBrowserCDPSession()
  const events: TraceEvent[] = []
  session.on('Tracing.dataCollected', ({ value }) => void events.push(...(value as unknown as readonly TraceEvent[])))
  const ended = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve))
  const categories = 'disabled-by-default-devtools.timeline,__metadata'
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: categories.split(',') } })
  return async () => {
    await session.send('Tracing.end')
    await ended
    await session.detach()
    const main = new Set(
      events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(({ pid, tid }) => `${pid}/${tid}`),
    )
    const tasks = events.filter(({ name, pid, tid }) => name === 'RunTask' && main.has(`${pid}/${tid}`))
    expect(tasks.length).toBeGreaterThan(100)
    return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000
  }
}

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
    const figure = await watchTasks()
    await page.getByLabel('Name, tag or address').fill('l0999')
    await page.getByText('l099900').waitFor()
    await page.getByLabel('Name, tag or address').fill('')
    await page.getByText('l000000').waitFor()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('l000199').waitFor()
    await page.mouse.wheel(0, 3000)
    await page.mouse.wheel(0, -3000)
    return await figure()
  })
  expect(longest).toBeLessThanOrEqual(50)
  await close()
})
