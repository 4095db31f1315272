// Who makes a request: by the token in its header (RFC 6750 §2.1), or by the cookie of a session. What changes something by a cookie must come
// from a page of this server. Knows no route.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { OtaError } from '../errors.ts'
import type { Actor, Caller, Gatekeeper } from '../ota/ports/access.ts'
import { sentence } from '../sentences/sentence.ts'
import type { ClientOrigin } from './proxies.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who makes it; null on routes that nobody need be known for. */
    caller: Caller | null
    /** The address it came from. */
    from: string
    isTls: boolean
  }
}

const mostCookies = 10

/** Cookies know no ports: several servers on one machine must not share one. */
const cookieName = ({ socket }: IncomingMessage): string => `fogbell_${socket.localPort ?? 0}`

/** There may be several: other servers of this host may have set one of the same name, for a part of the paths. */
const cookiesOf = (request: IncomingMessage): readonly string[] => {
  const name = cookieName(request)
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('=', 2))
  return pairs.flatMap(([key, value = '']) => (key === name && value !== '' ? [value] : [])).slice(0, mostCookies)
}

/** `seconds` 0: the browser forgets it. */
export const cookieText = (request: IncomingMessage, isTls: boolean, secret: string, seconds: number): string =>
  `${cookieName(request)}=${secret}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${seconds}${isTls ? '; Secure' : ''}`

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null)

/** Without a port that is the scheme's own, which browsers leave out. */
const plainHost = (host: string, origin: string): string =>
  URL.canParse(`${origin.split(':', 1)[0]}://${host}`) ? new URL(`${origin.split(':', 1)[0]}://${host}`).host : host

const ownSites = new Set([undefined, 'same-origin', 'none'])

/** Whoever is between browser and server may write pages of `http:`, not of `https:`. */
const isOwnOrigin = (origin: string, host: string, isTls: boolean): boolean =>
  hostOf(origin) === plainHost(host, origin) && !(isTls && /^http:/i.test(origin))

/** OTA_FORBIDDEN for what a page of another server makes a browser send. A program that is no browser sends no Origin. */
export const checkOrigin = (
  { origin, host = '', 'sec-fetch-site': site }: IncomingHttpHeaders,
  { isTls, mustHave }: { readonly isTls: boolean; readonly mustHave: boolean },
): void => {
  if (origin === undefined && mustHave) throw new OtaError('OTA_FORBIDDEN', sentence('origin_missing'))
  const isOwn = origin === undefined || isOwnOrigin(origin, host, isTls)
  if (!isOwn || !ownSites.has(Array.isArray(site) ? site.join() : site))
    throw new OtaError('OTA_FORBIDDEN', sentence('origin_foreign', { origin: origin ?? String(site), host }))
}

export const isWrite = ({ method }: { readonly method?: string | undefined }): boolean => method !== 'GET' && method !== 'HEAD'

/** By the first one that is a session. */
const bySession = (gate: Gatekeeper, cookies: readonly string[]): Caller | null => {
  for (const cookie of cookies) {
    const caller = gate.bySession(cookie)
    if (caller !== null) return caller
  }
  return null
}

/** The caller, or OTA_UNAUTHORIZED. A header counts more than a cookie. */
export const callerOf = (gate: Gatekeeper, request: IncomingMessage, { address, isTls }: ClientOrigin): Caller => {
  const { authorization } = request.headers
  const cookies = authorization === undefined ? cookiesOf(request) : []
  if (cookies.length > 0) {
    const caller = bySession(gate, cookies)
    if (caller === null) throw new OtaError('OTA_UNAUTHORIZED', sentence('session_ended'))
    checkOrigin(request.headers, { isTls, mustHave: isWrite(request) })
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
