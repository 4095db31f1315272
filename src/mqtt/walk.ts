// The walk of every PUBLISH and every message out: the engine's hooks `authorizePublish`, `authorizeSubscribe` and
// `authorizeForward`. Here the PUBACK of a report waits until it is on disk. Decides by access.ts alone.

import type { IPublishPacket, ISubscription } from 'mqtt-packet'
import type { Log } from '../log.ts'
import type { Channel, Connection, DeviceSide } from '../ota/ports.ts'
import { isOtaTopic } from './access.ts'
import { keepUnpublished } from './aedes-private.ts'
import type { Link, Peer } from './link.ts'
import type { Notices } from './notices.ts'

export interface WalkDeps {
  readonly links: WeakMap<Peer, Link>
  readonly core: () => DeviceSide
  /** Whether anybody but devices may hear what devices say. */
  readonly audience: () => boolean
  readonly notices: Notices
  readonly log: Log
}

type Done = (error?: Error | null) => void

/** The report could not be recorded, which is said already. */
export const isUnrecorded = (error: unknown): boolean => error instanceof Error && error.name === 'Unrecorded'

const unrecorded = (): Error => Object.assign(new Error('the report could not be recorded'), { name: 'Unrecorded' })

export const createWalk = ({ links, core, audience, notices, log }: WalkDeps) => {
  /** A fault of the core costs one connection, never the process. */
  const recorded = (connection: Connection, channel: Channel, payload: Uint8Array): Promise<void> => {
    try {
      return core().receive(connection, channel, payload)
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** `answer()` lets the engine write PUBACK or PUBREC, `answer(error)` closes the socket without: the device sends it again. */
  const receive = (link: Link, channel: Channel, packet: IPublishPacket, answer: Done): void => {
    packet.retain = false
    const { connection } = link
    if (connection === null || link.peer.closed) {
      answer(unrecorded())
      return
    }
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
    recorded(connection, channel, payload).then(
      () => {
        // Nobody could be subscribed: the engine need not look for them, online or off.
        if (!link.hearsItself && !audience()) keepUnpublished(packet)
        answer()
      },
      (error: unknown) => {
        log.error({ err: error, device: connection.device }, 'could not record a report: closing without PUBACK')
        answer(unrecorded())
      },
    )
  }

  return {
    authorizePublish(peer: Peer | null, packet: IPublishPacket, done: Done): void {
      const link = peer === null ? undefined : links.get(peer)
      if (link === undefined) {
        // The will of a client that an earlier run knew: checked at its CONNECT, but for what may never be said by a client.
        if (isOtaTopic(packet.topic) || packet.topic.startsWith('$')) keepUnpublished(packet)
        done()
        return
      }
      const verdict = link.rights.publish(packet.topic)
      if (verdict === 'ota' || verdict === 'topo') {
        receive(link, verdict, packet, done)
        return
      }
      if (verdict === 'pass') notices.passed(link, packet.topic, packet.payload)
      else {
        keepUnpublished(packet)
        notices.publishDenied(link, packet.topic, verdict)
      }
      done()
    },

    /** Called for each filter of a SUBSCRIBE and of a session that is restored; null is SUBACK 128. */
    authorizeSubscribe(
      peer: Peer,
      subscription: ISubscription,
      done: (error: Error | null, subscription?: ISubscription | null) => void,
    ): void {
      const link = links.get(peer)
      if (link?.rights.subscribe(subscription.topic) !== true) {
        if (link !== undefined) notices.subscribeDenied(link, subscription.topic)
        done(null, null)
        return
      }
      // Before CONNACK there is no SUBSCRIBE: it is restored, and the engine tells no more of it.
      if (!link.ready) link.filters.set(subscription.topic, subscription.qos)
      done(null, subscription)
    },

    authorizeForward<Packet extends { readonly topic: string }>(peer: Peer, packet: Packet): Packet | null {
      return links.get(peer)?.rights.receive(packet.topic) === true ? packet : null
    },
  }
}
