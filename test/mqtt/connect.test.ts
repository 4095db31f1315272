// CONNECT when admission takes long.

import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { EngineClient } from '../../src/mqtt/client.ts'
import { createConnect } from '../../src/mqtt/connect.ts'
import type { Refusal } from '../../src/mqtt/entry/identity.ts'
import { createMembers } from '../../src/mqtt/entry/members.ts'
import { createThrottle } from '../../src/mqtt/entry/throttle.ts'
import { createNotices } from '../../src/mqtt/notices.ts'
import { fogcloud } from '../../src/ota/dialects/fogcloud.ts'
import { mqttSettings } from '../support/mqtt-fixture.ts'
import { createRecordingLog } from '../support/recording-log.ts'
import { connectPacket } from '../support/wire-client.ts'

const createConnectFixture = (patience: number) => {
  const counted: string[] = []
  const taken: unknown[] = []
  let admit: (refusal: Refusal | null) => void = () => undefined
  const log = createRecordingLog([])
  const connect = createConnect({
    clients: new WeakMap(),
    dialect: fogcloud,
    members: () => createMembers(mqttSettings(), fogcloud.isReserved),
    admit: () => new Promise((resolve) => (admit = resolve)),
    deviceClients: () => ({
      of: () => undefined,
      take: async (client) => void taken.push(client),
      ready() {},
      subscribed() {},
      unsubscribed() {},
      others: () => [],
    }),
    socketOf: () => ({
      host: '',
      tlsHost: null,
      certificate: null,
      remote: 'far',
      write: () => undefined,
      waiting: () => 0,
      hasUnhandledDisconnect: () => false,
    }),
    notices: createNotices({
      log,
      meter: { count: (name, label) => void counted.push(`${name} ${label}`) },
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
  const engineClient: EngineClient = { id: 'c', conn: new PassThrough(), closed: false, close() {} }
  connect.preConnect(engineClient, connectPacket({ username: 'dn&pk' }), () => undefined)
  const answer = new Promise<unknown>((resolve) =>
    connect.authenticate(engineClient, undefined, undefined, (error, success) => resolve(error?.returnCode ?? success)),
  )
  return { answer, counted, taken, admit: (refusal: Refusal | null) => admit(refusal) }
}

test('an admitted client is registered before it gets its CONNACK', async () => {
  const { answer, taken, admit } = createConnectFixture(60_000)
  admit(null)
  expect(await answer).toBe(true)
  expect(taken).toHaveLength(1)
})

test('if admission takes too long, the answer is CONNACK 3, and a late result registers nothing', async () => {
  const { answer, counted, taken, admit } = createConnectFixture(1)
  expect(await answer).toBe(3)
  expect(counted).toEqual(['refused timeout'])
  admit(null)
  await new Promise(setImmediate)
  expect(taken).toEqual([])
})
