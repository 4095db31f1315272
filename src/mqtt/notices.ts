// Reports refusals, denials and ends of connections: to the log, the metrics, and watchers of the device. Decides nothing.

import { networkOf } from '../address-network.ts'
import type { Log } from '../log.ts'
import { type DeviceKey, deviceKey } from '../ota/model.ts'
import { parseDeviceKey } from '../ota/names.ts'
import type { Registry } from '../ota/ports/mqtt.ts'
import type { Events, Meter } from '../ota/ports/observers.ts'
import { connectionSentence } from '../ota/rules/connection-sentence.ts'
import { refusedMessage } from '../ota/rules/refused-message.ts'
import { owned } from '../owned.ts'
import { createRate } from '../rate.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import { type Client, deviceOf } from './client.ts'
import { type Identity, identityDevice, type Refusal } from './entry/identity.ts'
import { addressOf } from './listen/address.ts'
import type { CertificateFault } from './listen/peer.ts'
import type { Claimed, WireFault } from './wire/packets.ts'

export interface NoticeDeps {
  readonly log: Log
  readonly meter: Meter
  readonly events: Events
  readonly registry: Pick<Registry, 'noteConnection' | 'connectRefused'>
  readonly now: () => number
}

export interface Notices {
  /** A CONNECT that is answered with a refusal. */
  refused(identity: Identity | null, remote: string, refusal: Refusal, claimed: Claimed): void
  /** A client whose certificate does not count, so that it could send no CONNECT; `name`: the certificate's, which nobody has verified. */
  unverified(reason: CertificateFault, remote: string, name: string): void
  /** A connection that ended before CONNECT, or for a violation of the protocol. */
  broken(reason: string, remote: string, text: string): void
  /** A CONNECT of a version of MQTT that is not supported: refused before it is read as one. */
  unsupported(identity: Identity | null, remote: string, fault: Pick<WireFault, 'reason' | 'text'>, claimed: Claimed): void
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

const claimedChars = 256
const cutClaim = ({ clientId, user }: Claimed): Claimed => ({
  clientId: clientId === null ? null : owned(clientId.slice(0, claimedChars)),
  user: user === null ? null : owned(user.slice(0, claimedChars)),
})

const nobody: Claimed = { clientId: null, user: null }

const certificateTexts: Readonly<Record<CertificateFault, string>> = {
  certificate_missing: 'it showed no certificate, which the listener demands (requestCert)',
  certificate_expired: 'its certificate has expired',
  certificate_not_valid_yet: 'its certificate is not valid yet; the clock of the server or of who signed it is wrong',
  certificate_untrusted: 'its certificate is not signed by an authority in the listener\'s "ca"',
}

export const nameOf = (identity: Identity | null): string =>
  identity === null
    ? 'unknown'
    : identity.kind === 'device'
      ? identity.key
      : identity.kind === 'user'
        ? `user ${identity.name}`
        : 'anonymous'

export const createNotices = ({ log, meter, events, registry, now }: NoticeDeps): Notices => {
  const showRefused = (device: DeviceKey | null, said: () => Sentence): void => {
    if (device !== null && events.watches(device)) events.emit(refusedMessage(device, said()))
  }
  // A client may repeat it endlessly: one warning for each connection and reason, the rest at debug level.
  const warnOnce = (client: Client, reason: string, fields: object, message: string): void => {
    log[client.warned?.has(reason) === true ? 'debug' : 'warn'](
      { client: nameOf(client.identity), remote: client.link.remote, reason, ...fields },
      message,
    )
    client.warned ??= new Set()
    client.warned.add(reason)
  }
  const mayWarn = createRate<string>(1, 1 / 60, now)
  const noteRefusal = (device: DeviceKey | null, remote: string, reason: string, claimed: Claimed): void => {
    const address = addressOf(remote)
    registry.connectRefused({ reason, device, ...cutClaim(claimed), address })
    if (device === null) return
    registry.noteConnection(device, 'refused', reason, address)
    showRefused(device, () => sentence('refused_connect', { remote, why: connectionSentence({ what: 'refused', reason }) }))
  }
  return {
    refused(identity, remote, { code, reason, text }, claimed) {
      meter.count('refused', reason)
      log.warn({ client: nameOf(identity), remote, reason, code }, `refused a connection: ${text}`)
      noteRefusal(identityDevice(identity), remote, reason, claimed)
    },
    unsupported(identity, remote, { reason, text }, claimed) {
      meter.count('refused', reason)
      // Clients that are set to MQTT 5 try again for ever.
      const level = mayWarn(networkOf(addressOf(remote))) ? 'warn' : 'debug'
      log[level]({ client: nameOf(identity), remote, reason, ...cutClaim(claimed) }, `refused a connection: ${text}`)
      noteRefusal(identityDevice(identity), remote, reason, claimed)
    },
    unverified(reason, remote, name) {
      meter.count('refused', reason)
      const parts = parseDeviceKey(name)
      const level = mayWarn(networkOf(addressOf(remote))) ? 'warn' : 'debug'
      log[level]({ remote, reason, certificate: owned(name.slice(0, claimedChars)) }, `refused a connection: ${certificateTexts[reason]}`)
      noteRefusal(parts && deviceKey(parts.product, parts.name), remote, reason, nobody)
    },
    ended(client, why) {
      meter.count('disconnects', why)
      log.debug({ client: nameOf(client.identity), remote: client.link.remote, reason: why }, 'disconnected')
      const device = deviceOf(client)
      if (device === null) return
      registry.noteConnection(device, 'disconnected', why, addressOf(client.link.remote))
      if (orderly.has(why)) return
      showRefused(device, () => sentence('connection_ended', { why: connectionSentence({ what: 'disconnected', reason: why }) }))
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
      showRefused(deviceOf(client), () => sentence('refused_publish', { topic, reason }))
    },
    subscribeDenied(client, filter) {
      meter.count('subscribe_denied', client.identity.kind)
      warnOnce(client, 'subscribe', { filter }, 'refused a subscription')
      showRefused(deviceOf(client), () => sentence('refused_subscribe', { filter }))
    },
    passed(client, topic, payload) {
      const device = deviceOf(client)
      if (device === null || !events.watches(device)) return
      events.emit({ type: 'message', device, direction: 'up', text: `${topic} ${payload.slice(0, watchedBytes).toString()}` })
    },
  }
}
