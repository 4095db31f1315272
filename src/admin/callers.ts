// Who makes a request: by the token in its header (RFC 6750 §2.1), or by the cookie of a session. What changes something by a cookie must come
// from a page of this server. Knows no route.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { OtaError } from '../errors.ts'
import type { Actor, Caller, Gatekeeper } from '../ota/ports/access.ts'
import { sentence } from '../sentences/sentence.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who makes it; null on routes that nobody need be known for. */
    caller: Caller | null
    /** The address it came from. */
    from: string
    isTls: boolean
  }
}

/** Cookies know no ports: several servers on one machine must not share one. */
const cookieName = ({ socket }: IncomingMessage): string => `fogbell_${socket.localPort ?? 0}`

const cookieOf = (request: IncomingMessage): string | undefined => {
  const name = cookieName(request)
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = pair.trim().split('=', 2)
    if (key === name && value !== undefined && value !== '') return value
  }
  return undefined
}

/** `seconds` 0: the browser forgets it. */
export const cookieText = (request: IncomingMessage, isTls: boolean, secret: string, seconds: number): string =>
  `${cookieName(request)}=${secret}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${seconds}${isTls ? '; Secure' : ''}`

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null)

/** Without a port that is the scheme's own, which browsers leave out. */
const plainHost = (host: string, origin: string): string =>
  URL.canParse(`${origin.split(':', 1)[0]}://${host}`) ? new URL(`${origin.split(':', 1)[0]}://${host}`).host : host

const ownSites = new Set([undefined, 'same-origin', 'none'])

/** OTA_FORBIDDEN for what a page of another server makes a browser send. A program that is no browser sends no Origin. */
export const checkOrigin = ({ origin, host = '', 'sec-fetch-site': site }: IncomingHttpHeaders, mustHave: boolean): void => {
  if (origin === undefined && mustHave) throw new OtaError('OTA_FORBIDDEN', sentence('origin_missing'))
  const isOwn = origin === undefined || hostOf(origin) === plainHost(host, origin)
  if (!isOwn || !ownSites.has(Array.isArray(site) ? site.join() : site))
    throw new OtaError('OTA_FORBIDDEN', sentence('origin_foreign', { origin: origin ?? String(site), host }))
}

/** The caller, or OTA_UNAUTHORIZED. A header counts more than a cookie. */
export const callerOf = (gate: Gatekeeper, request: IncomingMessage, address: string): Caller => {
  const { authorization } = request.headers
  const cookie = authorization === undefined ? cookieOf(request) : undefined
  if (cookie !== undefined) {
    const caller = gate.bySession(cookie)
    if (caller === null) throw new OtaError('OTA_UNAUTHORIZED', sentence('session_ended'))
    if (request.method !== 'GET' && request.method !== 'HEAD') checkOrigin(request.headers, true)
    return caller
  }
  const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) throw new OtaError('OTA_UNAUTHORIZED', sentence('token_missing'))
  const caller = gate.byToken(token, address)
  if (caller === null) throw new OtaError('OTA_UNAUTHORIZED', sentence('token_wrong'))
  return caller
}

/** Of a request on a route that needs one. */
export const actorOf = ({ caller, from }: { readonly caller: Caller | null; readonly from: string }): Actor => {
  if (caller === null) throw new OtaError('OTA_UNAUTHORIZED', sentence('token_missing'))
  return { caller, address: from }
}
