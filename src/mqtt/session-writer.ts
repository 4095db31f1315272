// Writes a session's messages onto its client's socket: queue entries become packets. Rights are checked for each message, since they
// may have changed after the subscription.

import type { Client } from './client.ts'
import type { QueueEntry, SessionWriter } from './sessions/session.ts'
import type { ClientSocket } from './socket.ts'
import type { Traffic } from './traffic.ts'
import { encodeAck, encodePublish } from './wire/writer.ts'

const frameOf = ({ message, qos, retain, id }: QueueEntry, dup: boolean): Buffer =>
  encodePublish({ topic: message.topic, payload: message.payload, qos, retain, dup, id })

/** Every client that gets the message live at QoS 0 gets the same bytes. */
const sharedFrame = (entry: QueueEntry): Buffer => {
  entry.message.frame ??= frameOf(entry, false)
  return entry.message.frame
}

export const createSessionWriter = (client: Client, { writeBuffer }: ClientSocket, traffic: Traffic): SessionWriter => ({
  get congested() {
    return writeBuffer.congested
  },
  mayReceive: (topic) => client.rights.receive(topic),
  publish(entry, dup) {
    const frame = entry.qos === 0 && !entry.retain ? sharedFrame(entry) : frameOf(entry, dup)
    traffic.publishSent += 1
    traffic.publishBytesSent += entry.message.payload.length
    writeBuffer.write(frame)
  },
  release: (id) => writeBuffer.write(encodeAck('pubrel', id)),
  overrun: () => writeBuffer.overrun(),
})
