// A gateway on the wire: its children are added, and updated one after another through it.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { isUp, type Running, start } from './bench.ts'
import { type Fake, imageOf, startFake } from './fake.ts'

const gateway = 'pk/sim-gw-01'
const child = (number: number) => ({ product_key: 'pk', device_name: `sim-gw-01-c0${number}` })
let fake: Fake
let running: Running

beforeEach(async () => {
  fake = await startFake(imageOf(10_000))
})

afterEach(async () => {
  await running.stop()
  await fake.close()
})

interface SubReport {
  readonly identity: { readonly device_name: string }
  readonly step: number | string
  readonly task_id: string
}

const subReports = (): readonly SubReport[] => fake.posts('sub.upgrade.post').flatMap((params) => params as unknown as readonly SubReport[])
const push = (...children: number[]): void =>
  fake.send(gateway, {
    method: 'sub.firmware.post',
    params: children.map((number) => ({ ...fake.order({ task_id: String(number) }), identity: child(number) })),
  })
const up = async (faults = ''): Promise<void> => {
  running = start(fake, { devices: 0, gateways: 1, children: 3, faults })
  await fake.until(isUp('sub.version.post'))
}

test('a gateway subscribes, reports itself, adds and logs in its children, and reports their versions', async () => {
  await up()
  expect(fake.log.flatMap((seen) => (seen.kind === 'up' ? [seen.method] : []))).toEqual([
    'version.post',
    'add',
    'login',
    'sub.version.post',
  ])
  const added = fake.log.find((seen) => seen.kind === 'up' && seen.method === 'add')
  expect(added).toMatchObject({ device: gateway, message: { params: [1, 2, 3].map((number) => child(number)) } })
  expect(fake.posts('sub.version.post')).toEqual([
    [1, 2, 3].map((number) => ({ identity: child(number), version: '1.0.0', module: 'default' })),
  ])
  expect(running.events.filter(({ event }) => event === 'topo')).toMatchObject([
    { detail: { method: 'add', children: 3, answer: 0 } },
    { detail: { method: 'login', children: 3, answer: 0 } },
  ])
})

test('children are updated one after another and the gateway reports their versions without rebooting', async () => {
  await up()
  push(1, 2, 3)
  await running.event('updated', 'pk/sim-gw-01-c03')
  const names = subReports().map(({ identity }) => identity.device_name)
  expect(names.filter((name, index) => name !== names[index - 1])).toEqual(['sim-gw-01-c01', 'sim-gw-01-c02', 'sim-gw-01-c03'])
  expect(subReports()[0]).toMatchObject({ step: 0, task_id: '1' })
  expect(
    subReports()
      .filter(({ step }) => step === 100)
      .map(({ task_id: id }) => id),
  ).toEqual(['1', '2', '3'])
  expect(fake.posts('sub.version.post').slice(1)).toEqual(
    [1, 2, 3].map((number) => [{ identity: child(number), version: '1.0.1', module: 'default' }]),
  )
  expect(fake.log.filter(({ kind }) => kind === 'connect')).toHaveLength(1)
  expect((await running.stop()).map(({ outcome }) => outcome)).toEqual(['waiting', 'updated', 'updated', 'updated'])
})

test('a child that fails does not affect the others', async () => {
  await up('child.bad-hash:1')
  push(1, 2, 3)
  const bad = (await running.event('failed')).device
  const summaries = await Promise.all(
    [1, 2, 3]
      .map((number) => `pk/sim-gw-01-c0${number}`)
      .filter((name) => name !== bad)
      .map((name) => running.event('updated', name)),
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
  fake.push(gateway)
  await fake.until(isUp('sub.version.post', 1))
  await running.event('updated', gateway)
  await fake.until((seen) => seen.kind === 'up' && fake.posts('sub.version.post').length === 2)
  expect(fake.posts('version.post').map(({ version }) => version)).toEqual(['1.0.0', '1.0.1'])
  expect(fake.log.filter((seen) => seen.kind === 'up' && seen.method === 'login')).toHaveLength(2)
})

test('a push for a child of another gateway is reported and changes nothing', async () => {
  await up()
  push(9)
  expect(await running.event('bad-push')).toMatchObject({ device: gateway, detail: { why: 'pk/sim-gw-01-c09 is not one of its children' } })
})
