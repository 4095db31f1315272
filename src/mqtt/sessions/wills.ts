// Wills [MQTT 3.1.1 §3.1.2.5]: of clients that are here, kept on disk; of one that left without DISCONNECT, published; of those that were
// connected when an earlier run of the server ended, published at the next start. Each is forgotten in the same write, so it is sent once.

import type { Log } from '../../log.ts'
import type { SessionOp } from '../../ota/ports/session-rows.ts'
import type { Router } from './router.ts'
import { ops, type StoredWill } from './rows.ts'
import type { Sessions } from './sessions.ts'

export interface Wills {
  /** Keeps the will of a client that comes in: on disk when it resolves. */
  put(client: object, will: StoredWill): Promise<void>
  /** The client's will is void, also over a restart once `done` is called [MQTT-3.1.2-10]. */
  drop(client: object, done?: () => void): void
  /** Publishes the will of a client that is gone, if it is not void; `done` when that is on disk, or could not be. */
  publish(client: object, will: StoredWill, done: () => void): void
  /** Those that an earlier run left behind. */
  publishLeft(): void
}

export const createWills = (sessions: Sessions, router: Router, log: Log, isReserved: (topic: string) => boolean): Wills => {
  const { journal, leftWills } = sessions
  const numbers = new Map<object, number>()
  /** Clients whose will is void or sent. */
  const gone = new WeakSet<object>()
  let last = leftWills.reduce((high, { number }) => Math.max(high, number), 0)

  /** Where no client may ever publish; what else it may was checked at its CONNECT. */
  const isForbidden = (topic: string): boolean =>
    topic === '' || topic.startsWith('$') || topic.includes('+') || topic.includes('#') || isReserved(topic)

  const take = (client: object): readonly SessionOp[] => {
    const number = numbers.get(client)
    numbers.delete(client)
    gone.add(client)
    return number === undefined ? [] : [ops.removeWill(number)]
  }

  const send = ({ topic, payload, qos, retain }: StoredWill, forget: readonly SessionOp[], done: () => void): void => {
    if (isForbidden(topic)) {
      journal.owe(forget)
      done()
      return
    }
    router.publish({ topic, payload: Buffer.from(payload), qos, retain }, forget, done, (cause) => {
      log.error({ err: cause, topic }, 'the will of a client could not be recorded')
      done()
    })
  }

  const retryLater = (forget: readonly SessionOp[], done: () => void): void => {
    journal.owe(forget)
    done()
  }

  return {
    put(client, will) {
      // It left while its CONNECT was under way: nobody would take this away.
      if (gone.has(client)) return Promise.resolve()
      last += 1
      const number = last
      // At once: what takes it away before it is on disk is written behind it.
      numbers.set(client, number)
      const row = ops.putWill(number, { ...will, payload: Buffer.from(will.payload) })
      return new Promise((resolve, reject) =>
        journal.write([row], resolve, (cause) => {
          numbers.delete(client)
          reject(cause instanceof Error ? cause : new Error(String(cause)))
        }),
      )
    },
    drop(client, done = () => undefined) {
      const forget = take(client)
      // What the disk does not take now it takes later: nobody is kept waiting for that.
      if (forget.length > 0) journal.write(forget, done, () => retryLater(forget, done))
      else done()
    },
    publish(client, will, done) {
      // It said DISCONNECT, and its socket closed before the disk knew.
      if (gone.has(client)) done()
      else send(will, take(client), done)
    },
    publishLeft() {
      for (const { number, will } of leftWills) send(will, [ops.removeWill(number)], () => undefined)
    },
  }
}
