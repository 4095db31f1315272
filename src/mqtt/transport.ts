// What the server says to a device (protocol.md §3): written straight to the device's own connection, never through the
// engine's sessions, so that nothing of it is ever left in a queue. Operators see a copy at QoS 0. Knows no payload's meaning.

import type { Log } from '../log.ts'
import type { DeviceKey } from '../ota/model.ts'
import type { Transport } from '../ota/ports/mqtt.ts'
import { type Client, endClient, isLive } from './client.ts'
import type { DeviceClients } from './device-clients.ts'
import type { Session } from './sessions/session.ts'
import { encodePublish } from './wire/writer.ts'

/** A device that does not read is no device that downQos: what waits in its socket is bounded. */
const maxBacklogBytes = 256 * 1024

export interface TransportDeps {
  readonly deviceClients: () => DeviceClients | undefined
  /** Shows the message at QoS 0 to those who are subscribed to it beside the device itself; their rights keep it from other devices. */
  readonly show: (topic: string, payload: Buffer, device: Session | null) => void
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
      if (client.waiting() > maxBacklogBytes) {
        deps.log.warn({ device, bytes: client.waiting() }, 'the device does not read what it is sent; not pushed')
        return false
      }
      const topic = client.topics.down[channel]
      const payload = Buffer.from(text)
      client.write(encodePublish({ topic, payload, qos, retain: false, dup: false, id: qos === 0 ? 0 : client.nextMessageId() }))
      deps.show(topic, payload, client.session)
      return true
    },
    host: (device) => liveClient(device)?.host || null,
    close(device, why) {
      const client = clientOf(device)
      if (client === undefined) return
      deps.log.info({ device, remote: client.remote, why }, 'closing the connection of a device')
      endClient(client, 'operator')
    },
  }
}
