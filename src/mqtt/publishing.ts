// A client's PUBLISH packets on their way to the core, the router and the disk. A PUBACK or PUBREC waits until the message is on disk;
// if that fails, it is not sent, the connection closes, and the client sends the message again. Decides rights by access.ts alone.

import type { Log } from '../log.ts'
import type { DeviceSide, Tap } from '../ota/ports/mqtt.ts'
import type { SessionOp } from '../ota/ports/session-rows.ts'
import { withItem, withoutItem } from '../sparse.ts'
import type { Acks } from './acks.ts'
import type { Entered } from './client.ts'
import type { Notices } from './notices.ts'
import { isNoRoom, type Router } from './sessions/router.ts'
import { ops } from './sessions/rows.ts'
import { isStored, type Session } from './sessions/session.ts'
import type { Sessions } from './sessions/sessions.ts'
import { tapped } from './tapping.ts'
import type { Traffic } from './traffic.ts'
import type { Publish } from './wire/packets.ts'
import { encodeAck, encodeAcknowledgements } from './wire/writer.ts'

/** What all connections share. */
export interface PublishingDeps {
  readonly core: () => DeviceSide
  readonly tap?: Tap | undefined
  readonly router: Router
  readonly sessions: Sessions
  readonly notices: Notices
  readonly log: Log
  readonly traffic: Traffic
}

export interface Publishing {
  publish(packet: Publish): void
  /** PUBREL. */
  released(id: number): void
  /** Passes the collected reports to the core, together. */
  flush(): void
}

const maxBatch = 200

const nothing = (): void => undefined

/** QoS 2 packet ids that were received and not released: a PUBLISH with such an id is a repetition and not published again [MQTT-4.3.3-2]. */
const isNew = (session: Session, { qos, id }: Publish): boolean => {
  if (qos !== 2) return true
  if (session.incoming.has(id)) return false
  session.incoming = withItem(session.incoming, id)
  return true
}

/** What stores them over a restart. */
const idOps = (session: Session, packets: readonly Publish[]): readonly SessionOp[] =>
  isStored(session) ? packets.flatMap(({ qos, id }) => (qos === 2 ? [ops.putIncoming(session.number, id)] : [])) : []

const forget = (session: Session, packets: readonly Publish[]): void => {
  for (const { qos, id } of packets) if (qos === 2) session.incoming = withoutItem(session.incoming, id)
}

class ClientPublishing implements Publishing {
  private readonly deps: PublishingDeps
  private readonly entered: Entered
  private readonly acks: Acks
  /** Reports that came on `batchUp`, the dialect's name of an uplink. Those of one read are recorded together. */
  private batch: Publish[] | null = null
  private batchUp = ''
  /** A topic without subscribers, as long as `unheardSince` is what the router says: to look for them takes longer than all else here. */
  private unheard = ''
  private unheardSince = -1

  constructor(deps: PublishingDeps, entered: Entered, acks: Acks) {
    this.deps = deps
    this.entered = entered
    this.acks = acks
  }

  private notStored(cause: unknown): void {
    const { session, socket } = this.entered
    if (isNoRoom(cause)) {
      socket.destroy(cause)
      return
    }
    this.deps.log.error(
      { err: cause, session: session.id },
      'a message could not be stored: closing the connection without acknowledging it',
    )
    socket.destroy(Object.assign(new Error('a message could not be stored'), { name: 'NotStored' }))
  }

  private record(packets: readonly Publish[]): Promise<void> {
    const { connection } = this.entered.client
    if (connection === null) return Promise.reject(new Error('the device is not connected any more'))
    try {
      return this.deps.core().receive(
        connection,
        this.batchUp,
        packets.map(({ payload }) => payload),
      )
    } catch (error) {
      // An exception of the core ends this connection, never the process.
      return Promise.reject(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** Subscribers get a copy of what devices report; it is never retained (protocol.md §6). */
  private show(packets: readonly Publish[], failed: (cause: unknown) => void): void {
    const { router } = this.deps
    for (const { topic, payload, qos } of packets) {
      if (this.hasSubscribers(topic)) router.publish({ topic, payload, qos, retain: false }, [], nothing, failed)
    }
  }

  private hasSubscribers(topic: string): boolean {
    const { router } = this.deps
    if (topic === this.unheard && router.subscriptionChanges === this.unheardSince) return false
    if (router.hasSubscribers(topic)) return true
    this.unheard = topic
    this.unheardSince = router.subscriptionChanges
    return false
  }

  private report(up: string, packet: Publish): void {
    const { batch } = this
    if (batch !== null && up === this.batchUp && batch.length < maxBatch) {
      batch.push(packet)
      return
    }
    this.flush()
    this.batchUp = up
    this.batch = [packet]
  }

  flush(): void {
    const { batch: packets, entered } = this
    if (packets === null) return
    this.batch = null
    const { session } = entered
    const fresh = packets.every(({ qos }) => qos < 2) ? packets : packets.filter((packet) => isNew(session, packet))
    const done = this.acks.open(encodeAcknowledgements(packets))
    const failed = (cause: unknown): void => {
      forget(session, fresh)
      this.notStored(cause)
    }
    this.record(fresh).then(() => {
      this.show(fresh, failed)
      // Of repetitions too: see `ordinary`.
      this.deps.sessions.journal.write(idOps(session, packets), done, failed)
    }, failed)
  }

  private ordinary(packet: Publish): void {
    const { tap, notices, router, sessions } = this.deps
    const { client, session } = this.entered
    notices.passed(client, packet.topic, packet.payload)
    const notStored = (cause: unknown): void => this.notStored(cause)
    const sent = this.acks.open(encodeAcknowledgements([packet]))
    const done = tap === undefined ? sent : tapped(tap, client, packet, sent, notStored)
    if (!isNew(session, packet)) {
      // The first copy may still be being written, by a connection that this one took over: this write succeeds or fails after that one.
      sessions.journal.write(idOps(session, [packet]), done, notStored)
      return
    }
    router.publish({ ...packet, owner: session.owner }, idOps(session, [packet]), done, (cause) => {
      forget(session, [packet])
      notStored(cause)
    })
  }

  publish(packet: Publish): void {
    const { traffic, notices } = this.deps
    const { client } = this.entered
    traffic.publishReceived += 1
    traffic.publishBytesReceived += packet.payload.length
    const up = client.rights.uplink(packet.topic)
    if (up !== null) {
      this.report(up, packet)
      return
    }
    this.flush()
    const decision = client.rights.publish(packet.topic)
    if (decision === 'pass') this.ordinary(packet)
    else {
      notices.publishDenied(client, packet.topic, decision)
      this.acks.open(encodeAcknowledgements([packet]))()
    }
  }

  /** The id is free again; PUBCOMP is sent once that is on disk. */
  released(id: number): void {
    const { session } = this.entered
    const done = this.acks.open({ bytes: encodeAck('pubcomp', id), count: 1 })
    const known = session.incoming.has(id)
    session.incoming = withoutItem(session.incoming, id)
    if (known && isStored(session)) this.deps.sessions.journal.writeLater([ops.removeIncoming(session.number, id)], done)
    else done()
  }
}

export const createPublishing = (deps: PublishingDeps, entered: Entered, acks: Acks): Publishing =>
  new ClientPublishing(deps, entered, acks)
