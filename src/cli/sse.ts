// Server-sent events over fetch: follows a stream, and resumes it when the connection or the server is lost. Does not know what the events mean.

import { OtaError } from '../errors.ts'
import { readEvents } from '../sse-reader.ts'
import type { Io } from './io.ts'
import { problemOf } from './problem-text.ts'

/** What a follower gets. After `open` with `resumed` false and after `reset`, what it knows may be out of date. */
export type StreamItem =
  | { readonly kind: 'open'; readonly resumed: boolean }
  | { readonly kind: 'event'; readonly event: string; readonly data: string }
  | { readonly kind: 'reset' }
  | { readonly kind: 'lost'; readonly why: string }

export interface Following {
  readonly io: Io
  /** Opens the stream after `lastId`. */
  connect(lastId: string | null, signal: AbortSignal): Promise<Response>
  readonly signal: AbortSignal
}

/** After this long without the server, the follower gives up, milliseconds. */
const giveUpAfter = 300_000
/** A stream without even a ping for this long counts as lost, milliseconds; the server pings every 15 s. */
const silence = 45_000
const delays = [250, 500, 1000, 2000, 4000, 5000]

/** Aborts `dead` when nothing has arrived for too long. */
async function* watched(body: AsyncIterable<Uint8Array>, dead: AbortController): AsyncGenerator<Uint8Array> {
  const timer = setTimeout(() => dead.abort(), silence)
  try {
    for await (const chunk of body) {
      timer.refresh()
      yield chunk
    }
  } finally {
    clearTimeout(timer)
  }
}

/** Whether trying again is useless: not so if the server is unreachable, stopping or has an internal error. */
const isFinal = (thrown: unknown): boolean => {
  const { status } = problemOf(thrown)
  return status < 500 && status !== 429
}

interface Stream {
  lastId: string | null
}

async function* readOnce(following: Following, stream: Stream, resumed: boolean): AsyncGenerator<StreamItem> {
  const dead = new AbortController()
  const response = await following.connect(stream.lastId, AbortSignal.any([following.signal, dead.signal]))
  yield { kind: 'open', resumed }
  if (response.body === null) return
  for await (const { id, event, data } of readEvents(watched(response.body, dead))) {
    if (id !== null) stream.lastId = id
    if (data !== null) yield event === 'reset' ? { kind: 'reset' } : { kind: 'event', event, data }
  }
}

/**
 * Follows the events until `signal` aborts. The first connection must succeed, else its OtaError is thrown; later ones are
 * tried again with growing delays, for five minutes at most (then OTA_UNREACHABLE).
 */
export async function* follow(following: Following): AsyncGenerator<StreamItem> {
  const { io, signal } = following
  const stream: Stream = { lastId: null }
  let opened = false
  let lostAt: number | null = null
  let attempt = 0
  while (!signal.aborted) {
    let why = 'the server ended the stream'
    try {
      for await (const sign of readOnce(following, stream, stream.lastId !== null)) {
        opened = true
        lostAt = null
        attempt = 0
        yield sign
      }
    } catch (thrown) {
      if (signal.aborted) return
      if (!opened || (thrown instanceof OtaError && isFinal(thrown))) throw thrown
      why = problemOf(thrown).detail
    }
    if (signal.aborted) return
    if (lostAt === null) yield { kind: 'lost', why }
    lostAt ??= io.now()
    if (io.now() - lostAt > giveUpAfter) throw new OtaError('OTA_UNREACHABLE', `gave up waiting for the server: ${why}`)
    await io.sleep(delays[Math.min(attempt, delays.length - 1)] ?? 0, signal)
    attempt += 1
  }
}
