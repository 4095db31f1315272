// The identity that a CONNECT claims (protocol.md §6). Pure: reads names, checks no password.

import { type DeviceKey, deviceKey } from '../../ota/model.ts'
import { nameFault } from '../../ota/names.ts'
import { say } from '../../sentences/sentence.ts'

export interface DeviceIdentity {
  readonly kind: 'device'
  readonly key: DeviceKey
  readonly product: string
  readonly name: string
  /** The client id without `|…|`: the part that the device signs. */
  readonly clientId: string
  /** As in the client id, in lower case. */
  readonly signMethod: string
}

export type Identity = DeviceIdentity | { readonly kind: 'user'; readonly name: string } | { readonly kind: 'anonymous' }

/** The device that it is. */
export const identityDevice = (identity: Identity | null): DeviceKey | null => (identity?.kind === 'device' ? identity.key : null)

/** Why a CONNECT is refused: the CONNACK's code [MQTT 3.1.1 table 3.1], one word for the metrics, and a text for the log. */
export interface Refusal {
  readonly code: 2 | 3 | 4 | 5
  readonly reason: string
  readonly text: string
}

export const isRefusal = (value: object): value is Refusal => 'reason' in value

const defaultMethod = 'hmacsha1'

/** `${client_id}|signmethod=${m},authType=${t}|`; the client_id may contain `|` itself. Without such an end all of it is the client_id. */
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
    return { code: 4, reason: 'unknown_user', text: `there is no user ${JSON.stringify(username)}; devices send deviceName&productKey` }
  }
  // `a&b&c` could be device a of b&c or a&b of c, so it is refused.
  if (parts.length > 2)
    return badName(`the username ${JSON.stringify(username)} contains more than one "&"; names of devices and products must not contain it`)
  const fault = nameFault(product, name)
  if (fault !== null) return badName(`the username ${JSON.stringify(username)}: ${say(fault)}`)
  return { kind: 'device', key: deviceKey(product, name), product, name, ...parseClientId(clientId) }
}

/** A client with the exact name of a user in the settings is that user; any other with a username is a device, or refused. */
export const identify = (clientId: string, username: string | undefined, isUser: (name: string) => boolean): Identity | Refusal => {
  if (username === undefined || username === '') return { kind: 'anonymous' }
  return isUser(username) ? { kind: 'user', name: username } : identifyDevice(clientId, username)
}

/** The identity as the owner of sessions and retained messages. */
export const ownerName = (identity: Identity): string => {
  if (identity.kind === 'anonymous') return 'anonymous'
  return identity.kind === 'device' ? `device/${identity.key}` : `user/${encodeURIComponent(identity.name)}`
}

/**
 * The session's name: the identity and the client id. Two identities never share a session, so none can take over another's session with
 * its client id. Empty if the client sent none: the engine generates one.
 */
export const sessionId = (identity: Identity, clientId: string): string => (clientId === '' ? '' : `${ownerName(identity)}/${clientId}`)
