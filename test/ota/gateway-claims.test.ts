import { beforeEach, describe, expect, test } from 'vitest'
import type { Device } from '../../src/ota/model.ts'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { newDevice } from '../../src/ota/rules/new-device.ts'
import { createOtaFixture, type OtaFixture, type OtaFixtureOptions } from '../support/ota-fixture.ts'

let fixture: OtaFixture
let gateway: Connection

const identity = (name: string): object => ({ product_key: 'pk', device_name: name })
const child = (name: string, version = '1.0.0'): object => ({ identity: identity(name), version, module: 'mcu' })
const report = (connection: Connection, name: string, version?: string): Promise<void> =>
  fixture.say(connection, 'sub.version.post', [child(name, version)])
const device = (name: string): Device => {
  const found = fixture.store.reads.device(`pk/${name}`)
  if (found === undefined) throw new Error(`no device ${name}`)
  return found
}
const operators = () => fixture.core.operators.devices
const answered = (): readonly unknown[] => (fixture.sent.at(-1)?.elements ?? []).map((one) => one['device_name'])
const happened = (what: string): readonly string[] =>
  fixture.events.flatMap((event) =>
    event.type === 'device' && event.what !== 'refused' && event.what === what ? [`${event.device}: ${event.detail}`] : [],
  )
/** Of the device's record. */
const recorded = async (name: string, what: string): Promise<readonly unknown[]> =>
  (await operators().timeline(`pk/${name}`)).filter((row) => row.what === what).map(({ said }) => said)
const rules = async (name: string): Promise<readonly string[]> => (await fixture.why(`pk/${name}`)).map(({ rule }) => rule)

const open = async (options: OtaFixtureOptions = {}): Promise<void> => {
  fixture = await createOtaFixture(options)
  gateway = await fixture.join('pk/gw')
  await fixture.subscribe(gateway, 'topo')
}

/** A CONNECT with that first-use password, which is let in. */
const comes = async (name: string, hash: string | null): Promise<Connection> => {
  await fixture.core.enrol('pk', name, hash)
  await fixture.core.admitted(`pk/${name}`)
  const connection = fixture.connect(`pk/${name}`)
  await fixture.subscribe(connection)
  return connection
}

beforeEach(() => open())

describe('a gateway that reported a name before the device of that name connected', () => {
  test('speaks for it no more once the device comes with a password: the name is disputed, and both stay connected', async () => {
    await report(gateway, 'c')
    await fixture.start({ target: { devices: ['pk/c'] } })
    const own = await comes('c', 'hash')
    expect(device('c')).toMatchObject({ gateway: null, disputed: { gateway: 'pk/gw' } })
    await report(gateway, 'c', '1.1.0')
    expect(fixture.drops.get('not_child')).toBe(1)
    expect((await fixture.task()).state).not.toBe('succeeded')
    await fixture.say(own, 'version.post', { version: '1.0.0', module: 'mcu' })
    expect(fixture.pushes('pk/c')).toBe(1)
    await fixture.topo(gateway, 'add', ['c'])
    expect(answered()).toEqual([])
    expect(happened('disputed')).toEqual(['pk/c: pk/c pk/gw', 'pk/gw: pk/c pk/gw'])
    const said = { code: 'timeline_disputed', params: { device: 'pk/c', gateway: 'pk/gw' } }
    expect([await recorded('c', 'disputed'), await recorded('gw', 'disputed')]).toEqual([[said], [said]])
    expect(fixture.warnings).toEqual(['a device connects under a name that a gateway reports for: an operator must decide'])
    expect((await fixture.why('pk/c')).find(({ rule }) => rule === 'disputed')).toMatchObject({ ok: false, reason: 'disputed' })
    fixture = await fixture.restart()
    expect(device('c').disputed?.gateway).toBe('pk/gw')
  })

  test('is disputed too by a CONNECT without a password', async () => {
    await report(gateway, 'c')
    await comes('c', null)
    expect(device('c').disputed?.gateway).toBe('pk/gw')
  })

  test.each<[string, string | null]>([
    ['for the gateway', 'pk/gw'],
    ['for the device', null],
  ])('an operator decides %s, for good', async (_for, decided) => {
    await report(gateway, 'c')
    const own = await comes('c', 'hash')
    await operators().patch('pk/c', { gateway: decided })
    fixture.core.disconnected(own)
    await fixture.settle()
    await report(gateway, 'c', '9')
    expect(device('c')).toMatchObject({ gateway: decided, disputed: null })
    expect(device('c').modules.map(({ version }) => version)).toEqual([decided === null ? '1.0.0' : '9'])
    await comes('c', 'hash')
    expect(device('c')).toMatchObject({ gateway: decided, disputed: null })
    expect(await rules('c')).not.toContain('disputed')
  })

  test('the secret that an operator gives decides, with the next CONNECT', async () => {
    await report(gateway, 'c')
    await comes('c', 'hash')
    await operators().patch('pk/c', { secret: 's' })
    await fixture.core.admitted('pk/c')
    expect(device('c')).toMatchObject({ gateway: null, disputed: null })
  })

  test('a certificate of that name decides, whatever is stored', async () => {
    await report(gateway, 'c')
    await comes('c', 'hash')
    await fixture.core.admitted('pk/c', true)
    expect(device('c')).toMatchObject({ gateway: null, disputed: null })
  })

  test('a disputed name of a gateway has its own sub-devices', async () => {
    await report(gateway, 'other')
    const other = await comes('other', 'hash')
    await report(other, 'its')
    expect(device('its').gateway).toBe('pk/other')
  })
})

describe('a device that proves itself leaves a gateway that only claimed it', () => {
  const left = async (): Promise<void> => {
    expect(device('c')).toMatchObject({ gateway: null, disputed: null })
    const line = { device: 'pk/c', from: 'pk/gw', to: null }
    expect([device('c').takeovers, device('gw').takeovers]).toMatchObject([[line], [line]])
    const said = { code: 'timeline_left', params: { device: 'pk/c', from: 'pk/gw' } }
    expect([await recorded('c', 'moved'), await recorded('gw', 'moved')]).toEqual([[said], [said]])
    expect(happened('moved')).toEqual(['pk/c: pk/c left pk/gw', 'pk/gw: pk/c left pk/gw'])
    expect(fixture.warnings).toEqual(['a device has proved itself and leaves its gateway'])
  }

  test('by a stored secret, and its open task is offered to it', async () => {
    await report(gateway, 'c')
    await operators().import([{ row: 2, product: 'pk', name: 'c', secret: 's' }])
    await fixture.start({ target: { devices: ['pk/c'] } })
    await fixture.core.admitted('pk/c')
    await left()
    const own = fixture.connect('pk/c')
    await fixture.subscribe(own)
    await fixture.say(own, 'version.post', { version: '1.0.0', module: 'mcu' })
    expect(fixture.pushes('pk/c')).toBe(1)
    await report(gateway, 'c', '1.1.0')
    expect(fixture.drops.get('not_child')).toBe(1)
    expect(await rules('gw')).toContain('takeover')
  })

  test('by a password that was bound before the claim, but not by one that was bound after it', async () => {
    const disk = (await import('../../src/store/memory.ts')).createMemory()
    await open({ disk, enrolment: 'open' })
    await fixture.core.enrol('pk', 'c', 'hash')
    await report(gateway, 'c')
    expect(device('c').gateway).toBe('pk/gw')
    await comes('c', 'hash')
    await left()
    await operators().put('pk', 'd', {})
    await report(gateway, 'd')
    await comes('d', 'later')
    expect(device('d').disputed?.gateway).toBe('pk/gw')
  })

  test('a credential that was forgotten and bound anew proves nothing', async () => {
    await open({ enrolment: 'open' })
    await fixture.core.enrol('pk', 'c', 'hash')
    await report(gateway, 'c')
    await operators().forgetCredential('pk/c')
    await comes('c', 'of another')
    expect(device('c').disputed?.gateway).toBe('pk/gw')
  })
})

describe("an operator's assignment is pinned", () => {
  test.each(['free', 'unclaimed', 'never'] as const)('against topo and reports, with gatewayTakeover %s', async (gatewayTakeover) => {
    await open({ settings: { gatewayTakeover }, enrolment: 'closed' })
    await operators().put('pk', 'own', {})
    await operators().import([{ row: 2, product: 'pk', name: 'c', gateway: 'pk/own' }])
    await fixture.pass(3600)
    for (const method of ['add', 'login']) {
      await fixture.topo(gateway, method, ['c'])
      expect(answered()).toEqual([])
    }
    expect(device('c').gateway).toBe('pk/own')
    expect(fixture.drops.get('not_child')).toBe(2)
  })

  test('the gateway that it is assigned to reports for it, and does not give it up', async () => {
    await operators().put('pk', 'c', { gateway: 'pk/gw' })
    await fixture.topo(gateway, 'delete', ['c'])
    expect(answered()).toEqual([])
    await report(gateway, 'c')
    expect(device('c')).toMatchObject({ gateway: 'pk/gw', modules: [{ version: '1.0.0' }] })
    await comes('c', 'hash')
    expect(device('c')).toMatchObject({ gateway: 'pk/gw', disputed: null })
  })

  test('a list that repeats what a gateway has claimed pins it', async () => {
    await report(gateway, 'c')
    const row = { row: 2, product: 'pk', name: 'c', gateway: 'pk/gw' }
    expect(await operators().import([row])).toEqual({ created: 0, updated: 1, unchanged: 0 })
    expect(await operators().import([row])).toEqual({ created: 0, updated: 0, unchanged: 1 })
    await comes('c', 'hash')
    expect(device('c')).toMatchObject({ gateway: 'pk/gw', disputed: null })
  })

  test('also that it has none, until it is put anew', async () => {
    await report(gateway, 'c')
    await operators().patch('pk/c', { gateway: null })
    await report(gateway, 'c', '2')
    await fixture.topo(gateway, 'add', ['c'])
    expect(device('c')).toMatchObject({ gateway: null, modules: [{ version: '1.0.0' }] })
    await operators().put('pk', 'c', { gateway: null })
    await report(gateway, 'c', '2')
    expect(device('c').gateway).toBe('pk/gw')
  })
})

describe('records of Fogbell 0.1, which do not say who assigned the gateway', () => {
  const stored = async (change: Partial<Device>): Promise<void> => {
    const value = { ...newDevice('pk/c', 1), gateway: 'pk/gw', ...change }
    await fixture.store.writes.commit([{ put: 'device', value }])
  }

  test('count as a claim of the gateway', async () => {
    await stored({ credential: { kind: 'first-use', hash: 'hash' } })
    await fixture.core.admitted('pk/c')
    expect(device('c')).toMatchObject({ gateway: null, disputed: { gateway: 'pk/gw' } })
  })

  test('are pinned where an operator has given the secret, as no gateway could claim such a device', async () => {
    await stored({ credential: { kind: 'secret', secret: 's', plain: true } })
    await fixture.core.admitted('pk/c')
    expect(device('c').gateway).toBe('pk/gw')
    await report(gateway, 'c')
    expect(device('c').modules).toHaveLength(1)
  })
})

describe('ota.gatewayTakeover', () => {
  const claimed = async (gatewayTakeover: 'free' | 'unclaimed' | 'never'): Promise<Connection> => {
    await open({ settings: { gatewayTakeover } })
    await report(gateway, 'c')
    const second = await fixture.join('pk/gw2')
    await fixture.subscribe(second, 'topo')
    return second
  }
  const taken = async (): Promise<void> => {
    expect(device('c').gateway).toBe('pk/gw2')
    const line = { device: 'pk/c', from: 'pk/gw', to: 'pk/gw2' }
    for (const name of ['c', 'gw', 'gw2']) expect(device(name).takeovers).toMatchObject([line])
    const said = { code: 'timeline_taken_over', params: line }
    for (const name of ['c', 'gw', 'gw2']) expect(await recorded(name, 'moved')).toEqual([said])
    expect(happened('moved')).toEqual(['pk/c', 'pk/gw', 'pk/gw2'].map((key) => `${key}: pk/c from pk/gw to pk/gw2`))
    expect(fixture.warnings).toEqual(['a gateway has taken over a sub-device'])
  }

  test('unclaimed: not from a gateway that is connected, or has been away for less than ten minutes', async () => {
    const second = await claimed('unclaimed')
    await fixture.pass(3600)
    await fixture.topo(second, 'add', ['c'])
    expect(answered()).toEqual([])
    fixture.core.disconnected(gateway)
    await fixture.pass(599)
    await fixture.topo(second, 'login', ['c'])
    expect(answered()).toEqual([])
    await fixture.pass(1)
    await fixture.topo(second, 'login', ['c'])
    expect(answered()).toEqual(['c'])
    await taken()
  })

  test('unclaimed: after a restart a gateway has ten minutes to come back', async () => {
    await claimed('unclaimed')
    fixture = await fixture.restart(3600)
    const second = await fixture.join('pk/gw2')
    await fixture.subscribe(second, 'topo')
    await fixture.topo(second, 'add', ['c'])
    expect(answered()).toEqual([])
    await fixture.pass(600)
    await fixture.topo(second, 'add', ['c'])
    await taken()
  })

  test('unclaimed: what the other gateway has given up', async () => {
    const second = await claimed('unclaimed')
    await fixture.topo(gateway, 'delete', ['c'])
    await fixture.topo(second, 'add', ['c'])
    expect(device('c')).toMatchObject({ gateway: 'pk/gw2' })
    expect(fixture.warnings).toEqual([])
  })

  test('free: from any other gateway', async () => {
    const second = await claimed('free')
    await fixture.topo(second, 'add', ['c'])
    await taken()
  })

  test('never: topo assigns nothing, and logs in what is its own', async () => {
    const second = await claimed('never')
    fixture.core.disconnected(gateway)
    await fixture.pass(3600)
    await fixture.topo(second, 'add', ['c', 'new'])
    expect(answered()).toEqual([])
    await report(second, 'd')
    await fixture.topo(second, 'login', ['d'])
    expect(answered()).toEqual(['d'])
  })
})
