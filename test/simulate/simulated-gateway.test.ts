// A gateway on the wire: its children are added, and updated one after another through it.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { imageOf } from '../support/image-samples.ts'
import { createSimulateFixture, isUp, type SimulateFixture } from '../support/simulate-fixture.ts'
import { createSimulateServerFixture, type SimulateServerFixture } from '../support/simulate-server-fixture.ts'

const gateway = 'pk/sim-gw-01'
const child = (number: number) => ({ product_key: 'pk', device_name: `sim-gw-01-c0${number}` })
let server: SimulateServerFixture
let fixture: SimulateFixture

beforeEach(async () => {
  server = await createSimulateServerFixture(imageOf(10_000))
})

afterEach(async () => {
  await fixture.stop()
  await server.close()
})

interface SubReport {
  readonly identity: { readonly device_name: string }
  readonly step: number | string
  readonly task_id: string
}

const subReports = (): readonly SubReport[] =>
  server.posts('sub.upgrade.post').flatMap((params) => params as unknown as readonly SubReport[])
const push = (...children: number[]): void =>
  server.send(gateway, {
    method: 'sub.firmware.post',
    params: children.map((number) => ({ ...server.order({ task_id: String(number) }), identity: child(number) })),
  })
const up = async (faults = ''): Promise<void> => {
  fixture = createSimulateFixture(server, { devices: 0, gateways: 1, children: 3, faults })
  await server.until(isUp('sub.version.post'))
}

test('a gateway subscribes, reports itself, adds and logs in its children, and reports their versions', async () => {
  await up()
  expect(server.log.flatMap((seen) => (seen.kind === 'up' ? [seen.method] : []))).toEqual([
    'version.post',
    'add',
    'login',
    'sub.version.post',
  ])
  const added = server.log.find((seen) => seen.kind === 'up' && seen.method === 'add')
  expect(added).toMatchObject({ device: gateway, message: { params: [1, 2, 3].map((number) => child(number)) } })
  expect(server.posts('sub.version.post')).toEqual([
    [1, 2, 3].map((number) => ({ identity: child(number), version: '1.0.0', module: 'default' })),
  ])
  expect(fixture.events.filter(({ event }) => event === 'topo')).toMatchObject([
    { detail: { method: 'add', children: 3, answer: 0 } },
    { detail: { method: 'login', children: 3, answer: 0 } },
  ])
})

test('children are updated one after another and the gateway reports their versions without rebooting', async () => {
  await up()
  push(1, 2, 3)
  await fixture.event('updated', 'pk/sim-gw-01-c03')
  const names = subReports().map(({ identity }) => identity.device_name)
  expect(names.filter((name, index) => name !== names[index - 1])).toEqual(['sim-gw-01-c01', 'sim-gw-01-c02', 'sim-gw-01-c03'])
  expect(subReports()[0]).toMatchObject({ step: 0, task_id: '1' })
  expect(
    subReports()
      .filter(({ step }) => step === 100)
      .map(({ task_id: id }) => id),
  ).toEqual(['1', '2', '3'])
  expect(server.posts('sub.version.post').slice(1)).toEqual(
    [1, 2, 3].map((number) => [{ identity: child(number), version: '1.0.1', module: 'default' }]),
  )
  expect(server.log.filter(({ kind }) => kind === 'connect')).toHaveLength(1)
  expect((await fixture.stop()).map(({ outcome }) => outcome)).toEqual(['waiting', 'updated', 'updated', 'updated'])
})

test('a child that fails does not affect the others', async () => {
  await up('child.bad-hash:1')
  push(1, 2, 3)
  const bad = (await fixture.event('failed')).device
  const summaries = await Promise.all(
    [1, 2, 3]
      .map((number) => `pk/sim-gw-01-c0${number}`)
      .filter((name) => name !== bad)
      .map((name) => fixture.event('updated', name)),
  )
  expect(summaries).toHaveLength(2)
  expect(
    subReports()
      .filter(({ step }) => step === -3)
      .map(({ identity }) => `pk/${identity.device_name}`),
  ).toEqual([bad])
})

test('a gateway updates itself, and its children are logged in again after the reboot', async () => {
  await up()
  server.push(gateway)
  await server.until(isUp('sub.version.post', 1))
  await fixture.event('updated', gateway)
  await server.until((seen) => seen.kind === 'up' && server.posts('sub.version.post').length === 2)
  expect(server.posts('version.post').map(({ version }) => version)).toEqual(['1.0.0', '1.0.1'])
  expect(server.log.filter((seen) => seen.kind === 'up' && seen.method === 'login')).toHaveLength(2)
})

test('a push for a child of another gateway is reported and changes nothing', async () => {
  await up()
  push(9)
  expect(await fixture.event('bad-push')).toMatchObject({ device: gateway, detail: { why: 'pk/sim-gw-01-c09 is not one of its children' } })
})
