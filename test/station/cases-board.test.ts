import { describe, expect, it } from 'vitest'
import { addFirmware } from '../support/ota-fixture.ts'
import { createStationFixture, refusalOf, type StationFixture, vbat } from '../support/station-fixture.ts'

const ranges = { slots: 2, slotAddresses: ['10.0.1.0/24', '10.0.2.0/24'] }

const refuse = (station: StationFixture, name: string, reason: string): void =>
  station.ota.core.connectRefused({ device: `pk/${name}`, client: name, reason, address: '10.0.0.9' } as never)

/** Two boards that throw each other off. */
const fight = async (station: StationFixture, name = 'SN-1'): Promise<void> => {
  for (const at of [1, 2, 3, 4, 5, 6]) {
    const connection = { device: `pk/${name}`, id: 100 + at, address: `10.0.0.${at % 2}` }
    const before = { device: `pk/${name}`, id: 99 + at, address: `10.0.0.${(at + 1) % 2}` }
    if (at > 1) station.ota.core.disconnected(before, connection)
    station.ota.core.connected(connection)
  }
  await station.settle()
}

describe('which board it is', () => {
  it('boards in each other’s slots are named where slots have addresses, and nowhere else', async () => {
    const station = await createStationFixture({ station: ranges })
    const [one, two] = [await station.begin('SN-1', 1), await station.begin('SN-2', 2)]
    await station.board('SN-1', '1.1.0', '10.0.2.7')
    await station.board('SN-2', '1.1.0', '10.0.1.7')
    expect(await station.run(one.id)).toMatchObject({ code: 'WRONG_SLOT', said: { params: { slot: 2, wanted: 1 } } })
    expect(await station.run(two.id)).toMatchObject({ code: 'WRONG_SLOT' })
    const free = await createStationFixture({ station: { slots: 2 } })
    await Promise.all([free.begin('SN-1', 1), free.begin('SN-2', 2)])
    await free.board('SN-1', '1.1.0', '10.0.2.7')
    expect(await free.run(1)).toMatchObject({ outcome: 'passed', serial: 'SN-1', device: 'pk/SN-1' })
  })

  it('a board that never comes is missed with the addresses of its slot, or with the last refusal of its name', async () => {
    const station = await createStationFixture({ station: ranges })
    await station.begin('SN-1', 1)
    await station.begin('SN-2', 2)
    refuse(station, 'SN-2', 'no_secret')
    await station.settle()
    await station.pass(91)
    expect(await station.run(1)).toMatchObject({ code: 'NO_CONNECT', said: { params: { from: '10.0.1.0/24' } } })
    expect(await station.run(2)).toMatchObject({ said: { params: { refused: { code: 'connection_refused_no_secret' } } } })
  })

  it('another secret than that of the label ends the run at the first refusal', async () => {
    const station = await createStationFixture({ procedure: { bind: 'secret', serial: { pattern: '(?<name>[^,]+),(?<secret>.+)' } } })
    await station.scan('SN-1,abcdefgh')
    refuse(station, 'SN-1', 'bad_signature')
    await station.settle()
    expect(await station.run(1)).toMatchObject({ code: 'WRONG_SECRET', outcome: 'failed' })
  })

  it('a refusal that is not shown, among too many, is found all the same', async () => {
    const station = await createStationFixture()
    await station.board('SN-1')
    station.ota.core.disconnected({ device: 'pk/SN-1', id: 1 })
    await station.ota.pass(1)
    await station.begin('SN-1')
    Object.assign(station.outside.core.devices, {
      connectionNote: () => ({ at: station.ota.now(), what: 'refused', reason: 'bad_password' }),
    })
    await station.pass(1)
    expect(await station.run(1)).toMatchObject({ code: 'WRONG_SECRET' })
  })

  it('a board without a name of its own is named at once, and two of them too', async () => {
    const station = await createStationFixture()
    await station.begin('SN-1')
    await station.board('factory')
    expect(await station.run(1)).toMatchObject({ code: 'FACTORY_NAME', outcome: 'failed' })
    await station.scan('FB:OK')
    await fight(station, 'factory')
    await station.pass(4)
    await station.begin('SN-1')
    await station.board('factory', undefined, '10.0.0.2')
    expect(await station.run(2)).toMatchObject({ code: 'CONTENDED' })
  })

  it('a board without a name of its own is never bound to a serial number', async () => {
    const station = await createStationFixture({ procedure: { bind: 'next' } })
    await station.stations.procedures.put('named', { product: 'pk', process: 'FCT' }, 'ann')
    await station.stations.procedures.release('named', 'ann')
    await station.stations.stations.put('fct-2', { procedure: 'named' })
    await station.begin('SN-1')
    await station.stations.runs.scan('fct-2', { text: 'SN-2' })
    await station.board('factory')
    expect(await station.run(1)).toMatchObject({ state: 'waiting', device: null })
  })

  it('two boards of one name end the run, also where they fought before it began', async () => {
    const after = await createStationFixture()
    await after.begin('SN-1')
    await fight(after)
    expect(await after.run(1)).toMatchObject({ code: 'CONTENDED' })
    const before = await createStationFixture()
    await fight(before)
    await before.pass(1)
    await before.begin('SN-1')
    await fight(before)
    expect(await before.run(1)).toMatchObject({ code: 'CONTENDED' })
  })

  it('a board of another product with the name of the label is named so', async () => {
    const station = await createStationFixture()
    await station.begin('SN-1')
    await station.ota.join('lamp/SN-1')
    await station.settle()
    expect(await station.run(1)).toMatchObject({ code: 'WRONG_PRODUCT' })
  })

  it('a board is bound also where its run ends as it comes, and then is no other serial’s', async () => {
    const station = await createStationFixture({ procedure: { serial: { pattern: '(?<serial>[^@]+)@(?<name>.+)' } } })
    await station.board('B1', '1.1.0')
    await station.pass(1)
    expect(await station.begin('SN-1@B1')).toMatchObject({ outcome: 'passed' })
    expect(await station.stations.units.certificate('pk', 'SN-1')).toMatchObject({ unit: { device: 'pk/B1', boundBy: 1 } })
    expect(await refusalOf(station.scan('SN-2@B1'))).toBe('BOUND_ELSEWHERE')
    expect(await refusalOf(station.scan('SN-3@B1'))).toBe('BOUND_ELSEWHERE')
  })

  it('a board in the wrong slot is not bound', async () => {
    const station = await createStationFixture({ station: ranges })
    await station.begin('SN-1', 1)
    await station.board('SN-1', '1.1.0', '10.0.2.7')
    expect(await station.stations.units.certificate('pk', 'SN-1')).toMatchObject({ unit: { device: null } })
  })
})

describe('the next board', () => {
  it('is that of the slot’s addresses; a second wait for overlapping ones is refused', async () => {
    const station = await createStationFixture({ procedure: { bind: 'next' }, station: ranges })
    await station.stations.stations.put('fct-2', { procedure: 'lamp-fct', slotAddresses: ['10.0.0.0/8'] })
    await station.begin('SN-1', 1)
    await station.begin('SN-2', 2)
    expect(await refusalOf(station.stations.runs.scan('fct-2', { text: 'SN-3' }))).toBe('WAIT_SLOT')
    await station.board('B2', '1.1.0', '10.0.2.9')
    expect(await station.run(2)).toMatchObject({ outcome: 'passed', device: 'pk/B2' })
    expect(await station.run(1)).toMatchObject({ state: 'waiting', device: null })
  })

  it('of a serial number that has a board is that board, until it is replaced', async () => {
    const station = await createStationFixture({ procedure: { bind: 'next' } })
    await station.begin('SN-1')
    station.ota.core.disconnected(await station.board('B1', '1.1.0'))
    await station.pass(4)
    await refusalOf(station.scan('SN-1'))
    await station.scan('FB:RETEST')
    await station.board('B2', '1.1.0')
    expect(await station.run(2)).toMatchObject({ state: 'waiting', device: 'pk/B1', others: ['pk/B2'] })
    await station.stations.runs.abort(2, 'ann')
    await station.scan('FB:OK')
    await station.stations.units.rebind('pk', 'SN-1', { device: null, reason: 'broken' }, 'ann')
    await station.pass(4)
    expect(await station.scan('SN-1')).toMatchObject({ run: { device: null, state: 'waiting' } })
    await station.board('B3', '1.1.0')
    expect(await station.run(3)).toMatchObject({ outcome: 'passed', device: 'pk/B3' })
    expect(await station.stations.units.certificate('pk', 'SN-1')).toMatchObject({
      unit: { device: 'pk/B3', replaced: [{ device: 'pk/B1' }] },
    })
  })

  it('is not one that is bound: that one is named', async () => {
    const station = await createStationFixture({ procedure: { bind: 'next' }, station: { slots: 2 } })
    await station.begin('SN-1')
    await station.board('B1', '1.1.0')
    await station.begin('SN-2')
    await station.board('B1', '1.1.0')
    await station.pass(91)
    expect(await station.run(2)).toMatchObject({ code: 'OTHER_BOARD', said: { params: { other: 'B1' } } })
  })
})

describe('the update', () => {
  it('is offered again to a board that comes back in each state', async () => {
    const station = await createStationFixture()
    await station.begin('SN-1')
    await station.board('SN-1', '1.0.0')
    station.ota.core.disconnected({ device: 'pk/SN-1', id: 1 })
    await station.settle()
    await station.report(await station.ota.join('pk/SN-1'), '1.0.0')
    expect(await station.run(1)).toMatchObject({ state: 'updating' })
    await station.fetch(1)
    station.ota.core.disconnected({ device: 'pk/SN-1', id: 2 })
    await station.settle()
    expect(await station.run(1)).toMatchObject({ state: 'restarting' })
  })

  it('has rolled back when the old version comes twice, on newer connections, and not before', async () => {
    const station = await createStationFixture()
    await station.begin('SN-1')
    await station.board('SN-1', '1.0.0')
    await station.fetch(1)
    for (const code of [null, 'ROLLED_BACK']) {
      await station.pass(2)
      await station.report(await station.ota.join('pk/SN-1'), '1.0.0')
      expect(await station.run(1)).toMatchObject({ code })
    }
    expect([...station.outside.core.reads.openTasks()]).toEqual([])
  })

  it('has rolled back when the old version came once and the time is over; nothing came is another code', async () => {
    const station = await createStationFixture({ station: { slots: 2 } })
    for (const name of ['SN-1', 'SN-2']) {
      await station.begin(name)
      await station.board(name, '1.0.0')
    }
    await station.fetch(1)
    await station.fetch(2)
    await station.pass(2)
    await station.report(await station.ota.join('pk/SN-1'), '1.0.0')
    await station.pass(121)
    expect([await station.run(1), await station.run(2)]).toMatchObject([{ code: 'ROLLED_BACK' }, { code: 'NO_RESTART' }])
  })

  it('a board that falls back while it is tested has not passed', async () => {
    const station = await createStationFixture({ procedure: vbat })
    await station.begin('SN-1')
    const board = await station.board('SN-1', '1.1.0')
    expect(await station.run(1)).toMatchObject({ state: 'testing' })
    await station.report(board, '1.0.0')
    await station.selfTest(board, { Vbat: 3.3 })
    expect(await station.run(1)).toMatchObject({ outcome: 'failed', code: 'ROLLED_BACK' })
  })

  it('that a board never fetches, or fetches too slowly, or refuses, has a code of its own', async () => {
    const station = await createStationFixture({ station: { slots: 3 } })
    for (const name of ['SN-1', 'SN-2', 'SN-3']) {
      await station.begin(name)
      await station.board(name, '1.0.0')
    }
    const [task = 0] = (await station.run(2)).tasks
    station.ota.core.served({ task, bytes: 10, complete: false, sure: true, quietMs: 0 })
    await station.settle()
    await station.outside.core.cancelTask((await station.run(3)).tasks[0] ?? 0)
    await station.settle()
    expect(await station.run(3)).toMatchObject({ code: 'UPDATE_FAILED', outcome: 'failed' })
    await station.pass(601)
    expect([await station.run(1), await station.run(2)]).toMatchObject([{ code: 'NO_DOWNLOAD' }, { code: 'UPDATE_TIMEOUT' }])
  })

  it('waits for no campaign: one in progress is named before and in the run, one that is queued is replaced', async () => {
    const station = await createStationFixture({ procedure: { bind: 'next' }, station: { slots: 2 } })
    await station.stations.procedures.put(
      'named',
      { product: 'pk', process: 'FCT', firmware: [{ module: 'mcu', firmware: station.ota.firmware }] },
      'ann',
    )
    await station.stations.procedures.release('named', 'ann')
    await station.stations.stations.put('fct-2', { procedure: 'named' })
    const firmware = await addFirmware(station.ota, '2.0.0')
    await station.board('SN-1', '1.0.0')
    await station.ota.start({ firmware, name: 'field update' })
    await station.pass(1)
    const words = await station.stations.runs.scan('fct-2', { text: 'SN-1' }).catch((error: unknown) => error)
    expect(words).toMatchObject({ reason: 'BUSY', sentence: { params: { name: 'field update' } } })
    await station.begin('SN-9')
    await station.board('SN-1', '1.0.0')
    expect(await station.run(1)).toMatchObject({ code: 'BUSY', outcome: 'error', said: { params: { name: 'field update' } } })
  })

  it('no version within 30 seconds is said', async () => {
    const station = await createStationFixture()
    await station.begin('SN-1')
    await station.board('SN-1')
    await station.pass(31)
    expect(await station.run(1)).toMatchObject({ code: 'NO_VERSION', said: { params: { seconds: 30, modules: ['mcu'] } } })
  })

  it('is made for a board on the version already where the procedure writes it always', async () => {
    const station = await createStationFixture({ procedure: { reflash: 'always' } })
    await station.begin('SN-1')
    await station.board('SN-1', '1.1.0')
    expect(await station.run(1)).toMatchObject({ state: 'updating' })
    await station.fetch(1)
    await station.pass(2)
    await station.report(await station.ota.join('pk/SN-1'), '1.1.0')
    expect(await station.run(1)).toMatchObject({ outcome: 'passed' })
  })
})
