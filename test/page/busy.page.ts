// A page that is open for long, while very much happens: four paints a second, a change within a second, no memory that grows, and a tab that was
// frozen shows what is.

import type { CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Task } from '../../src/ui/api/records.d.ts'
import { addPackage, closeBrowser, eventually, openTab, type PageServer, startPageServer } from './support.ts'

const devices = 100

let server: PageServer
beforeAll(async () => {
  server = await startPageServer()
  const rows = Array.from({ length: devices }, (_, at) => `lamp,l${String(at).padStart(3, '0')}`)
  await server.api('POST', '/devices/import', ['product,name', ...rows, ''].join('\n'), 'text/csv')
  const firmware = await addPackage(server, '2.0.0')
  await server.api('POST', '/campaigns', { firmware, name: 'June', start: true })
})
afterAll(async () => {
  await server.close()
  await closeBrowser()
})

interface Busy {
  /** Sends these frames of the stream. */
  readonly feed: (text: string) => void
  frames: number
}

/** Gives the tab a stream of its own, and counts the frames in which its document changes. */
const hold = (): void => {
  Reflect.deleteProperty(window, 'SharedWorker')
  const { fetch } = window
  const encoder = new TextEncoder()
  let sink: ReadableStreamDefaultController<Uint8Array> | undefined
  const busy: Busy = { feed: (text) => sink?.enqueue(encoder.encode(text)), frames: 0 }
  Object.assign(window, { busy })
  window.fetch = (input, init) => {
    if (typeof input !== 'string' || !input.includes('/events')) return fetch(input, init)
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        sink = controller
        init?.signal?.addEventListener('abort', () => {
          if (sink === controller) sink = undefined
          controller.error(new DOMException('aborted', 'AbortError'))
        })
      },
    })
    return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
  }
  setInterval(() => busy.feed(': ping\n\n'), 500)
  let isCounted = false
  const count = (): void => {
    if (isCounted) return
    isCounted = true
    busy.frames += 1
    requestAnimationFrame(() => {
      isCounted = false
    })
  }
  new MutationObserver(count).observe(document, { subtree: true, childList: true, characterData: true, attributes: true })
}

/** Feeds so many events about these tasks, a hundred at a time, within the time. */
const feed = (page: Page, tasks: readonly Task[], events: number, ms: number): Promise<void> =>
  page.evaluate(
    async ([all, count, within]) => {
      const { busy } = window as unknown as { busy: Busy }
      const rounds = count / 100
      for (let round = 0; round < rounds; round++) {
        const frames = Array.from({ length: 100 }, (_, n) => {
          const task = all[n % all.length]
          const changed = { ...task, state: 'in_progress', step: (round + n) % 100, startedAt: new Date().toISOString() }
          const device = { device: task?.device, what: n % 2 === 0 ? 'connected' : 'disconnected', at: new Date().toISOString() }
          const rates = { messagesReceived: round * 7 + n, messagesSent: n, downloadBytes: round * 1000 }
          return [
            `event: task\ndata: ${JSON.stringify(changed)}\n\n`,
            `event: device\ndata: ${JSON.stringify(device)}\n\n`,
            n === 0 ? `event: overview\ndata: ${JSON.stringify({ at: device.at, rates })}\n\n` : '',
          ].join('')
        })
        busy.feed(frames.join(''))
        await new Promise((resolve) => setTimeout(resolve, within / rounds))
      }
    },
    [tasks, events, ms] as const,
  )

const framesOf = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const { busy } = window as unknown as { busy: Busy }
    const { frames } = busy
    busy.frames = 0
    return frames
  })

/** Waits until the page is as it stays: a long list is drawn in parts, also after it was read. */
const still = (page: Page): Promise<void> =>
  eventually(async () => {
    await framesOf(page)
    await new Promise((resolve) => setTimeout(resolve, 300))
    return (await framesOf(page)) === 0
  }, 'the page changes no more')

const tasksOf = async (): Promise<readonly Task[]> =>
  (await server.api<{ readonly items: readonly Task[] }>('GET', `/tasks?limit=${devices}`)).items

const addresses = ['/', '/campaigns/1', '/devices', '/devices/lamp/l000'] as const

test('thousands of events a second are four paints a second, and each change is there within a second', async () => {
  const { page, settled, close } = await openTab(server, '/')
  await page.addInitScript(hold)
  const tasks = await tasksOf()
  for (const path of addresses) {
    await page.goto(`${server.admin}${path}`)
    await settled()
    await still(page)
    const from = Date.now()
    await feed(page, tasks, 2400, 1200)
    const seconds = (Date.now() - from) / 1000
    const frames = await framesOf(page)
    expect([path, frames <= Math.ceil(seconds * 4) + 1, frames]).toEqual([path, true, frames])
  }
  await page.goto(server.admin)
  await settled()
  const rates = { messagesReceived: 4321, messagesSent: 0, downloadBytes: 0 }
  await page.evaluate(
    (text) => (window as unknown as { busy: Busy }).busy.feed(text),
    `event: overview\ndata: ${JSON.stringify({ rates })}\n\n`,
  )
  await page.getByText('4,321/s').waitFor({ timeout: 1000 })
  await close()
})

interface Memory {
  /** Bytes. */
  readonly heap: number
  readonly nodes: number
  readonly listeners: number
}

const memoryOf = async (session: CDPSession): Promise<Memory> => {
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters')
  return { heap: usedSize, nodes, listeners: jsEventListeners }
}

test('a tab that stays open through 50,000 events, in all views, takes no more memory than before', async () => {
  const { page, settled, close } = await openTab(server, '/')
  await page.addInitScript(hold)
  await page.goto(server.admin)
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.enable')
  const tasks = await tasksOf()
  const round = async (): Promise<Memory> => {
    for (const name of ['Devices', 'Campaigns', 'Overview']) {
      await page.getByRole('link', { name, exact: true }).first().click()
      await settled()
      if (name === 'Campaigns') await page.locator('main a[href="/campaigns/1"]').first().click()
      await feed(page, tasks, 3000, 100)
    }
    await settled()
    return memoryOf(session)
  }
  await round()
  const middle = await round()
  const end = await round()
  expect(end.heap).toBeLessThan(middle.heap + 400_000)
  expect([end.nodes - middle.nodes < 300, end.listeners - middle.listeners < 30]).toEqual([true, true])
  await close()
})

test('a tab that was frozen shows what is within three seconds, and holds up no other tab meanwhile', async () => {
  const { page, settled, close } = await openTab(server, '/devices')
  await settled()
  const other = await page.context().newPage()
  await other.goto(`${server.admin}/devices`)
  await other.locator('a[href="/devices/lamp/l000"]').waitFor()
  const session = await page.context().newCDPSession(page)
  const errors: string[] = []
  other.on('pageerror', ({ message }) => errors.push(message))
  await session.send('Page.setWebLifecycleState', { state: 'frozen' })
  for (const tag of ['first', 'second', 'last']) {
    await server.api('PUT', '/devices/lamp/l001', { tags: [tag] })
    await other.getByText(tag, { exact: true }).waitFor({ timeout: 3000 })
  }
  await session.send('Page.setWebLifecycleState', { state: 'active' })
  await page.getByText('last', { exact: true }).waitFor({ timeout: 3000 })
  await server.api('PUT', '/devices/lamp/l001', { tags: ['after'] })
  await page.getByText('after', { exact: true }).waitFor({ timeout: 3000 })
  await other.getByText('after', { exact: true }).waitFor({ timeout: 3000 })
  await eventually(async () => (await page.locator('.banner').count()) === 0, 'it is live')
  expect(errors).toEqual([])
  await close()
})
