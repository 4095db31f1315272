// Messages from the server to a device (protocol.md §3): written directly to the device's connection, never through a session, so that
// none of them stays in a queue. Other subscribers get a copy at QoS 0. Does not know what payloads mean.

import type { Log } from '../log.ts'
import type { DeviceKey } from '../ota/model.ts'
import type { Transport } from '../ota/ports/mqtt.ts'
import { type Client, endClient, isLive, nextMessageId } from './client.ts'
import type { DeviceClients } from './device-clients.ts'
import type { Session } from './sessions/session.ts'
import { encodePublish } from './wire/writer.ts'

/** With more unsent bytes than this a device counts as not reading, and nothing more is pushed to it. */
const maxBacklogBytes = 256 * 1024

export interface TransportDeps {
  readonly deviceClients: () => DeviceClients | undefined
  /** Publishes a copy at QoS 0 to all subscribers except the device itself; rights keep it from other devices. */
  readonly publishCopy: (topic: string, payload: Buffer, device: Session | null) => void
  readonly log: Log
}

export const createTransport = (deps: TransportDeps): Transport => {
  const clientOf = (device: DeviceKey): Client | undefined => deps.deviceClients()?.of(device)
  const liveClient = (device: DeviceKey): Client | undefined => {
    const client = clientOf(device)
    return client !== undefined && isLive(client) ? client : undefined
  }
  return {
    send(device, { channel, text }) {
      const client = liveClient(device)
      if (client === undefined || client.topics === null) return false
      const qos = client.downQos[channel]
      if (qos === null) return false
      if (client.link.waiting > maxBacklogBytes) {
        deps.log.warn({ device, bytes: client.link.waiting }, 'the device does not read what it is sent; not pushed')
        return false
      }
      const topic = client.topics.down(channel)
      const payload = Buffer.from(text)
      client.link.write(encodePublish({ topic, payload, qos, retain: false, dup: false, id: qos === 0 ? 0 : nextMessageId(client) }))
      deps.publishCopy(topic, payload, client.session)
      return true
    },
    host: (device) => liveClient(device)?.link.host || null,
    tlsHost: (device) => liveClient(device)?.link.tlsHost || null,
    close(device, why) {
      const client = clientOf(device)
      if (client === undefined) return
      deps.log.info({ device, remote: client.link.remote, why }, 'closing the connection of a device')
      endClient(client, 'operator')
    },
  }
}
