// A client's PUBLISH packets on their way to the core, the router and the disk. A PUBACK or PUBREC waits until the message is on disk;
// if that fails, it is not sent, the connection closes, and the client sends the message again. Decides rights by access.ts alone.

import type { Log } from '../log.ts'
import type { DeviceSide, Tap } from '../ota/ports/mqtt.ts'
import type { SessionOp } from '../ota/ports/session-rows.ts'
import type { Acks } from './acks.ts'
import type { Client } from './client.ts'
import type { Notices } from './notices.ts'
import { isNoRoom, type Router } from './sessions/router.ts'
import { ops } from './sessions/rows.ts'
import { isStored, type Session } from './sessions/session.ts'
import type { Sessions } from './sessions/sessions.ts'
import { tapped } from './tapping.ts'
import type { Traffic } from './traffic.ts'
import type { Publish } from './wire/packets.ts'
import { encodeAck, encodeAcknowledgements } from './wire/writer.ts'

export interface PublishingDeps {
  readonly client: Client
  readonly session: Session
  readonly acks: Acks
  readonly core: DeviceSide
  readonly tap?: Tap | undefined
  readonly router: Router
  readonly sessions: Sessions
  readonly notices: Notices
  readonly log: Log
  readonly traffic: Traffic
  /** Ends the connection. */
  readonly close: (error: Error) => void
}

export interface Publishing {
  publish(packet: Publish): void
  /** PUBREL. */
  released(id: number): void
  /** Passes the collected reports to the core, together. */
  flush(): void
}

type Failed = (cause: unknown) => void

const maxBatch = 200

const nothing = (): void => undefined

/** QoS 2 packet ids that were received and not released: a PUBLISH with such an id is a repetition and not published again [MQTT-4.3.3-2]. */
const createIds = (session: Session) => ({
  isNew({ qos, id }: Publish): boolean {
    if (qos !== 2) return true
    if (session.incoming.has(id)) return false
    session.incoming.add(id)
    return true
  },
  /** What stores them over a restart. */
  ops: (packets: readonly Publish[]): readonly SessionOp[] =>
    isStored(session) ? packets.flatMap(({ qos, id }) => (qos === 2 ? [ops.putIncoming(session.number, id)] : [])) : [],
  forget(packets: readonly Publish[]): void {
    for (const { qos, id } of packets) if (qos === 2) session.incoming.delete(id)
  },
})

type Ids = ReturnType<typeof createIds>

const createFailure =
  ({ session, log, close }: PublishingDeps): Failed =>
  (cause) => {
    if (isNoRoom(cause)) {
      close(cause)
      return
    }
    log.error({ err: cause, session: session.id }, 'a message could not be stored: closing the connection without acknowledging it')
    close(Object.assign(new Error('a message could not be stored'), { name: 'NotStored' }))
  }

/** Reports of a device: those of one read are recorded together. */
const createReports = (deps: PublishingDeps, ids: Ids, notStored: Failed) => {
  const { client, acks, core, router, sessions } = deps
  let batch: Publish[] = []
  /** The dialect's name of the uplink that they all came on. */
  let batchUp = ''

  const record = (packets: readonly Publish[]): Promise<void> => {
    const { connection } = client
    if (connection === null) return Promise.reject(new Error('the device is not connected any more'))
    try {
      return core.receive(
        connection,
        batchUp,
        packets.map(({ payload }) => payload),
      )
    } catch (error) {
      // An exception of the core ends this connection, never the process.
      return Promise.reject(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** Subscribers get a copy of what devices report; it is never retained (protocol.md §6). */
  const show = (packets: readonly Publish[], failed: Failed): void => {
    for (const { topic, payload, qos } of packets) {
      if (router.hasSubscribers(topic)) router.publish({ topic, payload, qos, retain: false }, [], nothing, failed)
    }
  }

  const flush = (): void => {
    if (batch.length === 0) return
    const packets = batch
    batch = []
    const fresh = packets.every(({ qos }) => qos < 2) ? packets : packets.filter(ids.isNew)
    const done = acks.open(encodeAcknowledgements(packets))
    const failed = (cause: unknown): void => {
      ids.forget(fresh)
      notStored(cause)
    }
    record(fresh).then(() => {
      show(fresh, failed)
      // Of repetitions too: see `ordinary`.
      sessions.journal.write(ids.ops(packets), done, failed)
    }, failed)
  }

  return {
    flush,
    add(up: string, packet: Publish): void {
      if (up !== batchUp || batch.length >= maxBatch) flush()
      batchUp = up
      batch.push(packet)
    },
  }
}

export const createPublishing = (deps: PublishingDeps): Publishing => {
  const { client, session, acks, router, sessions, notices, traffic, tap } = deps
  const notStored = createFailure(deps)
  const ids = createIds(session)
  const reports = createReports(deps, ids, notStored)

  const ordinary = (packet: Publish): void => {
    notices.passed(client, packet.topic, packet.payload)
    const sent = acks.open(encodeAcknowledgements([packet]))
    const done = tap === undefined ? sent : tapped(tap, client, packet, sent, notStored)
    if (!ids.isNew(packet)) {
      // The first copy may still be being written, by a connection that this one took over: this write succeeds or fails after that one.
      sessions.journal.write(ids.ops([packet]), done, notStored)
      return
    }
    router.publish({ ...packet, owner: session.owner }, ids.ops([packet]), done, (cause) => {
      ids.forget([packet])
      notStored(cause)
    })
  }

  return {
    flush: reports.flush,
    publish(packet) {
      traffic.publishReceived += 1
      traffic.publishBytesReceived += packet.payload.length
      const up = client.rights.uplink(packet.topic)
      if (up !== null) {
        reports.add(up, packet)
        return
      }
      reports.flush()
      const decision = client.rights.publish(packet.topic)
      if (decision === 'pass') ordinary(packet)
      else {
        notices.publishDenied(client, packet.topic, decision)
        acks.open(encodeAcknowledgements([packet]))()
      }
    },
    /** The id is free again; PUBCOMP is sent once that is on disk. */
    released(id) {
      const done = acks.open({ bytes: encodeAck('pubcomp', id), count: 1 })
      const known = session.incoming.delete(id)
      if (known && isStored(session)) sessions.journal.writeLater([ops.removeIncoming(session.number, id)], done)
      else done()
    },
  }
}
