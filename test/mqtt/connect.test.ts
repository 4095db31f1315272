// CONNECT when admission takes long.

import { expect, test, vi } from 'vitest'
import type { Client } from '../../src/mqtt/client.ts'
import { createConnect } from '../../src/mqtt/connect.ts'
import type { Refusal } from '../../src/mqtt/entry/identity.ts'
import { createMembers } from '../../src/mqtt/entry/members.ts'
import { createThrottle } from '../../src/mqtt/entry/throttle.ts'
import { createNotices } from '../../src/mqtt/notices.ts'
import type { Connect } from '../../src/mqtt/wire/packets.ts'
import { fogcloud } from '../../src/ota/dialects/fogcloud.ts'
import { mqttSettings } from '../support/mqtt-fixture.ts'
import { quietLink } from '../support/quiet-link.ts'
import { createRecordingLog, type LogEntry } from '../support/recording-log.ts'

const packet: Connect = {
  cmd: 'connect',
  level: 4,
  clientId: 'c1',
  clean: true,
  keepalive: 60,
  username: 'dn&pk',
  password: null,
  will: null,
}

/** A promise that the test settles. */
const pending = <T>() => {
  const settle: { resolve: (value: T) => void; reject: (error: Error) => void } = { resolve: () => undefined, reject: () => undefined }
  const promise = new Promise<T>((resolve, reject) => void Object.assign(settle, { resolve, reject }))
  return { promise, settle }
}

const createConnectFixture = (patience: number) => {
  const taken: Client[] = []
  const said: LogEntry[] = []
  const taking = pending<void>()
  const admission = pending<Refusal | null>()
  const log = createRecordingLog(said)
  const connecting = createConnect({
    dialect: fogcloud,
    members: () => createMembers(mqttSettings(), fogcloud.isReserved),
    admit: () => admission.promise,
    deviceClients: () => ({
      of: () => undefined,
      take(client) {
        taken.push(client)
        return taking.promise
      },
      left() {},
      ready() {},
      resubscribed() {},
      others: () => [],
    }),
    notices: createNotices({
      log,
      meter: { count() {} },
      events: { emit() {}, watches: () => false },
      registry: { noteConnection() {}, connectRefused() {} },
      now: Date.now,
    }),
    log,
    throttle: createThrottle(Date.now),
    keepaliveLimit: () => 0,
    patience,
    isProved: () => false,
    addresses: { release() {} },
  })
  const link = quietLink()
  const { client } = connecting.identify(link, packet)
  if (client === null) throw new Error('refused before it was known')
  return { answer: connecting.admit(client, null), client, link, taken, said, taking, admission }
}

test('an admitted client is registered before it gets its CONNACK', async () => {
  const { answer, client, taken, taking, admission } = createConnectFixture(60_000)
  let isAnswered = false
  void answer.then(() => (isAnswered = true))
  admission.settle.resolve(null)
  await vi.waitUntil(() => taken.length > 0)
  await new Promise(setImmediate)
  expect([isAnswered, taken]).toEqual([false, [client]])
  taking.settle.resolve()
  expect(await answer).toBeNull()
})

test('if admission takes too long, the answer is CONNACK 3, and a late result registers nothing', async () => {
  const { answer, taken, admission } = createConnectFixture(1)
  expect(await answer).toMatchObject({ code: 3, reason: 'timeout' })
  admission.settle.resolve(null)
  await new Promise(setImmediate)
  expect(taken).toEqual([])
})

test('a client that left during its admission is not registered', async () => {
  const { answer, link, taken, admission } = createConnectFixture(60_000)
  link.closed = true
  admission.settle.resolve(null)
  expect(await answer).toBeNull()
  expect(taken).toEqual([])
})

test('if admission fails, the answer is CONNACK 3, and the error is logged', async () => {
  const { answer, taken, said, admission } = createConnectFixture(60_000)
  admission.settle.reject(new Error('a bug'))
  expect(await answer).toMatchObject({ code: 3, reason: 'unavailable' })
  expect([taken, said.map(({ level }) => level)]).toEqual([[], ['error']])
})
