// Reports refusals, denials and ends of connections: to the log, the metrics, and watchers of the device. Decides nothing.

import type { Log } from '../log.ts'
import type { DeviceKey } from '../ota/model.ts'
import type { Registry } from '../ota/ports/mqtt.ts'
import type { Events, Meter } from '../ota/ports/observers.ts'
import { type Client, deviceOf } from './client.ts'
import type { Identity, Refusal } from './entry/identity.ts'

export interface NoticeDeps {
  readonly log: Log
  readonly meter: Meter
  readonly events: Events
  readonly registry: Pick<Registry, 'noteConnection'>
}

export interface Notices {
  /** A CONNECT that is answered with a refusal. */
  refused(identity: Identity | null, remote: string, refusal: Refusal): void
  /** A connection that ended before CONNECT, or for a violation of the protocol. */
  broken(reason: string, remote: string, text: string): void
  /** A PUBLISH that was acknowledged and dropped, or a will that was removed. */
  publishDenied(client: Client, topic: string, reason: string): void
  subscribeDenied(client: Client, filter: string): void
  /** An admitted connection ended. */
  ended(client: Client, why: string): void
  /** A client that does not read what it is sent. */
  tooSlow(client: Client | undefined, remote: string, waiting: number): void
  /** A message of a device that is not an OTA report. */
  passed(client: Client, topic: string, payload: string | Buffer): void
}

/** Reasons of ordinary ends, which are not shown to watchers. */
const orderly: ReadonlySet<string> = new Set(['disconnect', 'closed_by_client', 'taken_over', 'server_stop'])

const watchedBytes = 4096

export const nameOf = (identity: Identity | null): string =>
  identity === null
    ? 'unknown'
    : identity.kind === 'device'
      ? identity.key
      : identity.kind === 'user'
        ? `user ${identity.name}`
        : 'anonymous'

export const createNotices = ({ log, meter, events, registry }: NoticeDeps): Notices => {
  const showWatchers = (device: DeviceKey | null, direction: 'up' | 'refused', text: () => string): void => {
    if (device !== null && events.watches(device)) events.emit({ type: 'message', device, direction, text: text() })
  }
  // A client may repeat it endlessly: one warning for each connection and reason, the rest at debug level.
  const warnOnce = (client: Client, reason: string, fields: object, message: string): void => {
    log[client.warned.has(reason) ? 'debug' : 'warn'](
      { client: nameOf(client.identity), remote: client.remote, reason, ...fields },
      message,
    )
    client.warned.add(reason)
  }
  return {
    refused(identity, remote, { code, reason, text }) {
      meter.count('refused', reason)
      log.warn({ client: nameOf(identity), remote, reason, code }, `refused a connection: ${text}`)
      if (identity?.kind !== 'device') return
      registry.noteConnection(identity.key, 'refused', reason)
      showWatchers(identity.key, 'refused', () => `CONNECT from ${remote}: ${text}`)
    },
    ended(client, why) {
      meter.count('disconnects', why)
      log.debug({ client: nameOf(client.identity), remote: client.remote, reason: why }, 'disconnected')
      const device = deviceOf(client)
      if (device === null) return
      registry.noteConnection(device, 'disconnected', why)
      if (!orderly.has(why)) showWatchers(device, 'refused', () => `disconnected: ${why.replaceAll('_', ' ')}`)
    },
    tooSlow(client, remote, waiting) {
      const name = nameOf(client?.identity ?? null)
      log.warn({ client: name, remote, bytes: waiting }, 'closed the connection of a client that does not read what it is sent')
    },
    broken(reason, remote, text) {
      meter.count('refused', reason)
      log.warn({ remote, reason }, text)
    },
    publishDenied(client, topic, reason) {
      meter.count('publish_denied', reason)
      warnOnce(client, reason, { topic }, 'acknowledged and dropped a message that the client may not publish')
      showWatchers(deviceOf(client), 'refused', () => `PUBLISH ${topic}: ${reason}`)
    },
    subscribeDenied(client, filter) {
      meter.count('subscribe_denied', client.identity.kind)
      warnOnce(client, 'subscribe', { filter }, 'refused a subscription')
      showWatchers(deviceOf(client), 'refused', () => `SUBSCRIBE ${filter}`)
    },
    passed(client, topic, payload) {
      showWatchers(deviceOf(client), 'up', () => `${topic} ${payload.slice(0, watchedBytes).toString()}`)
    },
  }
}
