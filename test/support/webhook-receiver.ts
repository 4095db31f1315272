// A receiver of webhooks: a real HTTP or HTTPS server that keeps what it was sent, and answers as it is asked to.

import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Json } from './json.ts'
import { until } from './until.ts'

export interface Received {
  readonly id: string
  readonly event: string
  readonly signature: string
  readonly headers: IncomingMessage['headers']
  readonly text: string
  readonly body: Json
}

/** A status, with headers and a body; `hold`: no answer; `cut`: the connection is closed; `hang`: an answer whose body does not end. */
export type Reply =
  | number
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly text?: string }
  | 'hold'
  | 'cut'
  | 'hang'

export interface WebhookReceiver {
  readonly url: string
  readonly received: readonly Received[]
  /** What the next requests are answered with; then `usual`, which is 204. */
  readonly replies: Reply[]
  usual: Reply
  /** Resolves when so many were received. */
  count(n: number): Promise<void>
  /** Connections so far. */
  connections(): number
  /** The ids in the order in which they came. */
  ids(): readonly string[]
}

const read = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

const answer = (response: ServerResponse, reply: Reply): void => {
  if (reply === 'hold') return
  if (reply === 'cut') response.destroy()
  else if (reply === 'hang') response.writeHead(200).write('and so on')
  else if (typeof reply === 'number') response.writeHead(reply).end()
  else response.writeHead(reply.status, reply.headers ?? {}).end(reply.text ?? '')
}

/** Closed when the test ends. `tls`: PEM texts. */
export const createReceiver = async (tls?: { readonly cert: string; readonly key: string }): Promise<WebhookReceiver> => {
  const received: Received[] = []
  const replies: Reply[] = []
  const receiver = { usual: 204 as Reply }
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await read(request)
    const { headers } = request
    const one = (name: string): string => String(headers[name] ?? '')
    received.push({
      id: one('fogbell-id'),
      event: one('fogbell-event'),
      signature: one('fogbell-signature'),
      headers,
      text,
      body: JSON.parse(text),
    })
    answer(response, replies.shift() ?? receiver.usual)
  }
  const handle = (request: IncomingMessage, response: ServerResponse): void => void take(request, response).catch(() => response.destroy())
  const server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle)
  let connections = 0
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  const { port } = server.address() as AddressInfo
  return Object.assign(receiver, {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/hook`,
    received,
    replies,
    count: (n: number) => until(() => received.length >= n),
    connections: () => connections,
    ids: () => received.map(({ id }) => id),
  })
}

/** As a receiver verifies it. */
export const isSignedBy = (secret: string, { signature, text }: Pick<Received, 'signature' | 'text'>): boolean => {
  const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? []
  return createHmac('sha256', secret).update(`${t}.${text}`).digest('hex') === v1
}
