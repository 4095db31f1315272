// Boards with one identity, and clients that were refused, as operators see them.

import { beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import type { Event } from '../../src/ota/ports/observers.ts'
import { createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture
let current: Connection | null = null
let lastId = 0

const key = 'pk/dn'
const eventsOf = (what: string): readonly Event[] => fixture.events.filter((event) => event.type === 'device' && event.what === what)
const ruleOf = async (rule: string) => (await fixture.why(key)).find((verdict) => verdict.rule === rule)

/** A connection from that address, which takes the place of the device's connection. */
const comes = async (address: string): Promise<void> => {
  lastId += 1
  const newer = { device: key, id: lastId, address }
  if (current !== null) fixture.core.disconnected(current, newer)
  fixture.core.connected(newer)
  current = newer
  await fixture.settle()
}

const leaves = (): void => {
  if (current !== null) fixture.core.disconnected(current)
}

beforeEach(async () => {
  current = null
  fixture = await createOtaFixture()
  await fixture.core.enrol('pk', 'dn', null)
})

describe('an identity that several boards use', () => {
  test('is contended from the fourth take-over in a minute', async () => {
    for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.1', '10.0.0.2']) await comes(address)
    expect(await ruleOf('contended')).toBeUndefined()
    expect(fixture.core.operators.connections.isContended(key)).toBe(false)
    await comes('10.0.0.1')
    expect(fixture.core.operators.connections.isContended(key)).toBe(true)
    expect(await ruleOf('contended')).toMatchObject({
      ok: false,
      reason: 'contended',
      said: { params: { takeOvers: 4, addresses: ['10.0.0.2', '10.0.0.1'] } },
    })
    expect(eventsOf('disconnected').at(-1)).toMatchObject({ detail: 'superseded', address: '10.0.0.2', newAddress: '10.0.0.1' })
    expect(eventsOf('contended')).toEqual([{ type: 'device', device: key, what: 'contended', detail: '10.0.0.2, 10.0.0.1' }])
    const rows = await fixture.core.operators.devices.timeline(key)
    expect(rows.filter(({ what }) => what === 'contended')).toMatchObject([
      { said: { code: 'device_contended', params: { takeOvers: 4 } } },
    ])
  })

  test('is a warning once a minute, and no more once it is calm', async () => {
    for (let second = 0; second < 121; second += 5) {
      await fixture.pass(5)
      await comes(`10.0.0.${second % 2}`)
    }
    expect(fixture.warnings).toHaveLength(2)
    expect(eventsOf('contended')).toHaveLength(2)
    await fixture.pass(60)
    expect(fixture.core.operators.connections.isContended(key)).toBe(false)
    expect(await ruleOf('contended')).toBeUndefined()
  })

  test.each([
    ['one address', ['10.0.0.1']],
    ['several addresses, seldom', ['10.0.0.1', '10.0.0.2']],
  ])('is not one that comes again and again from %s', async (_name, addresses) => {
    for (let turn = 0; turn < 20; turn++) {
      await fixture.pass(addresses.length === 1 ? 1 : 20)
      await comes(addresses[turn % addresses.length] ?? '')
    }
    expect(fixture.warnings).toEqual([])
  })

  test('an ordinary end is not superseded', async () => {
    await comes('10.0.0.1')
    leaves()
    expect(eventsOf('disconnected')).toEqual([{ type: 'device', device: key, what: 'disconnected', address: '10.0.0.1' }])
  })
})

describe('the address of a device', () => {
  test('is that of its connection, then of its last one, over a restart', async () => {
    const address = (): string | null => fixture.core.operators.connections.address(key)
    expect(address()).toBeNull()
    await comes('10.0.0.1')
    expect(address()).toBe('10.0.0.1')
    leaves()
    await fixture.settle()
    expect(address()).toBe('10.0.0.1')
    fixture = await fixture.restart()
    expect(address()).toBe('10.0.0.1')
  })
})

describe('a refused CONNECT', () => {
  const refuse = (reason: string, address = '10.0.0.9'): void => {
    fixture.core.noteConnection(key, 'refused', reason, address)
    fixture.core.connectRefused({ reason, device: key, clientId: 'c', user: 'dn&pk', address })
  }

  test('is an event, and in the list of the last thousand, newest first', () => {
    for (let turn = 0; turn < 1100; turn++) refuse(`r${turn}`)
    const all = fixture.core.operators.connections.refused()
    expect([all.length, all[0]?.reason, all.at(-1)?.reason]).toEqual([1000, 'r1099', 'r100'])
    expect(eventsOf('refused')).toHaveLength(200)
    expect(eventsOf('refused')[0]).toEqual({
      type: 'device',
      what: 'refused',
      reason: 'r0',
      device: key,
      clientId: 'c',
      user: 'dn&pk',
      address: '10.0.0.9',
    })
  })

  test('is a rule of why, with the time, the address, the reason and the remedy', async () => {
    await fixture.core.enrol('pk', 'dn', 'hash')
    refuse('bad_password')
    await fixture.pass(125)
    expect((await ruleOf('refused'))?.text).toBe(
      'refused 2 min ago from 10.0.0.9: wrong password; if the board was replaced, `fogbell device forget-credential pk/dn`',
    )
    expect((await ruleOf('refused'))?.ok).toBe(false)
  })

  test('names no remedy that would let a stranger in while the device is connected', async () => {
    await fixture.core.enrol('pk', 'dn', 'hash')
    await comes('10.0.0.1')
    refuse('bad_password')
    expect(await ruleOf('refused')).toMatchObject({
      ok: true,
      text: expect.stringMatching(/ from 10\.0\.0\.9: wrong password; a client with the right password is connected: [^`]+$/),
    })
  })

  test.each([
    ['bad_signature', 'the password does not match the device secret'],
    ['no_secret', 'enrolment is closed and the device has no secret; give it one with `fogbell device add pk/dn --secret …`'],
  ])('of %s names its own remedy, or none', async (reason, text) => {
    refuse(reason)
    expect((await ruleOf('refused'))?.text).toBe(`refused less than a minute ago from 10.0.0.9: ${text}`)
  })

  test('is forgotten once the device has connected', async () => {
    refuse('bad_password')
    await comes('10.0.0.1')
    expect(await ruleOf('refused')).toBeUndefined()
  })
})
