// Fetches an image as devices do: one GET, or range after range over one kept-alive connection, at a limited speed,
// resumed where it broke off (protocol.md §7, RFC 9110 §14). Knows no MQTT and no task.

import http from 'node:http'
import https from 'node:https'
import { rootCertificates } from 'node:tls'
import type { FlashImage } from './flash-image.ts'
import { pause } from './pause.ts'

export interface FetchOptions {
  readonly url: string
  /** `whole`: one GET, a range only to resume. `ranges`: many small ranges. */
  readonly style: 'whole' | 'ranges'
  readonly chunkBytes: number
  /** Stop when this many bytes of the image were received. */
  readonly until: number
  /** 0: no limit. */
  readonly bytesPerSecond: number
  readonly insecure: boolean
  /** PEM of authorities to trust besides those of the system; null: no others. */
  readonly ca: string | null
  /** Milliseconds before a failed request is repeated. */
  readonly retryMs: number
  readonly signal: AbortSignal
  /** After every chunk, awaited before the next is read. */
  readonly onBytes: () => Promise<void>
}

export type DownloadResult = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly why: string } | { readonly kind: 'aborted' }

type Piece =
  | { readonly kind: 'more' | 'end' }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'again'; readonly why: string; readonly waitMs: number }

const tries = 5
const idleMs = 60_000

const rangeHeader = (image: FlashImage, options: FetchOptions): string | null => {
  const start = image.received()
  if (options.style === 'ranges') return `bytes=${start}-${Math.min(start + options.chunkBytes, options.until) - 1}`
  return start === 0 ? null : `bytes=${start}-`
}

const request = (agent: http.Agent, image: FlashImage, options: FetchOptions): Promise<http.IncomingMessage> =>
  new Promise((resolve, reject) => {
    const range = rangeHeader(image, options)
    const headers = { 'User-Agent': 'fogbell-simulate', ...(range === null ? {} : { Range: range }) }
    const get = options.url.startsWith('https:') ? https.get : http.get
    const sent = get(options.url, { agent, headers, signal: options.signal, timeout: idleMs }, resolve)
    sent.on('error', reject)
    sent.on('timeout', () => sent.destroy(new Error(`no data for ${idleMs / 1000} s`)))
  })

const messageOf = (error: unknown): string => (error instanceof Error && error.message !== '' ? error.message : String(error))

/** What to do by the status; null: read the body. */
const judge = (response: http.IncomingMessage, image: FlashImage, retryMs: number): Piece | null => {
  const status = response.statusCode ?? 0
  if (status === 200) {
    if (image.received() > 0) image.reset()
    return null
  }
  if (status === 206) {
    const range = response.headers['content-range'] ?? ''
    return range.startsWith(`bytes ${image.received()}-`)
      ? null
      : { kind: 'failed', why: `the range from ${image.received()} was answered with "${range}"` }
  }
  if (status !== 503) return { kind: 'failed', why: `HTTP ${status}` }
  const seconds = Number(response.headers['retry-after'])
  return { kind: 'again', why: 'HTTP 503', waitMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : retryMs }
}

/** Milliseconds to wait so that `bytes` since `startedAt` stay below the limit. */
const waitFor = (bytes: number, startedAt: number, bytesPerSecond: number): number =>
  bytesPerSecond === 0 ? 0 : startedAt + (bytes / bytesPerSecond) * 1000 - performance.now()

interface Throttle {
  spent(bytes: number): Promise<void>
}

const createThrottle = (bytesPerSecond: number, signal: AbortSignal): Throttle => {
  const startedAt = performance.now()
  let bytes = 0
  return {
    spent: async (more) => {
      bytes += more
      const wait = waitFor(bytes, startedAt, bytesPerSecond)
      if (wait > 0) await pause(wait, signal)
    },
  }
}

const readBody = async (response: http.IncomingMessage, image: FlashImage, options: FetchOptions, throttle: Throttle): Promise<Piece> => {
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const wanted = chunk.subarray(0, options.until - image.received())
    image.add(wanted)
    await throttle.spent(wanted.length)
    await options.onBytes()
    if (wanted.length < chunk.length) break
  }
  const total = Number(/\/(\d+)$/.exec(response.headers['content-range'] ?? '')?.[1] ?? image.received())
  return { kind: image.received() < total ? 'more' : 'end' }
}

const fetchPiece = async (agent: http.Agent, image: FlashImage, options: FetchOptions, throttle: Throttle): Promise<Piece> => {
  try {
    const response = await request(agent, image, options)
    const verdict = judge(response, image, options.retryMs)
    if (verdict === null) return await readBody(response, image, options, throttle)
    response.resume()
    return verdict
  } catch (error) {
    return { kind: 'again', why: messageOf(error), waitMs: options.retryMs }
  }
}

const fetchAll = async (agent: http.Agent, image: FlashImage, options: FetchOptions): Promise<DownloadResult> => {
  const throttle = createThrottle(options.bytesPerSecond, options.signal)
  let left = tries
  while (image.received() < options.until) {
    const before = image.received()
    const piece = await fetchPiece(agent, image, options, throttle)
    if (options.signal.aborted && image.received() < options.until) return { kind: 'aborted' }
    if (piece.kind === 'failed') return piece
    if (piece.kind === 'end') break
    left = image.received() > before ? tries : left - 1
    if (left === 0) return { kind: 'failed', why: piece.kind === 'again' ? piece.why : 'responses without data' }
    if (piece.kind === 'again' && !(await pause(piece.waitMs, options.signal))) return { kind: 'aborted' }
  }
  return { kind: 'done' }
}

/** Fetches `image` up to `until` bytes, or to the end of the file. Never rejects. */
export const download = async (image: FlashImage, options: FetchOptions): Promise<DownloadResult> => {
  const settings = { keepAlive: true, maxSockets: 1 }
  const { ca } = options
  const agent = options.url.startsWith('https:')
    ? new https.Agent({ ...settings, rejectUnauthorized: !options.insecure, ...(ca !== null && { ca: [...rootCertificates, ca] }) })
    : new http.Agent(settings)
  try {
    return await fetchAll(agent, image, options)
  } finally {
    agent.destroy()
  }
}
