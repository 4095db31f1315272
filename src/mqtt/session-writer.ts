// Writes a session's messages onto its client's socket: queue entries become packets. Rights are checked for each message, since they
// may have changed after the subscription.

import type { Client } from './client.ts'
import type { QueueEntry, SessionWriter } from './sessions/session.ts'
import type { ClientSocket } from './socket.ts'
import type { Traffic } from './traffic.ts'
import { encodeAck, encodePublish } from './wire/writer.ts'
import type { WriteBuffer } from './write-buffer.ts'

const frameOf = ({ message, qos, retain, id }: QueueEntry, dup: boolean): Buffer =>
  encodePublish({ topic: message.topic, payload: message.payload, qos, retain, dup, id })

/** Every client that gets the message live at QoS 0 gets the same bytes. */
const sharedFrame = (entry: QueueEntry): Buffer => {
  entry.message.frame ??= frameOf(entry, false)
  return entry.message.frame
}

class PacketWriter implements SessionWriter {
  private readonly client: Client
  private readonly writeBuffer: WriteBuffer
  private readonly traffic: Traffic

  constructor(client: Client, writeBuffer: WriteBuffer, traffic: Traffic) {
    this.client = client
    this.writeBuffer = writeBuffer
    this.traffic = traffic
  }

  get congested(): boolean {
    return this.writeBuffer.congested
  }

  mayReceive(topic: string): boolean {
    return this.client.rights.receive(topic)
  }

  publish(entry: QueueEntry, dup: boolean): void {
    const frame = entry.qos === 0 && !entry.retain ? sharedFrame(entry) : frameOf(entry, dup)
    this.traffic.publishSent += 1
    this.traffic.publishBytesSent += entry.message.payload.length
    this.writeBuffer.write(frame)
  }

  release(id: number): void {
    this.writeBuffer.write(encodeAck('pubrel', id))
  }

  overrun(): void {
    this.writeBuffer.overrun()
  }
}

export const createSessionWriter = (client: Client, { writeBuffer }: Pick<ClientSocket, 'writeBuffer'>, traffic: Traffic): SessionWriter =>
  new PacketWriter(client, writeBuffer, traffic)
