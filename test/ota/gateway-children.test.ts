// How many sub-devices a gateway may name.

import { describe, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture
let gateway: Connection

const child = (name: string, version = '1.0.0'): object => ({
  identity: { product_key: 'pk', device_name: name },
  version,
  module: 'mcu',
})
const answered = (): readonly unknown[] => (fixture.sent.at(-1)?.elements ?? []).map((one) => one['device_name'])

const open = async (): Promise<void> => {
  fixture = await createOtaFixture({ settings: { childrenPerGateway: 5 } })
  gateway = await fixture.join('pk/gw')
  await fixture.subscribe(gateway, 'topo')
}

describe('ota.childrenPerGateway', () => {
  const names = (from: number, count: number): readonly string[] => Array.from({ length: count }, (_, at) => `c${from + at}`)
  const known = (): number => [...fixture.store.reads.devices()].length

  test('bounds the sub-devices that a gateway names itself, in one message and in many', async () => {
    await open()
    await fixture.say(
      gateway,
      'sub.version.post',
      names(0, 8).map((name) => child(name)),
    )
    expect([known(), fixture.drops.get('not_child')]).toEqual([6, 3])
    await fixture.topo(gateway, 'add', names(20, 3))
    expect(answered()).toEqual([])
    expect(known()).toBe(6)
    await fixture.say(gateway, 'sub.version.post', [child('c0', '2')])
    expect(fixture.store.reads.device('pk/c0')?.modules).toMatchObject([{ version: '2' }])
    expect((await fixture.why('pk/gw')).find(({ rule }) => rule === 'children')?.text).toMatch(/^5 sub-devices of at most 5/)
    expect(fixture.warnings).toEqual(['a gateway names more sub-devices than it may have: they are dropped'])
    await fixture.core.operators.devices.put('pk', 'c9', { gateway: 'pk/gw' })
    expect(fixture.store.reads.device('pk/c9')?.gateway).toBe('pk/gw')
  })

  test('has room again for one that was given up, or removed', async () => {
    await open()
    await fixture.topo(gateway, 'add', names(0, 6))
    expect(answered()).toHaveLength(5)
    await fixture.topo(gateway, 'delete', ['c0'])
    await fixture.core.operators.devices.remove('pk/c1')
    await fixture.topo(gateway, 'add', names(10, 3))
    expect(answered()).toEqual(['c10', 'c11'])
  })

  test('bounds the records that a gateway makes and gives up again', async () => {
    await open()
    for (let from = 0; from < 50; from += 5) {
      await fixture.topo(gateway, 'add', names(from, 5))
      await fixture.topo(gateway, 'delete', names(from, 5))
    }
    expect(known()).toBe(11)
    expect(fixture.warnings).toEqual(['a gateway names more sub-devices than it may have: they are dropped'])
    await fixture.pass(86_400)
    await fixture.topo(gateway, 'add', names(100, 5))
    expect(answered()).toHaveLength(5)
  })
})
