// The way from a session to its connection: entries become packets. Rights are asked at each, since they may have changed
// after the subscription.

import type { Connection } from './connection.ts'
import type { Link } from './link.ts'
import type { Entry, Line } from './sessions/session.ts'
import type { Traffic } from './traffic.ts'
import { encodeAck, encodePublish } from './wire/writer.ts'

const frameOf = ({ message, qos, retain, id }: Entry, dup: boolean): Buffer =>
  encodePublish({ topic: message.topic, payload: message.payload, qos, retain, dup, id })

/** All who get it live at QoS 0 get the same bytes. */
const sharedFrame = (entry: Entry): Buffer => {
  entry.message.frame ??= frameOf(entry, false)
  return entry.message.frame
}

export const createLine = (link: Link, { outbox }: Connection, traffic: Traffic): Line => ({
  get congested() {
    return outbox.congested
  },
  mayReceive: (topic) => link.rights.receive(topic),
  publish(entry, dup) {
    const frame = entry.qos === 0 && !entry.retain ? sharedFrame(entry) : frameOf(entry, dup)
    traffic.publishSent += 1
    traffic.publishBytesSent += entry.message.payload.length
    outbox.write(frame)
  },
  release: (id) => outbox.write(encodeAck('pubrel', id)),
  overrun: () => outbox.overrun(),
})
