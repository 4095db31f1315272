// Who a CONNECT says it is (protocol.md §6), before anything is proved. Pure: reads names, checks no password.

import { type DeviceKey, deviceKey } from '../../ota/model.ts'
import { nameFault } from '../../ota/names.ts'

export interface DeviceIdentity {
  readonly kind: 'device'
  readonly key: DeviceKey
  readonly product: string
  readonly name: string
  /** The client id's own part, without `|…|`: what the device signs. */
  readonly clientId: string
  /** As the client id names it, in lower case. */
  readonly signMethod: string
}

export type Identity = DeviceIdentity | { readonly kind: 'user'; readonly name: string } | { readonly kind: 'anonymous' }

/** Why a CONNECT is refused: the CONNACK's code [MQTT 3.1.1 table 3.1], one word for the meter, and words for people. */
export interface Refusal {
  readonly code: 2 | 3 | 4 | 5
  readonly reason: string
  readonly text: string
}

export const isRefusal = (value: object): value is Refusal => 'reason' in value

const defaultMethod = 'hmacsha1'

/** `${client_id}|signmethod=${m},authType=${t}|`; the client_id may hold `|` itself. Without such an end the whole is the client_id. */
export const parseClientId = (text: string): { readonly clientId: string; readonly signMethod: string } => {
  const bar = text.endsWith('|') ? text.lastIndexOf('|', text.length - 2) : -1
  const pairs =
    bar < 0
      ? []
      : text
          .slice(bar + 1, -1)
          .split(',')
          .map((pair) => pair.split('='))
  if (pairs.length === 0 || pairs.some((pair) => pair.length !== 2)) return { clientId: text, signMethod: defaultMethod }
  const method = pairs
    .find(([name]) => name?.trim().toLowerCase() === 'signmethod')?.[1]
    ?.trim()
    .toLowerCase()
  return { clientId: text.slice(0, bar), signMethod: method ?? defaultMethod }
}

const badName = (text: string): Refusal => ({ code: 4, reason: 'bad_name', text })

const identifyDevice = (clientId: string, username: string): Identity | Refusal => {
  const parts = username.split('&')
  const [name, product] = parts
  if (name === undefined || product === undefined) {
    return { code: 4, reason: 'unknown_user', text: `there is no user ${JSON.stringify(username)}; devices say deviceName&productKey` }
  }
  // `a&b&c` could be device a of b&c or a&b of c: refused rather than mixed up.
  if (parts.length > 2)
    return badName(`the username ${JSON.stringify(username)} holds more than one "&": names of devices and products may hold none`)
  const fault = nameFault(product, name)
  if (fault !== null) return badName(`the username ${JSON.stringify(username)}: ${fault}`)
  return { kind: 'device', key: deviceKey(product, name), product, name, ...parseClientId(clientId) }
}

/** A user of the settings is one by its exact name; anybody else with a username is a device, or refused. */
export const identify = (clientId: string, username: string | undefined, isUser: (name: string) => boolean): Identity | Refusal => {
  if (username === undefined || username === '') return { kind: 'anonymous' }
  return isUser(username) ? { kind: 'user', name: username } : identifyDevice(clientId, username)
}

/**
 * The name of the session: the identity's own and the client id. Two identities never share a session, so that none can take
 * over another's by its client id. Empty where the client gave none: the engine makes one up.
 */
export const sessionId = (identity: Identity, clientId: string): string => {
  if (clientId === '') return ''
  if (identity.kind === 'anonymous') return `anonymous/${clientId}`
  return identity.kind === 'device' ? `device/${identity.key}/${clientId}` : `user/${encodeURIComponent(identity.name)}/${clientId}`
}
