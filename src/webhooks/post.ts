// One attempt to deliver: an HTTP POST with the signature, and what came back, in words. Follows no redirect, reads no body, names no address
// and no secret. Knows no backlog.

import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { rootCertificates } from 'node:tls'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import { type AlertEvent, bodyOf, signatureOf } from './alert-event.ts'

export interface Receiver {
  readonly url: string
  readonly secret: string
  /** PEM certificates of authorities to trust besides the usual ones. */
  readonly ca: string | null
  /** `data`: results of test runs are sent alone, without the event around them. */
  readonly body?: 'data'
}

export interface Attempt {
  /** `refused`: this event will not be taken. `failed`: the next attempt may succeed. */
  readonly outcome: 'delivered' | 'refused' | 'failed'
  /** null: there was no answer. */
  readonly status: number | null
  readonly ms: number
  readonly said: Sentence
}

/** The connection to one receiver, which stays open between events. */
export interface Post {
  /** Never rejects. */
  send(event: AlertEvent): Promise<Attempt>
  /** Ends running attempts, which fail. */
  close(): void
}

export interface PostOptions {
  /** The wall clock, which the receiver compares with its own. */
  readonly wallClock: () => number
  readonly timeoutMs: number
  readonly lookup: LookupFunction
  /** Of the server: part of the User-Agent. */
  readonly version: string
}

/** Answers that ask for patience: the event itself is not refused. */
const later = new Set([408, 425, 429])
const bodyLimit = 65_536
const mostBodyMs = 500

type Result = Pick<Attempt, 'outcome' | 'status' | 'said'>

const answered = (status: number): Result => {
  if (status >= 200 && status < 300) return { outcome: 'delivered', status, said: sentence('webhook_delivered', { status }) }
  if (status >= 300 && status < 400) return { outcome: 'failed', status, said: sentence('webhook_redirected', { status }) }
  if (status >= 400 && status < 500 && !later.has(status))
    return { outcome: 'refused', status, said: sentence('webhook_refused', { status }) }
  return { outcome: 'failed', status, said: sentence('webhook_answered', { status }) }
}

const unreachable = (thrown: unknown): Result => {
  const why = thrown instanceof Error ? ('code' in thrown && thrown.message === '' ? String(thrown.code) : thrown.message) : String(thrown)
  return { outcome: 'failed', status: null, said: sentence('webhook_unreachable', { why }) }
}

/** A body is not wanted; one that does not end soon ends the connection. Resolves when the connection can be used again, or is closed. */
const drain = (response: IncomingMessage, timeoutMs: number): Promise<void> =>
  new Promise((resolve) => {
    let bytes = 0
    const cut = setTimeout(() => response.destroy(), Math.min(mostBodyMs, timeoutMs))
    response.on('data', (piece: Buffer) => {
      bytes += piece.length
      if (bytes > bodyLimit) response.destroy()
    })
    response.on('error', () => undefined)
    response.once('close', () => {
      clearTimeout(cut)
      resolve()
    })
  })

const isStale = (request: ClientRequest, error: Error): boolean =>
  request.reusedSocket && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')

const headersOf = ({ secret }: Receiver, { id, type }: AlertEvent, body: string, { wallClock, version }: PostOptions) => ({
  'content-type': 'application/json',
  'content-length': Buffer.byteLength(body),
  'user-agent': `fogbell/${version}`,
  'fogbell-id': id,
  'fogbell-event': type,
  'fogbell-signature': signatureOf(secret, Math.floor(wallClock() / 1000), body),
})

export const createPost = (receiver: Receiver, options: PostOptions): Post => {
  const { timeoutMs, lookup } = options
  const url = new URL(receiver.url)
  const isTls = url.protocol === 'https:'
  const agent = isTls
    ? new HttpsAgent({ keepAlive: true, ...(receiver.ca !== null && { ca: [...rootCertificates, receiver.ca] }) })
    : new HttpAgent({ keepAlive: true })
  const running = new Set<ClientRequest>()

  const once = (event: AlertEvent, isAgain: boolean): Promise<Result> =>
    new Promise((resolve) => {
      const body = bodyOf(event, receiver.body)
      const request = (isTls ? requestHttps : requestHttp)(url, {
        method: 'POST',
        agent,
        lookup,
        headers: headersOf(receiver, event, body, options),
      })
      const settle = (result: Result | Promise<Result>): void => {
        clearTimeout(timer)
        running.delete(request)
        resolve(result)
      }
      const timer = setTimeout(() => {
        settle({ outcome: 'failed', status: null, said: sentence('webhook_no_answer', { seconds: timeoutMs / 1000 }) })
        request.destroy()
      }, timeoutMs)
      running.add(request)
      request.on('response', (response) => {
        clearTimeout(timer)
        const result = answered(response.statusCode ?? 0)
        void drain(response, timeoutMs).then(() => settle(result))
      })
      // The receiver had closed a connection that was idle: nothing was delivered.
      request.on('error', (error) => settle(isStale(request, error) && !isAgain ? once(event, true) : unreachable(error)))
      request.end(body)
    })

  return {
    async send(event) {
      const from = performance.now()
      try {
        const result = await once(event, false)
        return { ...result, ms: Math.round(performance.now() - from) }
      } catch (thrown) {
        return { ...unreachable(thrown), ms: Math.round(performance.now() - from) }
      }
    },
    close() {
      for (const request of running) request.destroy(new Error('the webhook was changed, or the server stops'))
      agent.destroy()
    },
  }
}
