// GET /doctor: what the server finds wrong with its devices and images, and that it finds nothing where nothing is.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type AdminFixture, createAdminFixture } from '../support/admin-fixture.ts'

interface Said {
  readonly result: string
  readonly code: string
  readonly text: string
  readonly remedy: { readonly text: string } | null
}

const findingsOf = async ({ call }: AdminFixture): Promise<readonly Said[]> => {
  const { body } = await call('GET', '/api/v1/doctor')
  return Object.values(body['findings'] ?? {}) as unknown as readonly Said[]
}

/** What is not ok, as `result text → remedy`. */
const wrongIn = async (fixture: AdminFixture): Promise<readonly string[]> =>
  (await findingsOf(fixture))
    .filter(({ result }) => result !== 'ok')
    .map(({ result, text, remedy }) => `${result} ${text} → ${remedy?.text}`)

/** A package for lamps, and a lamp that is as it has to be. */
const healthy = async (): Promise<AdminFixture> => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=lamp&version=2.0.0')
  await fixture.join('lamp/l1')
  fixture.pass(60_000)
  return fixture
}

test('a server without faults says so, with its version, its clock and how it is reached', async () => {
  const fixture = await healthy()
  expect((await findingsOf(fixture)).map(({ result, code }) => `${result} ${code}`)).toEqual([
    'ok doctor_images_present',
    'ok doctor_devices_ok',
  ])
  expect((await fixture.call('GET', '/api/v1/doctor')).body).toMatchObject({
    version: '1.2.3',
    time: '2026-01-02T03:05:05.000Z',
    reach: { mqtt: ['mqtt://[::]:1883'], firmware: ['http://[::]:8070'], publicUrls: [] },
  })
})

test('two boards of one name', async () => {
  const fixture = await healthy()
  const connections = [1, 2, 3, 4, 5, 6].map((turn) => ({ device: 'lamp/l1', id: 100 + turn, address: `10.0.0.${turn % 2}` }))
  for (const [at, connection] of connections.entries()) {
    const before = connections[at - 1]
    if (before !== undefined) fixture.core.disconnected(before, connection)
    fixture.core.connected(connection)
    fixture.core.subscribed(connection, 'ota')
  }
  expect(await wrongIn(fixture)).toEqual([
    'fault a device is several boards that use one name and disconnect each other: lamp/l1 → give each board a name of its own; `fogbell device why lamp/l1` names their addresses',
  ])
})

test('devices that connect and do not subscribe, once they have had the time to', async () => {
  const fixture = await healthy()
  for (let at = 1; at <= 7; at += 1) {
    await fixture.core.enrol('lamp', `deaf${at}`, null)
    fixture.core.connected({ device: `lamp/deaf${at}`, id: 200 + at })
  }
  fixture.pass(10_000)
  expect(await wrongIn(fixture)).toEqual([])
  fixture.pass(1)
  expect(await wrongIn(fixture)).toEqual([
    'warning 7 devices are connected but have not subscribed to update messages: lamp/deaf1, lamp/deaf2, lamp/deaf3, lamp/deaf4, lamp/deaf5 and 2 more → see how the client subscribes: `fogbell device timeline lamp/deaf1`; docs/protocol.md lists the topics',
  ])
})

test('a product of which there is no package, with the one that is probably meant', async () => {
  const fixture = await healthy()
  await fixture.join('lmap/x')
  await fixture.join('thermostat/y')
  const [typing, other] = await wrongIn(fixture)
  expect(typing).toBe(
    'warning a device reports the product "lmap", of which there is no package: lmap/x → is it "lamp"? Correct the product in the devices, or `fogbell firmware add FILE --product lmap --version V`',
  )
  expect(other).toMatch(/"thermostat".* → if they are to be updated: `fogbell firmware add FILE --product thermostat/)
})

test('without any package no product is a mistake', async () => {
  const fixture = await createAdminFixture()
  await fixture.join('lamp/l1')
  expect(await wrongIn(fixture)).toEqual([])
})

const refusal = (reason: string, device: string | null, clientId: string) => ({ reason, device, clientId, user: null, address: '10.0.0.9' })

test('clients that ask for MQTT 5, and those with wrong credentials, each once', async () => {
  const fixture = await healthy()
  await fixture.core.enrol('lamp', 'l2', null)
  for (let turn = 0; turn < 3; turn += 1) {
    fixture.core.connectRefused(refusal('bad_protocol', null, 'five'))
    fixture.core.connectRefused(refusal('bad_password', 'lamp/l2', 'l2'))
  }
  const found = await wrongIn(fixture)
  expect(found).toHaveLength(2)
  expect(found.join()).toContain(
    'a client was refused in the last hour, since it asks for MQTT 5 or another protocol than MQTT 3.1.1: five (10.0.0.9) → set these clients to MQTT 3.1.1',
  )
  expect(found.join()).toContain(
    'warning a client was refused in the last hour (wrong password): lamp/l2 (10.0.0.9) → `fogbell device why lamp/l2` says what to do',
  )
})

test('a refusal is no news after an hour, or once the device has connected', async () => {
  const fixture = await healthy()
  fixture.core.connectRefused(refusal('bad_password', 'lamp/l1', 'l1'))
  fixture.core.connectRefused(refusal('bad_protocol', null, 'fogbell-doctor'))
  expect(await wrongIn(fixture)).toEqual([])
  fixture.core.connectRefused(refusal('bad_protocol', null, 'five'))
  fixture.pass(3_600_000)
  expect(await wrongIn(fixture)).toHaveLength(1)
  fixture.pass(1)
  expect(await wrongIn(fixture)).toEqual([])
})

test('a name that a gateway and a device claim', async () => {
  const fixture = await healthy()
  const device = await fixture.core.enrol('lamp', 'l3', null)
  await fixture.store.writes.commit([{ put: 'device', value: { ...device, disputed: { gateway: 'lamp/g', at: 1 } } }])
  expect((await wrongIn(fixture)).join()).toMatch(/^warning a device that a gateway reports for connects by itself too.*lamp\/l3/)
})

test('a missing image', async () => {
  const fixture = await healthy()
  const [image = ''] = (await fixture.files()).filter((name) => /^[0-9a-f]{64}$/.test(name))
  await rm(join(fixture.directory, image))
  expect((await wrongIn(fixture)).join()).toMatch(/^fault the image of a package is missing: lamp\/2\.0\.0 → mount or restore/)
})
