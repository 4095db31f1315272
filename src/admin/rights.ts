// The one table of rights: what role each route needs at least. A route without a row is refused when it is added. Knows no handler.

import { OtaError } from '../errors.ts'
import type { Caller } from '../ota/ports/access.ts'
import { type PersonRole, reaches } from '../roles.ts'
import { sentence } from '../sentences/sentence.ts'

/** Which persons may do what a station's own token may do too, where it is about that station. */
const ownRights = { 'own or viewer': 'viewer', 'own or operator': 'operator' } as const
type OwnRight = keyof typeof ownRights

/**
 * `open`: nobody need be known. `known`: every role, stations too. `own or …`: that role, and the token of a station for what is its own:
 * the handler asks `mustBeOfStation`.
 */
export type Right = 'open' | 'known' | PersonRole | OwnRight

/** The role that a person needs for it; null: none. */
export const personRoleFor = (right: Right): PersonRole | null => {
  if (right === 'open' || right === 'known') return null
  return right === 'own or viewer' || right === 'own or operator' ? ownRights[right] : right
}

const isOwn = (right: Right): right is OwnRight => Object.hasOwn(ownRights, right)

const at = (path: string, methods: Readonly<Record<string, Right>>): readonly (readonly [string, Right])[] =>
  Object.entries(methods).map(([method, right]) => [`${method} ${path}`, right] as const)

const api = (path: string, methods: Readonly<Record<string, Right>>) => at(`/api/v1${path}`, methods)

const rights: ReadonlyMap<string, Right> = new Map([
  ...at('/healthz', { GET: 'open' }),
  ...at('/readyz', { GET: 'open' }),
  ...at('/metrics', { GET: 'viewer' }),
  ...api('/openapi.json', { GET: 'viewer' }),
  ...api('/whoami', { GET: 'known' }),
  // A station's token begins no session.
  ...api('/session', { POST: 'open', DELETE: 'viewer' }),
  ...api('/session/code', { POST: 'viewer' }),
  ...api('/sessions', { DELETE: 'viewer' }),
  ...api('/tokens', { GET: 'admin', POST: 'admin' }),
  ...api('/tokens/:name', { DELETE: 'admin' }),
  ...api('/token/rotate', { POST: 'admin' }),
  ...api('/users', { GET: 'admin', POST: 'admin' }),
  ...api('/users/:name', { PATCH: 'admin', DELETE: 'admin' }),
  ...api('/users/:name/sessions', { DELETE: 'admin' }),
  // Everybody may change the own one: the handler asks.
  ...api('/users/:name/password', { PUT: 'viewer' }),
  ...api('/webhooks', { GET: 'admin', POST: 'admin' }),
  ...api('/webhooks/:name', { GET: 'admin', PATCH: 'admin', DELETE: 'admin' }),
  ...api('/webhooks/:name/test', { POST: 'admin' }),
  ...api('/webhooks/:name/retry', { POST: 'admin' }),
  ...api('/audit', { GET: 'admin' }),
  ...api('/audit/verify', { GET: 'admin' }),
  ...api('/backup', { GET: 'admin' }),
  ...api('/doctor', { GET: 'viewer' }),
  ...api('/overview', { GET: 'viewer' }),
  ...api('/server', { GET: 'viewer' }),
  ...api('/listeners', { GET: 'viewer' }),
  ...api('/settings', { GET: 'viewer' }),
  // Raw messages are in it for operators only, and a station gets its own: the handler asks.
  ...api('/events', { GET: 'own or viewer' }),
  ...api('/connections/refused', { GET: 'viewer' }),
  ...api('/connections/refused/groups', { GET: 'viewer' }),
  ...api('/firmware', { GET: 'viewer', PUT: 'operator' }),
  ...api('/firmware/:id', { GET: 'viewer', DELETE: 'operator' }),
  ...api('/devices', { GET: 'viewer' }),
  ...api('/devices/import', { POST: 'admin' }),
  // A device's secret needs an admin: the handler asks. PUT replaces the secret too.
  ...api('/devices/:product/:name', { GET: 'viewer', PUT: 'admin', PATCH: 'operator', DELETE: 'admin' }),
  ...api('/devices/:product/:name/credential', { DELETE: 'admin' }),
  ...api('/devices/:product/:name/why', { GET: 'viewer' }),
  ...api('/devices/:product/:name/history', { GET: 'viewer' }),
  ...api('/devices/:product/:name/timeline', { GET: 'viewer' }),
  ...api('/campaigns', { GET: 'viewer', POST: 'operator' }),
  ...api('/campaigns/:id', { GET: 'viewer', PATCH: 'operator', DELETE: 'operator' }),
  ...['start', 'pause', 'resume', 'cancel', 'retry', 'next'].flatMap((step) => api(`/campaigns/:id/${step}`, { POST: 'operator' })),
  ...api('/tasks', { GET: 'viewer' }),
  ...api('/tasks/:id', { GET: 'viewer' }),
  ...api('/tasks/:id/cancel', { POST: 'operator' }),
  ...api('/tasks/:id/push', { POST: 'operator' }),
  ...api('/procedures', { GET: 'viewer' }),
  ...api('/procedures/:id', { GET: 'viewer', PUT: 'admin' }),
  ...api('/procedures/:id/release', { POST: 'admin' }),
  ...api('/stations', { GET: 'viewer' }),
  ...api('/stations/:id', { GET: 'own or viewer', PUT: 'admin', DELETE: 'admin' }),
  ...api('/stations/:id/token', { POST: 'admin' }),
  ...api('/stations/:id/unblock', { POST: 'admin' }),
  ...api('/stations/:id/scan', { POST: 'own or operator' }),
  ...api('/runs', { GET: 'viewer' }),
  ...api('/runs/export', { GET: 'viewer' }),
  ...api('/runs/:id', { GET: 'own or viewer' }),
  ...['abort', 'acknowledge', 'measurements', 'finish'].flatMap((step) => api(`/runs/:id/${step}`, { POST: 'own or operator' })),
  ...api('/units/:product/:serial', { GET: 'viewer' }),
  ...api('/units/:product/:serial/release', { POST: 'operator' }),
  ...api('/units/:product/:serial/rebind', { POST: 'admin' }),
  ...api('/units/:product/:serial/label', { POST: 'operator' }),
  ...api('/yield', { GET: 'viewer' }),
])

/** The web page: what is not the API. Anybody may read it. */
const isPage = (method: string, url: string): boolean => method === 'GET' && /^\/(?!api(?:\/|$)|metrics$|healthz$|readyz$)/.test(url)

/** `url`: as the route has it, with `:name` for its parameters. HEAD is as GET. */
export const rightOf = (method: string, url: string): Right | undefined => {
  const asked = method === 'HEAD' ? 'GET' : method
  return rights.get(`${asked} ${url}`) ?? (isPage(asked, url) ? 'open' : undefined)
}

/** Throws OTA_FORBIDDEN, with the role that would be allowed, unless the caller has it or a higher one. */
export const mustReach = (caller: Caller, needed: PersonRole, said: 'role_needed' | 'role_needed_for_secrets' = 'role_needed'): void => {
  const { name, role } = caller
  if (!reaches(role, needed)) throw new OtaError('OTA_FORBIDDEN', sentence(said, { name, role, needed }))
}

/** OTA_FORBIDDEN unless the caller's role allows it. Of a station's own, whose it is is asked later. */
export const mustMeet = (caller: Caller, right: Right): void => {
  const needed = personRoleFor(right)
  if (needed === null || (isOwn(right) && caller.role === 'station')) return
  mustReach(caller, needed)
}

/** OTA_FORBIDDEN unless the caller is that station, or has that role. */
export const mustBeOfStation = (caller: Caller, station: string, needed: PersonRole): void => {
  if (caller.role !== 'station' || caller.station !== station) mustReach(caller, needed)
}
