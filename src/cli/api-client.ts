// The admin API over fetch: requests, pages, uploads and the stream of events, all refusals as OtaErrors. Knows HTTP and the shape of lists
// and problems, not what the records mean.

import { createReadStream } from 'node:fs'
import { OtaError } from '../errors.ts'
import type { Io } from './io.ts'
import { problemError, readProblem, usageError } from './problem-text.ts'
import { findServer, type LocationOptions, type ServerLocation } from './server-location.ts'
import { speaksTls } from './tls-probe.ts'
import type { Trust, TrustedInit } from './trusted-fetch.ts'

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>

interface Sent {
  readonly query?: Query
  readonly body?: AsyncIterable<Uint8Array> | Uint8Array<ArrayBuffer> | string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** How a request differs from the usual ones: how long its answer may take (ms), and the language of what the server says. */
export interface Asking {
  readonly limitMs?: number
  readonly language?: string
}

export interface ApiClient {
  /** The server's base URL, as the options, the environment or the data directory have it. */
  place(): Promise<string>
  /** GET; `path` is under /api/v1, with its parts encoded. */
  get<T>(path: string, query?: Query, asking?: Asking): Promise<T>
  /** A request with a JSON body or none; undefined if the answer is 204. */
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object, query?: Query, asking?: Asking): Promise<T>
  /** All items of a list, page by page. */
  pages<T>(path: string, query?: Query): AsyncIterable<readonly T[]>
  /** POSTs text as its bytes are, such as CSV. */
  text<T>(path: string, type: string, body: Uint8Array<ArrayBuffer>): Promise<T>
  /** Streams a file from disk; calls `sent` with the bytes sent so far. */
  upload<T>(path: string, query: Query, file: { readonly path: string; readonly size: number }, sent: (bytes: number) => void): Promise<T>
  /** GETs what is no JSON, as it comes; stopped reading closes the connection. */
  bytes(path: string, query?: Query): Promise<AsyncIterable<Uint8Array>>
  /** Opens the stream of events; the body is read until `signal` aborts. */
  events(query: Query, lastId: string | null, signal: AbortSignal): Promise<Response>
}

/** The longest that an ordinary answer may take, milliseconds. */
const answerLimit = 60_000

/** `pk/dn`, split at the first `/`. */
export const splitDevice = (text: string): readonly [product: string, name: string] => {
  const slash = text.indexOf('/')
  const parts = [text.slice(0, slash), text.slice(slash + 1)] as const
  if (slash < 0 || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw usageError(`"${text}" is not a device; write it as PRODUCT/NAME`)
  }
  return parts
}

/** The API's path of a device. */
export const devicePath = (text: string): string => `/devices/${splitDevice(text).map(encodeURIComponent).join('/')}`

const queryText = (query: Query): string => {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of value === undefined ? [] : typeof value === 'string' ? [value] : value) params.append(name, one)
  }
  return params.size === 0 ? '' : `?${params.toString()}`
}

const giveAuthority = 'give the file with its certificate by --ca or FOGBELL_CA'

const words: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  EPIPE: 'the connection was closed',
  NO_HTTP: 'what it answers is not HTTP',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host name could not be resolved',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no route to that network',
  ETIMEDOUT: 'it did not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'the file changed while it was being sent',
  CERTIFICATE_DIFFERS: 'its certificate is not the one that fogbell.json names; is it another server?',
  CERT_HAS_EXPIRED: 'its certificate has expired; renew it',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; check the clocks',
  DEPTH_ZERO_SELF_SIGNED_CERT: `its certificate is self-signed; ${giveAuthority}`,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for other names; use one of them, or renew it with this one',
  SELF_SIGNED_CERT_IN_CHAIN: `its certificate's authority is unknown; ${giveAuthority}`,
  UNABLE_TO_GET_ISSUER_CERT: `its certificate's authority is unknown; ${giveAuthority}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `its certificate's authority is unknown; ${giveAuthority}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `its certificate's authority is unknown; ${giveAuthority}`,
}

const tlsOnly = 'it answers with TLS only; write https:// instead of http://'

const codeOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  // Its codes differ between releases of Node.
  if (cause instanceof Error && cause.name === 'HTTPParserError') return 'NO_HTTP'
  return cause instanceof Error && 'code' in cause ? String(cause.code) : ''
}

/** What a TLS port makes of plain HTTP: it closes the connection, or answers with an alert, which is no HTTP. */
const mayBeTls = (error: unknown): boolean => {
  const code = codeOf(error)
  return words[code] === words['ECONNRESET'] || code === 'NO_HTTP'
}

const whyUnreachable = (error: unknown): string => {
  if (error instanceof Error && error.name === 'TimeoutError') return `it did not answer within ${answerLimit / 1000} s`
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = codeOf(error)
  // What comes is no TLS: mostly a plain port, whatever it speaks.
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return 'it does not answer with TLS; for a plain port write http:// instead of https://'
  return words[code] ?? (cause instanceof Error ? cause.message : String(cause))
}

/** Plain HTTP on a TLS port: what the port does with it does not say so, a handshake does. */
const isTlsOnly = async (url: string): Promise<boolean> => url.startsWith('http:') && (await speaksTls(url))

const unreachable = (url: string, cause: unknown, why: string = whyUnreachable(cause)): OtaError =>
  new OtaError('OTA_UNREACHABLE', `the server at ${url} cannot be reached: ${why}`, { cause })

const refusal = async (server: string, url: string, response: Response): Promise<OtaError> => {
  const text = await response.text().catch(() => '')
  try {
    const problem = readProblem(JSON.parse(text), response.status)
    if (problem !== undefined) return problemError(problem)
  } catch {
    // Not JSON, so not an answer of this server: see below.
  }
  // Some servers answer so on their TLS port.
  if (response.status === 400 && (await isTlsOnly(server))) return unreachable(server, null, tlsOnly)
  return new OtaError(
    'OTA_INTERNAL',
    `${url} answered ${response.status} ${response.statusText}, but not as Fogbell does; is it another server?`,
  )
}

const readJson = async <T>(url: string, response: Response): Promise<T> => {
  const text = await response.text().catch((cause: unknown) => {
    throw unreachable(url, cause)
  })
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new OtaError('OTA_INTERNAL', `${url} did not answer with JSON; is it another server?`, { cause })
  }
}

const headersOf = (server: ServerLocation, sent: Sent): Record<string, string> => ({
  accept: 'application/json',
  ...(server.token === undefined ? {} : { authorization: `Bearer ${server.token}` }),
  ...sent.headers,
})

/** Loaded only where it is needed. */
const overTls = async (trust: Trust, url: string, init: TrustedInit): Promise<Response> =>
  await (await import('./trusted-fetch.ts')).trustedFetch(trust, url, init)

/** One request, up to the headers of its answer; throws if it is refused or the server cannot be reached. */
const ask = async (
  options: LocationOptions,
  io: Io,
  method: string,
  path: string,
  sent: Sent,
): Promise<{ url: string; response: Response }> => {
  const server = await findServer(options, io)
  const url = `${server.url}/api/v1${path}${queryText(sent.query ?? {})}`
  const init = {
    method,
    headers: headersOf(server, sent),
    redirect: 'error' as const,
    ...(sent.signal === undefined ? {} : { signal: sent.signal }),
    ...(sent.body === undefined ? {} : { body: sent.body, duplex: 'half' as const }),
  }
  const asked = server.trust === undefined || !url.startsWith('https:') ? io.fetch(url, init) : overTls(server.trust, url, init)
  const response = await asked.catch(async (cause: unknown) => {
    throw mayBeTls(cause) && (await isTlsOnly(server.url)) ? unreachable(server.url, cause, tlsOnly) : unreachable(server.url, cause)
  })
  if (!response.ok) throw await refusal(server.url, url, response)
  return { url, response }
}

async function* fileChunks(path: string, sent: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let gone = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    yield chunk
    gone += chunk.length
    sent(gone)
  }
}

const askingOf = ({ limitMs = answerLimit, language }: Asking): Pick<Sent, 'signal' | 'headers'> => ({
  signal: AbortSignal.timeout(limitMs),
  ...(language !== undefined && { headers: { 'accept-language': language } }),
})

/** A client for the server that the options, the environment or the data directory name. */
export const createApiClient = (options: LocationOptions, io: Io): ApiClient => {
  const json = async <T>(method: string, path: string, sent: Sent): Promise<T> => {
    const { url, response } = await ask(options, io, method, path, sent)
    return await readJson<T>(url, response)
  }
  const get = <T>(path: string, query: Query = {}, asking: Asking = {}): Promise<T> => json<T>('GET', path, { query, ...askingOf(asking) })

  const bodied = (body: Uint8Array<ArrayBuffer> | string, type: string): Sent => ({
    body,
    headers: { 'content-type': type },
    signal: AbortSignal.timeout(answerLimit),
  })

  async function* pages<T>(path: string, query: Query = {}): AsyncGenerator<readonly T[]> {
    let after: string | null | undefined
    do {
      const page = await get<{ items: readonly T[]; next?: string | null }>(path, { limit: '1000', ...query, after: after ?? undefined })
      yield page.items
      after = page.next
    } while (after !== null && after !== undefined)
  }

  return {
    get,
    pages,
    place: async () => (await findServer(options, io)).url,
    async send<T>(method: string, path: string, body?: object, query: Query = {}, asking: Asking = {}): Promise<T> {
      const { signal, headers } = askingOf(asking)
      const sent = body === undefined ? {} : bodied(JSON.stringify(body), 'application/json')
      const all = { ...sent, query, headers: { ...sent.headers, ...headers }, ...(signal !== undefined && { signal }) }
      const { url, response } = await ask(options, io, method, path, all)
      return response.status === 204 ? (undefined as T) : await readJson<T>(url, response)
    },
    text: (path, type, body) => json('POST', path, bodied(body, type)),
    upload: (path, query, file, sent) =>
      json('PUT', path, {
        query,
        body: fileChunks(file.path, sent),
        headers: { 'content-type': 'application/octet-stream', 'content-length': String(file.size) },
      }),
    async bytes(path, query = {}) {
      const { url, response } = await ask(options, io, 'GET', path, { query })
      if (response.body === null) throw new OtaError('OTA_INTERNAL', `${url} did not answer with a body; is it another server?`)
      return response.body
    },
    async events(query, lastId, signal) {
      const headers = { accept: 'text/event-stream', ...(lastId === null ? {} : { 'last-event-id': lastId }) }
      const { url, response } = await ask(options, io, 'GET', '/events', { query, headers, signal })
      if (response.headers.get('content-type')?.startsWith('text/event-stream') === true) return response
      await response.body?.cancel()
      throw new OtaError('OTA_INTERNAL', `${url} did not answer with a stream of events; is it another server?`)
    },
  }
}
