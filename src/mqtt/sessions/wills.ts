// Wills [MQTT 3.1.1 §3.1.2.5]: stored while their clients are connected; published when a client leaves without DISCONNECT, or at the next
// start if the server ended while it was connected. Each is removed in the same write that publishes it, so it is published once.

import type { Log } from '../../log.ts'
import type { SessionOp } from '../../ota/ports/session-rows.ts'
import { isNoRoom, type Router } from './router.ts'
import { ops, type StoredWill } from './rows.ts'
import type { Sessions } from './sessions.ts'

export interface Wills {
  /** Stores the will of a client that connects: it is on disk when this resolves. */
  put(engineClient: object, will: StoredWill): Promise<void>
  /** Drops the client's will; from `done` on also over a restart [MQTT-3.1.2-10]. */
  drop(engineClient: object, done?: () => void): void
  /** Publishes the will of a client that left, unless it was dropped; calls `done` when that is on disk, or failed. */
  publish(engineClient: object, will: StoredWill, done: () => void, owner?: string): void
  /** Publishes the wills that the last run of the server left. */
  publishLeft(): void
}

export const createWills = (sessions: Sessions, router: Router, log: Log, isReserved: (topic: string) => boolean): Wills => {
  const { journal, leftWills } = sessions
  const numbers = new Map<object, number>()
  /** Clients whose will was dropped or published. */
  const gone = new WeakSet<object>()
  let last = leftWills.reduce((high, { number }) => Math.max(high, number), 0)

  /** Where no client may ever publish; what else it may was checked at its CONNECT. */
  const isForbidden = (topic: string): boolean =>
    topic === '' || topic.startsWith('$') || topic.includes('+') || topic.includes('#') || isReserved(topic)

  const take = (engineClient: object): readonly SessionOp[] => {
    const number = numbers.get(engineClient)
    numbers.delete(engineClient)
    gone.add(engineClient)
    return number === undefined ? [] : [ops.removeWill(number)]
  }

  const send = ({ topic, payload, qos, retain }: StoredWill, forget: readonly SessionOp[], done: () => void, owner?: string): void => {
    if (isForbidden(topic)) {
      journal.writeLater(forget)
      done()
      return
    }
    const failed = (cause: unknown): void => {
      // Nobody is left to be closed for it: subscribers get it, and it is not retained.
      if (isNoRoom(cause)) {
        send({ topic, payload, qos, retain: false }, forget, done, owner)
        return
      }
      log.error({ err: cause, topic }, 'the will of a client could not be stored')
      done()
    }
    router.publish({ topic, payload: Buffer.from(payload), qos, retain, owner }, forget, done, failed)
  }

  const retryLater = (forget: readonly SessionOp[], done: () => void): void => {
    journal.writeLater(forget)
    done()
  }

  return {
    put(engineClient, will) {
      // It left during its CONNECT: nothing would remove the will.
      if (gone.has(engineClient)) return Promise.resolve()
      last += 1
      const number = last
      // At once: if it is dropped before it is on disk, its removal is written after it.
      numbers.set(engineClient, number)
      const row = ops.putWill(number, { ...will, payload: Buffer.from(will.payload) })
      return new Promise((resolve, reject) =>
        journal.write([row], resolve, (cause) => {
          numbers.delete(engineClient)
          reject(cause instanceof Error ? cause : new Error(String(cause)))
        }),
      )
    },
    drop(engineClient, done = () => undefined) {
      const forget = take(engineClient)
      // If the write fails it is done later, and nothing waits for it.
      if (forget.length > 0) journal.write(forget, done, () => retryLater(forget, done))
      else done()
    },
    publish(engineClient, will, done, owner) {
      // It sent DISCONNECT, and its socket closed before that was on disk.
      if (gone.has(engineClient)) done()
      else send(will, take(engineClient), done, owner)
    },
    publishLeft() {
      for (const { number, will } of leftWills) send(will, [ops.removeWill(number)], () => undefined)
    },
  }
}
