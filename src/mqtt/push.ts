// What the server says to a device (protocol.md §3): written straight to the device's own connection, never through the
// engine's sessions, so that nothing of it is ever left in a queue. Operators see a copy at QoS 0. Knows no payload's meaning.

import type { Log } from '../log.ts'
import type { DeviceKey } from '../ota/model.ts'
import type { Transport } from '../ota/ports/mqtt.ts'
import { endLink, isLive, type Link } from './link.ts'
import type { Presence } from './presence.ts'
import type { Session } from './sessions/session.ts'
import { encodePublish } from './wire/writer.ts'

/** A device that does not read is no device that hears: what waits in its socket is bounded. */
const maxBacklogBytes = 256 * 1024

export interface PushDeps {
  readonly presence: () => Presence | undefined
  /** Shows the message at QoS 0 to those who are subscribed to it beside the device itself; their rights keep it from other devices. */
  readonly show: (topic: string, payload: Buffer, device: Session | null) => void
  readonly log: Log
}

export const createTransport = (deps: PushDeps): Transport => {
  const linkOf = (device: DeviceKey): Link | undefined => deps.presence()?.of(device)
  const liveLink = (device: DeviceKey): Link | undefined => {
    const link = linkOf(device)
    return link !== undefined && isLive(link) ? link : undefined
  }
  return {
    send(device, { channel, text }) {
      const link = liveLink(device)
      if (link === undefined || link.downTopics === null) return false
      const qos = link.hears[channel]
      if (qos === null) return false
      if (link.waiting() > maxBacklogBytes) {
        deps.log.warn({ device, bytes: link.waiting() }, 'the device does not read what it is sent; not pushed')
        return false
      }
      const topic = link.downTopics[channel]
      const payload = Buffer.from(text)
      link.write(encodePublish({ topic, payload, qos, retain: false, dup: false, id: qos === 0 ? 0 : link.nextMessageId() }))
      deps.show(topic, payload, link.session)
      return true
    },
    host: (device) => liveLink(device)?.host || null,
    close(device, why) {
      const link = linkOf(device)
      if (link === undefined) return
      deps.log.info({ device, remote: link.remote, why }, 'closing the connection of a device')
      endLink(link, 'operator')
    },
  }
}
