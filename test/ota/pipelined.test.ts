// Messages of one device that are on their way together: the second is applied before the first is on disk, and must see what it says.

import { beforeEach, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { createOtaFixture, digests, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

beforeEach(async () => {
  fixture = await createOtaFixture()
})

const message = (method: string, params: unknown): Buffer => Buffer.from(JSON.stringify({ id: 7, version: '1.0', method, params }))
const identity = { product_key: 'pk', device_name: 'child' }
const add = async (from: readonly string[], sha256: string): Promise<number> => {
  const about = { product: 'pk', module: 'mcu', version: '1.2.0', description: '', from, signMethod: 'MD5' } as const
  return (await fixture.core.operators.firmware.add(about, digests(sha256))).firmware.id
}
const version = (text: string): Buffer => message('version.post', { version: text, module: 'mcu' })

test('a request and a report behind it, after which another package fits, end with that package', async () => {
  const delta = await add(['1.1.0'], 'delta')
  const full = await add([], 'full')
  await fixture.known('dn', '1.1.0').then((connection) => fixture.core.disconnected(connection))
  await fixture.settle()
  await fixture.core.operators.campaigns.launch({ firmware: full })
  await fixture.settle()
  expect(fixture.store.reads.openTask(1)).toMatchObject({ firmware: delta, state: 'queued' })
  const connection = fixture.connect('pk/dn')
  await fixture.core.receive(connection, 'ota', [])
  const joined = fixture.subscribe(connection)
  await fixture.core.receive(connection, 'ota', [message('firmware.get', { module: 'mcu' }), version('1.0.0')])
  await joined
  await fixture.settle()
  expect(fixture.store.reads.openTask(1)).toMatchObject({ firmware: full, state: 'notified' })
  expect(fixture.wire.signed.at(-1)).toBe('1 full 192.0.2.1')
  expect(fixture.sent.at(-1)).toMatchObject({ to: 'pk/dn' })
  const { length } = fixture.sent
  await fixture.pass(120)
  expect(fixture.sent).toHaveLength(length)
})

test('a login and the old version behind it are a rollback, though the login is not on disk yet', async () => {
  const gateways: Connection[] = []
  for (const name of ['pk/g', 'pk/h']) {
    const connection = await fixture.join(name)
    await fixture.subscribe(connection, 'topo')
    gateways.push(connection)
  }
  const [first, second] = gateways as [Connection, Connection]
  await fixture.topo(first, 'add', ['child'])
  await fixture.say(first, 'sub.version.post', [{ identity, version: '1.0.0', module: 'mcu' }])
  await fixture.start()
  const id = [...fixture.store.reads.openTasksOf('pk/child')][0]?.id ?? 0
  fixture.core.served({ task: id, bytes: 1000, complete: true, sure: true, quietMs: 0 })
  await fixture.settle()
  await fixture.pass(60)
  const sent = fixture.sent.length
  await Promise.all([
    fixture.core.receive(second, 'topo', [message('login', [identity])]),
    fixture.core.receive(second, 'ota', [message('sub.version.post', [{ identity, version: '1.0.0', module: 'mcu' }])]),
  ])
  await fixture.settle()
  expect(fixture.store.reads.openTask(id)).toMatchObject({ state: 'in_progress', graceSince: fixture.now() })
  expect(fixture.sent.slice(sent).filter(({ method }) => method === 'sub.firmware.post')).toEqual([])
  await fixture.pass(301)
  expect(await fixture.task(id)).toMatchObject({ state: 'failed', reason: 'rolled_back' })
})

/** A device that has connected again after its offer, and has reported nothing yet. */
const offeredBefore = async (): Promise<Connection> => {
  const before = await fixture.known('dn', '1.0.0')
  await fixture.start()
  fixture.core.disconnected(before)
  await fixture.settle()
  const connection = fixture.connect('pk/dn')
  await fixture.subscribe(connection)
  return connection
}

test('a report on its way to a slow disk is no silence', async () => {
  const connection = await offeredBefore()
  await fixture.pass(59)
  const { length } = fixture.sent
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const { commit } = fixture.store.writes
  fixture.store.writes.commit = (changes) => {
    fixture.store.writes.commit = commit
    return Promise.all([commit(changes), held]).then(() => undefined)
  }
  const received = fixture.core.receive(connection, 'ota', [version('1.0.0')])
  await fixture.pass(2)
  expect(fixture.sent).toHaveLength(length)
  release()
  await received
  await fixture.settle()
  expect(fixture.sent.length - length).toBe(1)
})

test('a version report that could not be recorded leaves the device silent: it is offered its task again', async () => {
  const connection = await offeredBefore()
  const { commit } = fixture.store.writes
  fixture.store.writes.commit = () => Promise.reject(new Error('disk full'))
  await expect(fixture.core.receive(connection, 'ota', [version('1.0.0')])).rejects.toThrow('disk full')
  fixture.store.writes.commit = commit
  const { length } = fixture.sent
  await fixture.pass(61)
  expect(fixture.sent.length - length).toBe(1)
})
