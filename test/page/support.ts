// A real server, simulated devices and a real browser. What every page must hold is checked when it is closed: no error in the console, no request
// to another host, nothing that the content security policy refused.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page, type Request } from 'playwright-core'
import { expect } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'bin/fogbell.js')
/** The same engine without windows, where it is installed, takes half the time. */
const headless = '/usr/bin/chromium-headless-shell'
const chromiumPath = process.env['CHROMIUM'] ?? (existsSync(headless) ? headless : '/usr/bin/chromium')

/** Keeps the browser off the network. `factory.lan` is this machine, by plain HTTP no secure context. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP factory.lan 127.0.0.1',
]

export interface Ready {
  readonly admin: string
  readonly mqtt: readonly string[]
  readonly dataDir: string
}

export interface PageServer extends Ready {
  readonly token: string
  readonly port: number
  /** An answer of the API; throws for what is no success. */
  api<T>(method: string, path: string, body?: unknown, type?: string): Promise<T>
  /** Where a browser signs in once. */
  link(): Promise<string>
  kill(signal: NodeJS.Signals): Promise<void>
  /** A signal after which it goes on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  /** Starts it again in the same directory with the same ports. */
  restart(): Promise<void>
  close(): Promise<void>
}

const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

const startChild = (args: readonly string[]): ChildProcess => {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'], cwd: root })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

const endChild = async (child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

/** The value that `fogbell serve --json` prints when it is ready. */
const readyOf = async (child: ChildProcess): Promise<Ready> => {
  if (child.stdout === null) throw new Error('no output')
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) {
    const value = JSON.parse(line) as { readonly msg: string } & Ready
    if (value.msg !== 'ready') continue
    // What follows is read and dropped, so that the server never waits.
    child.stdout.resume()
    return value
  }
  throw new Error('the server ended before it was ready')
}

const serveArgs = (dataDir: string, [mqtt, firmware, admin]: readonly [number, number, number]): readonly string[] => {
  const ports = `--mqtt-port ${mqtt} --firmware-port ${firmware} --admin-port ${admin}`
  return ['serve', '--json', '--data', dataDir, '--log-level', 'error', ...ports.split(' ')]
}

const portOf = (url: string): number => Number(new URL(url.replace(/^mqtt/, 'http')).port)

export const startPageServer = async (): Promise<PageServer> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'fogbell-page-'))
  let child = startChild(serveArgs(dataDir, [0, 0, 0]))
  const ready = await readyOf(child)
  const token = readFileSync(join(dataDir, 'admin.token'), 'utf8').trim()
  const described = JSON.parse(readFileSync(join(dataDir, 'fogbell.json'), 'utf8')) as { readonly firmware: string }
  const ports = [portOf(ready.mqtt[0] ?? ''), portOf(described.firmware), portOf(ready.admin)] as const
  const api = async <T>(method: string, path: string, body?: unknown, type = 'application/json'): Promise<T> => {
    const init: RequestInit = {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': type }) },
    }
    if (body !== undefined) init.body = type === 'application/json' ? JSON.stringify(body) : (body as BodyInit)
    const response = await fetch(`${ready.admin}/api/v1${path}`, init)
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text === '' ? null : JSON.parse(text)) as T
  }
  return {
    ...ready,
    token,
    port: ports[2],
    api,
    async link() {
      const { code } = await api<{ readonly code: string }>('POST', '/session/code')
      return `${ready.admin}/#code=${code}`
    },
    kill: (signal) => endChild(child, signal),
    signal: (signal) => void child.kill(signal),
    async restart() {
      await endChild(child)
      child = startChild(serveArgs(dataDir, ports))
      await readyOf(child)
    },
    async close() {
      await endChild(child)
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** Simulated devices of product `lamp`, until they are ended. */
export const simulate = (server: PageServer, ...args: readonly string[]): { end(): Promise<void> } => {
  const child = startChild(['simulate', '--data', server.dataDir, '--product', 'lamp', ...args])
  child.stdout?.resume()
  return { end: () => endChild(child, 'SIGINT') }
}

/** A package of product `lamp`; its id. */
export const addPackage = async (server: PageServer, version: string, size = 200_000): Promise<string> => {
  const image = new Uint8Array(size).map((_, at) => (at * 31 + version.length * 7) % 256)
  const query = new URLSearchParams({ product: 'lamp', version })
  const { id } = await server.api<{ readonly id: string }>('PUT', `/firmware?${query}`, image, 'application/octet-stream')
  return id
}

let browser: Promise<Browser> | undefined
export const openBrowser = (): Promise<Browser> => {
  browser ??= chromium.launch({ executablePath: chromiumPath, args: flags })
  return browser
}
export const closeBrowser = async (): Promise<void> => {
  await (await browser)?.close()
  browser = undefined
}

export interface Look {
  readonly width?: number
  readonly height?: number
  readonly language?: 'en' | 'zh'
  readonly theme?: 'light' | 'dark'
  /** Not the address of the server, but another name of it. */
  readonly host?: string
  /** What else a context takes. */
  readonly context?: BrowserContextOptions
}

export interface Tab {
  readonly page: Page
  /** Waits until nothing is read from the API any more. */
  settled(): Promise<void>
  /** Checks what every page must hold, and closes it. `expected`: texts of console errors that the test has caused. */
  close(expected?: readonly RegExp[]): Promise<void>
}

/** Without a request of the page for so long: all is read. */
const quietMs = 200

/** Places of a text into which nothing was put. */
const unfilled = (shown: string): readonly string[] => [...shown.matchAll(/\{[a-z]\w*\}/g)].map(([place]) => `the page shows ${place}`)

/** A tab that is signed in, at the path. */
export const openTab = async (server: PageServer, path: string, look: Look = {}): Promise<Tab> => {
  const { width = 1280, height = 800, language = 'en', theme = 'light', host = '127.0.0.1' } = look
  const context = await (await openBrowser()).newContext({
    viewport: { width, height },
    locale: language === 'zh' ? 'zh-CN' : 'en-GB',
    colorScheme: theme,
    ...look.context,
  })
  const page = await context.newPage()
  const faults: string[] = []
  const origin = `http://${host}:${server.port}`
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(`${error.name}: ${error.message}`))
  context.on('request', (request) => {
    if (!request.url().startsWith(origin)) faults.push(`a request to ${request.url()}`)
  })
  const reading = new Set<Request>()
  page.on('request', (request) => {
    if (request.url().includes('/api/v1/') && !request.url().includes('/events')) reading.add(request)
  })
  for (const end of ['requestfinished', 'requestfailed'] as const)
    page.on(end as 'requestfinished', (request) => void reading.delete(request))
  let quietSince = 0
  const isQuiet = (): boolean => {
    if (reading.size > 0) quietSince = Date.now()
    return Date.now() - quietSince > quietMs
  }
  await page.goto((await server.link()).replace(server.admin, origin))
  await page.waitForSelector('main h1')
  if (path !== '/') await page.goto(`${origin}${path}`)
  await page.waitForSelector('main h1')
  return {
    page,
    settled() {
      quietSince = Date.now()
      return eventually(isQuiet, 'nothing is read any more')
    },
    async close(expected = []) {
      if (!page.isClosed()) faults.push(...unfilled(await page.locator('body').innerText()))
      const left = faults.filter((fault) => !expected.some((pattern) => pattern.test(fault)))
      await context.close()
      expect(left).toEqual([])
    },
  }
}

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

interface AxeResult {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

/** What axe finds against WCAG 2.2 AA, one line each. */
export const axeFaults = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(axe)
  const { violations } = (await page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })`,
  )) as AxeResult
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`))
}

/** Whether the page can be scrolled sideways. */
export const isTooWide = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)

/** Waits until it holds, at most so long. */
export const eventually = async (check: () => Promise<boolean> | boolean, what: string, ms = 20_000): Promise<void> => {
  const end = Date.now() + ms
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
