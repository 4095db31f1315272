// A fake admin API: a real HTTP server with scripted answers that records the requests.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  /** Without /api/v1, still encoded. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Answer {
  readonly status?: number
  readonly json?: unknown
  readonly text?: string
  readonly type?: string
  /** The connection is reset after the text. */
  readonly torn?: boolean
}

export type Handler = (asked: Asked) => Answer | 'hold'

/** An open stream of events. */
export interface EventStream {
  readonly lastId: string | undefined
  readonly query: URLSearchParams
  send(event: string, data: unknown, id?: number): void
  /** Resets the connection. */
  drop(): void
}

export interface CliAdminFixture {
  readonly url: string
  readonly asked: Asked[]
  readonly streams: EventStream[]
  /** `GET /devices` and so on; the latest handler counts. `GET /tasks/*` covers paths that no other handler does. */
  on(route: string, handler: Handler): void
  /** Resolves with the n-th stream that is opened, from 1. */
  stream(n: number): Promise<EventStream>
  /** What the next requests for the stream are answered with, instead of a stream. */
  readonly refusals: Answer[]
  close(): Promise<void>
}

const read = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

const write = (response: ServerResponse, answer: Answer): void => {
  const { status = 200, json, text, type = json === undefined ? 'text/plain' : 'application/json' } = answer
  response.writeHead(status, { 'content-type': type })
  if (answer.torn === true) {
    response.write(text ?? '', () => response.destroy())
    return
  }
  response.end(json === undefined ? text : JSON.stringify(json))
}

/** A problem as the server sends it. */
export const problem = (status: number, code: string, detail: string, more: object = {}): Answer => ({
  status,
  type: 'application/problem+json',
  json: { type: 'about:blank', title: `title of ${code}`, status, code, detail, ...more },
})

export const createCliAdminFixture = async (): Promise<CliAdminFixture> => {
  const routes = new Map<string, Handler>()
  const asked: Asked[] = []
  const streams: EventStream[] = []
  const refusals: Answer[] = []
  const waiting = new Set<() => void>()

  const openStream = (request: IncomingMessage, query: URLSearchParams, response: ServerResponse): void => {
    const refusal = refusals.shift()
    if (refusal !== undefined) {
      write(response, refusal)
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(': open\n\n')
    const header = request.headers['last-event-id']
    streams.push({
      lastId: typeof header === 'string' ? header : undefined,
      query,
      send: (event, data, id) =>
        void response.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
      drop: () => response.destroy(),
    })
    for (const wake of waiting) wake()
  }
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://x')
    const path = url.pathname.replace(/^\/api\/v1/, '')
    const body = await read(request)
    const method = request.method ?? ''
    const one = { method, path, query: url.searchParams, headers: request.headers, body }
    asked.push(one)
    if (path === '/events') return openStream(request, url.searchParams, response)
    const handler = routes.get(`${method} ${path}`) ?? routes.get(`${method} ${path.replace(/\/[^/]+$/, '/*')}`)
    const given = handler?.(one) ?? problem(404, 'OTA_NOT_FOUND', `there is no ${method} ${path}`)
    if (given !== 'hold') write(response, given)
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    streams,
    refusals,
    on: (route, handler) => void routes.set(route, handler),
    stream: (n) =>
      new Promise((resolve) => {
        const check = (): void => {
          const found = streams[n - 1]
          if (found === undefined) return
          waiting.delete(check)
          resolve(found)
        }
        waiting.add(check)
        check()
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
