// A test station on a real server: its procedure, its boards, what a jig says of them, and its screen in a browser.

import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { type Look, openBrowser, type PageServer } from './support.ts'

export interface StationInput {
  readonly slots?: number
  readonly language?: 'en' | 'zh'
  readonly passSeconds?: number
}

interface RunNow {
  readonly id: string
  readonly serial: string
  readonly state: string
  readonly outcome: string | null
}

export interface TestStation {
  readonly id: string
  /** The link that opens its screen. */
  readonly link: string
  /** Runs of the station, newest first. */
  runs(): Promise<readonly RunNow[]>
  /** Ends the test of the unit as a jig does. */
  finish(serial: string, outcome: 'passed' | 'failed'): Promise<void>
}

/** Its procedure takes the self-test from a jig: the test says how a board does. */
export const addStation = async (server: PageServer, id: string, input: StationInput = {}): Promise<TestStation> => {
  const selfTest = { source: 'jig', limits: [{ name: 'vbat', unit: 'V', low: 3.1, high: 3.5 }] }
  await server.api('PUT', `/procedures/${id}`, { product: 'lamp', process: id, selfTest, retest: { max: 100 } })
  await server.api('POST', `/procedures/${id}/release`)
  await server.api('PUT', `/stations/${id}`, { procedure: id, ...input })
  const { link } = await server.api<{ readonly link: string }>('POST', `/stations/${id}/token`)
  const runs = async (): Promise<readonly RunNow[]> =>
    (await server.api<{ readonly items: readonly RunNow[] }>('GET', `/runs?station=${id}`)).items
  return {
    id,
    link,
    runs,
    async finish(serial, outcome) {
      const open = (await runs()).find((run) => run.serial === serial && run.state === 'testing')
      expect([serial, open?.state]).toEqual([serial, 'testing'])
      await server.api('POST', `/runs/${open?.id}/measurements`, [{ name: 'vbat', value: outcome === 'passed' ? 3.3 : 3.02, unit: 'V' }])
      await server.api('POST', `/runs/${open?.id}/finish`)
    },
  }
}

export interface StationTab {
  readonly page: Page
  /** The requests by which codes were sent: their text and their key. */
  readonly scans: readonly { readonly text: string; readonly key: string }[]
  /** What the slot shows. */
  face(slot?: number): Promise<string | null>
  /** Waits until the slot shows it. */
  shows(face: string, slot?: number): Promise<void>
  notice(kind: string): Promise<void>
  /** A code as a scanner types it: so many milliseconds a key, and a key at its end, once or more often. */
  burst(text: string, gap: number, end?: 'Enter' | 'Tab', ends?: number): Promise<void>
  close(expected?: readonly RegExp[]): Promise<void>
}

/** Types within the page, since the gaps must be exact also where the machine is busy. */
const typeBurst = (page: Page, text: string, gap: number, ends: readonly string[]): Promise<void> =>
  page.evaluate(
    ([code, ms, keys]) => {
      const field = document.activeElement as HTMLInputElement
      const wait = (until: number): void => {
        while (performance.now() < until);
      }
      for (const character of code) {
        wait(performance.now() + ms)
        field.value += character
        field.dispatchEvent(new InputEvent('input', { data: character, inputType: 'insertText', bubbles: true }))
      }
      for (const key of keys) {
        wait(performance.now() + ms)
        field.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
      }
    },
    [text, gap, ends] as const,
  )

/** The screen, with what every page must hold: no error in the console, no request to another host. */
export const openStation = async (server: PageServer, path: string, look: Look = {}): Promise<StationTab> => {
  const { width = 1024, height = 600, language = 'en', host = '127.0.0.1' } = look
  const context = await (await openBrowser()).newContext({
    viewport: { width, height },
    locale: language === 'zh' ? 'zh-CN' : 'en-GB',
    ...look.context,
  })
  const page = await context.newPage()
  const origin = `http://${host}:${server.port}`
  const faults: string[] = []
  const scans: { text: string; key: string }[] = []
  page.on('console', (message) => void (message.type() === 'error' && faults.push(message.text())))
  page.on('pageerror', (error) => faults.push(`${error.name}: ${error.message}`))
  context.on('request', (request) => {
    if (!request.url().startsWith(origin)) faults.push(`a request to ${request.url()}`)
    if (!request.url().endsWith('/scan')) return
    scans.push({ text: (request.postDataJSON() as { text: string }).text, key: request.headers()['idempotency-key'] ?? '' })
  })
  await page.goto(`${origin}${path}`)
  await page.waitForSelector('[data-phase]:not([data-phase="connecting"])')
  const place = (slot: number): string => `.slot >> nth=${slot - 1}`
  return {
    page,
    scans,
    face: (slot = 1) => page.locator(place(slot)).getAttribute('data-face'),
    shows: (face, slot = 1) => page.locator(`.slots > :nth-child(${slot})[data-face="${face}"]`).waitFor(),
    notice: (kind) => page.locator(`[data-notice="${kind}"]`).waitFor(),
    async burst(text, gap, end, ends = 1) {
      await page.waitForFunction(() => document.activeElement?.className === 'scanner')
      await typeBurst(page, text, gap, end === undefined ? [] : Array.from({ length: ends }, () => end))
    },
    async close(expected = []) {
      const left = faults.filter((fault) => !expected.some((pattern) => pattern.test(fault)))
      await context.close()
      expect(left).toEqual([])
    },
  }
}

/** How large the words of states and what must be touched are: of their slot's height, and in pixels up to 80. */
export const sizes = (page: Page) =>
  page.evaluate(() => {
    const heightOf = (element: Element): number => Number.parseFloat(getComputedStyle(element).fontSize)
    const slot = document.querySelector('.slot')?.getBoundingClientRect().height ?? 0
    const words = [...document.querySelectorAll('.word')].map((word) => heightOf(word) / slot)
    const buttons = [...document.querySelectorAll('button')].map((button) => button.getBoundingClientRect())
    return {
      smallestWord: Math.min(...words),
      smallestButton: Math.min(80, ...buttons.flatMap(({ width, height }) => [width, height])),
      isOverflowing: document.documentElement.scrollHeight > innerHeight,
    }
  })
