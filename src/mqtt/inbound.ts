// Passes each packet between CONNACK and the end to the part that handles it, and stops reading while too many acknowledgements are
// pending. Decides nothing else.

import { createAcks } from './acks.ts'
import { createPublishing, type PublishingDeps } from './publishing.ts'
import { acknowledge } from './sessions/delivery.ts'
import type { DataPacket } from './socket.ts'
import { createSubscribing, type SubscribingDeps } from './subscribing.ts'

export interface InboundDeps extends Omit<PublishingDeps, 'acks' | 'close'>, SubscribingDeps {}

export interface Inbound {
  handle(packet: DataPacket): void
  /** Everything of one read is handled: its reports go to the core together. */
  rest(): void
}

/** With more pending acknowledgements than this the connection is not read further. */
const maxPending = 500

export const createInbound = (deps: InboundDeps): Inbound => {
  const { socket, session, sessions, feed } = deps
  let held = false
  const acks = createAcks(({ bytes, count }) => {
    socket.writeBuffer.write(bytes, count)
    if (!held || acks.pending > maxPending / 2) return
    held = false
    socket.resume()
  })
  const publishing = createPublishing({ ...deps, acks, close: (error) => socket.stream.destroy(error) })
  const subscribing = createSubscribing(deps)

  const holdBack = (): void => {
    if (held || acks.pending <= maxPending) return
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
