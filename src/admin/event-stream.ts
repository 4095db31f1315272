// One response of server-sent events (WHATWG HTML §9.2): its opening, the comments that keep it open, and whether the client reads. A client
// that reads nothing for two heartbeats is disconnected; it reconnects with its last id. Knows no event.

import type { ServerResponse } from 'node:http'
import type { Language } from '../sentences/sentence.ts'
import type { EventLog } from './event-log.ts'
import { languageHeaders } from './language.ts'
import { securityHeaders } from './security-headers.ts'

const heartbeat = 15_000
const retryMs = 2_000

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  ...securityHeaders,
  'x-accel-buffering': 'no',
}

export interface EventStream {
  /** Whether the client takes more now. */
  takes(): boolean
  /** Passes the text on, also where the client takes no more; nothing once the stream has ended. Whether the client takes more. */
  write(text: string): boolean
}

export interface StreamEnds {
  /** The client takes more again. */
  drained(): void
  /** The stream has ended; called once. */
  closed(): void
}

interface StreamContext {
  readonly events: Pick<EventLog, 'latest' | 'isGap'>
  /** Between two comments; 15 s by default. */
  readonly heartbeatMs?: number
}

/** What a new stream begins with: when to reconnect, and with which id (or that some events were lost). */
const opening = (latest: number, after: number | undefined, gap: boolean): string => {
  const start = `retry: ${retryMs}\n\n`
  if (gap) return `${start}${eventFrame(latest, 'reset', '{}')}`
  // Without data this is no event, only the id to reconnect with.
  return after === undefined ? `${start}id: ${latest}\n\n` : start
}

/** `json`: without line ends, as JSON is, so one data line is enough. */
export const eventFrame = (id: number, event: string, json: string): string => `id: ${id}\nevent: ${event}\ndata: ${json}\n\n`

/** `after`: the id of the last event that the client has seen; undefined: it asks for no past events. */
export const openEventStream = (
  response: ServerResponse,
  { events, heartbeatMs = heartbeat }: StreamContext,
  language: Language,
  after: number | undefined,
  { drained, closed }: StreamEnds,
): EventStream => {
  let isBlocked = false
  let missed = 0
  const hasEnded = (): boolean => response.destroyed || response.writableEnded
  const takes = (): boolean => !isBlocked && !hasEnded()
  const write = (text: string): boolean => {
    if (!hasEnded()) isBlocked = !response.write(text)
    return takes()
  }
  const beat = setInterval(() => {
    if (isBlocked && ++missed > 1) response.destroy()
    if (!isBlocked) write(': ping\n\n')
  }, heartbeatMs)
  response.on('drain', () => {
    isBlocked = false
    missed = 0
    drained()
  })
  response.once('close', () => {
    clearInterval(beat)
    closed()
  })
  response.writeHead(200, { ...headers, ...languageHeaders(language) })
  write(opening(events.latest, after, after !== undefined && events.isGap(after)))
  return { takes, write }
}
