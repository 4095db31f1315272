// What a client says between CONNACK and the end, each packet to the part that handles it; and no more of them at once than the
// server keeps up with. Decides nothing else.

import { createAcks } from './acks.ts'
import { createPublishing, type PublishingDeps } from './publishing.ts'
import { acknowledge } from './sessions/delivery.ts'
import type { DataPacket } from './socket.ts'
import { createSubscribing, type SubscribingDeps } from './subscribing.ts'

export interface InboundDeps extends Omit<PublishingDeps, 'acks' | 'close'>, SubscribingDeps {}

export interface Inbound {
  handle(packet: DataPacket): void
  /** All that was read in one go is handled: reports go to the core together. */
  rest(): void
}

/** Answers that may be owed on one connection before it is read on. */
const maxOwed = 500

export const createInbound = (deps: InboundDeps): Inbound => {
  const { socket, session, sessions, feed } = deps
  let held = false
  const acks = createAcks(({ bytes, count }) => {
    socket.writeBuffer.write(bytes, count)
    if (!held || acks.owed > maxOwed / 2) return
    held = false
    socket.resume()
  })
  const publishing = createPublishing({ ...deps, acks, close: (error) => socket.stream.destroy(error) })
  const subscribing = createSubscribing(deps)

  const holdBack = (): void => {
    if (held || acks.owed <= maxOwed) return
    held = true
    socket.hold()
  }

  return {
    rest: publishing.flush,
    handle(packet) {
      if (packet.cmd === 'publish') {
        publishing.publish(packet)
        holdBack()
        return
      }
      publishing.flush()
      if (packet.cmd === 'subscribe') subscribing.subscribe(packet)
      else if (packet.cmd === 'unsubscribe') subscribing.unsubscribe(packet)
      else if (packet.cmd === 'pubrel') publishing.released(packet.id)
      else {
        acknowledge(sessions.pool, session, packet.cmd, packet.id)
        feed.refill(session)
      }
    },
  }
}
