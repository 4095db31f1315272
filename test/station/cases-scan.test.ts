import { expect, it } from 'vitest'
import { createFixtureOn, createStationDisk } from '../support/station-disk.ts'
import { createStationFixture, refusalOf, type StationFixture, vbat } from '../support/station-fixture.ts'

const scanned = (station: StationFixture, text: string, more: object = {}, at = 'fct-1') =>
  station.stations.runs.scan(at, { text, ...more })

const runs = async (station: StationFixture) => (await station.stations.runs.list({ limit: 50 })).items

it('requests with one key at once begin one run, and each gets it', async () => {
  const station = await createStationFixture({ station: { slots: 4 } })
  const answers = await Promise.all([1, 2, 3].map(() => scanned(station, 'SN-1', { key: 'k' })))
  expect(answers.map(({ kind, run }) => [kind, run?.id])).toEqual([
    ['run', 1],
    ['run', 1],
    ['run', 1],
  ])
  expect(await runs(station)).toHaveLength(1)
})

it('a request whose run is not on disk yet is not answered before it is', async () => {
  const disk = createStationDisk()
  const station = await createFixtureOn(disk)
  disk.mode = 'held'
  const answered: string[] = []
  const both = ['a', 'b'].map((name) => scanned(station, 'SN-1', { key: 'k' }).then(() => answered.push(name)))
  await station.settle()
  expect(answered).toEqual([])
  disk.release()
  await Promise.all(both)
  expect(await runs(station)).toHaveLength(1)
})

it('two stations that scan one serial at once begin one run', async () => {
  const station = await createStationFixture()
  await station.stations.stations.put('fct-2', { procedure: 'lamp-fct' })
  const [one, two] = await Promise.all([refusalOf(scanned(station, 'SN-1')), refusalOf(scanned(station, 'SN-1', {}, 'fct-2'))])
  expect([one, two]).toEqual(['not refused', 'ALREADY_RUNNING'])
})

it('the same code within three seconds is ignored, later it is running already', async () => {
  const station = await createStationFixture({ station: { slots: 2 } })
  const { id } = await station.begin('SN-1')
  expect(await station.scan('SN-1')).toMatchObject({ kind: 'ignored', run: { id } })
  await station.ota.pass(3)
  expect(await refusalOf(scanned(station, 'SN-1'))).toBe('ALREADY_RUNNING')
})

it('a label that is scanned again after the failure was acknowledged is not a double', async () => {
  const station = await createStationFixture()
  await station.begin('SN-1')
  await station.pass(91)
  expect(await refusalOf(scanned(station, 'SN-2'))).toBe('NOT_ACKNOWLEDGED')
  await station.scan('FB:OK')
  expect(await scanned(station, 'SN-2')).toMatchObject({ kind: 'run' })
})

it('a unit that has passed is tested again by FB:RETEST alone', async () => {
  const station = await createStationFixture()
  await station.begin('SN-1')
  await station.board('SN-1', '1.1.0')
  await station.pass(4)
  expect(await refusalOf(scanned(station, 'SN-1'))).toBe('ALREADY_PASSED')
  expect(await station.scan('FB:RETEST')).toMatchObject({ kind: 'run', run: { attempt: 2 } })
})

it('a unit that failed too often goes to repair, and comes back with a release', async () => {
  const station = await createStationFixture({ procedure: { ...vbat, retest: { max: 1, reasonNeeded: true } } })
  const fail = async (text: string): Promise<void> => {
    await station.scan(text)
    await station.selfTest(await station.board('SN-1', '1.1.0'), { Vbat: 1 })
    await station.scan('FB:OK')
    await station.pass(4)
  }
  await fail('SN-1')
  expect(await refusalOf(scanned(station, 'SN-1'))).toBe('REASON_NEEDED')
  await fail('FB:REASON:contacts')
  expect((await runs(station))[0]).toMatchObject({ attempt: 2, reason: 'contacts', code: 'SELFTEST_FAILED' })
  expect(await refusalOf(scanned(station, 'SN-1'))).toBe('RETEST_LIMIT')
  await station.stations.units.release('pk', 'SN-1', { reason: 'new cell', process: null }, 'ann')
  await station.pass(4)
  expect(await scanned(station, 'SN-1', { reason: 'repaired' })).toMatchObject({ kind: 'run', run: { attempt: 3 } })
})

it('a retest that is refused leaves the FAIL as it is, and one that begins takes its place', async () => {
  const station = await createStationFixture({ procedure: { ...vbat, retest: { max: 1 } } })
  const slot = async () => (await station.stations.stations.view('fct-1')).slotViews[0]
  const fail = async (text: string): Promise<void> => {
    await station.scan(text)
    await station.selfTest(await station.board('SN-1', '1.1.0'), { Vbat: 1 })
    await station.pass(4)
  }
  await fail('SN-1')
  await fail('FB:RETEST')
  expect(await slot()).toMatchObject({ run: { id: 2, outcome: 'failed' }, isAcknowledged: false })
  for (const _again of [1, 2]) {
    expect(await refusalOf(scanned(station, 'FB:RETEST'))).toBe('RETEST_LIMIT')
    expect(await slot()).toMatchObject({ run: { id: 2 }, isAcknowledged: false })
  }
  expect(await refusalOf(scanned(station, 'SN-2'))).toBe('NOT_ACKNOWLEDGED')
  await station.scan('FB:OK')
  expect(await slot()).toMatchObject({ run: { id: 2 }, isAcknowledged: true })
})

it.each(['FB:REASON:contacts', 'FB:RETEST'])('a retest that wants a reason leaves the FAIL until it has one, by %s', async (text) => {
  const station = await createStationFixture({ procedure: { ...vbat, retest: { max: 1, reasonNeeded: true } } })
  await station.begin('SN-1')
  await station.selfTest(await station.board('SN-1', '1.1.0'), { Vbat: 1 })
  expect(await refusalOf(scanned(station, 'FB:RETEST'))).toBe('REASON_NEEDED')
  expect((await station.stations.stations.view('fct-1')).slotViews[0]).toMatchObject({ run: { id: 1 }, isAcknowledged: false })
  await station.pass(4)
  expect(await scanned(station, text, { reason: 'contacts' })).toMatchObject({ run: { id: 2, attempt: 2, reason: 'contacts', slot: 1 } })
})

it('a process that has to come first is wanted', async () => {
  const station = await createStationFixture({ procedure: { requires: ['ICT'] } })
  expect(await refusalOf(scanned(station, 'SN-1'))).toBe('ROUTE')
})

it('nobody is tested before somebody has signed in, and orders go with the runs', async () => {
  const station = await createStationFixture({ station: { operator: 'scan' } })
  expect(await refusalOf(scanned(station, 'SN-1'))).toBe('NO_OPERATOR')
  await station.scan('FB:OP:ann')
  await station.scan('FB:WO:A-7')
  expect(await station.begin('SN-1')).toMatchObject({ operator: 'ann', workOrder: 'A-7' })
})

it('what is no label, and what is a label of another product, says so', async () => {
  const station = await createStationFixture({ procedure: { serial: { pattern: '(?<serial>A\\d+)' } } })
  await station.stations.procedures.put('other', { product: 'lamp', process: 'FCT', serial: { pattern: '(?<serial>B\\d+)' } }, 'ann')
  expect(await refusalOf(scanned(station, 'C1'))).toBe('BAD_CODE')
  expect(await refusalOf(scanned(station, 'B1'))).toBe('WRONG_PRODUCT')
  expect(await refusalOf(scanned(station, 'FB:WHAT'))).toBe('BAD_CODE')
})

it('a serial number that only another product has is refused, unless a board of this product is known by it', async () => {
  const station = await createStationFixture()
  const { procedures, stations } = station.stations
  const at = async (id: string, pattern?: string): Promise<void> => {
    await procedures.put(id, { product: 'bulb', process: 'FCT', ...(pattern !== undefined && { serial: { pattern } }) }, 'ann')
    await procedures.release(id, 'ann')
    await stations.put(id, { procedure: id })
  }
  await at('plain')
  await at('formed', '(?<serial>SN-[0-9]+)')
  await station.begin('SN-1')
  await station.board('SN-1', '1.1.0')
  expect(await refusalOf(scanned(station, 'SN-1', {}, 'plain'))).toBe('WRONG_PRODUCT')
  expect(await refusalOf(scanned(station, 'SN-1', {}, 'formed'))).toBe('WRONG_PRODUCT')
  await station.begin('SN-2')
  await station.board('SN-2', '1.1.0')
  await station.ota.join('bulb/SN-2')
  expect(await scanned(station, 'SN-2', {}, 'plain')).toMatchObject({ run: { product: 'bulb', device: 'bulb/SN-2' } })
})

it('a text of signs begins no run, and of a long one the screen is given the begin', async () => {
  const station = await createStationFixture()
  expect(await refusalOf(scanned(station, '??'))).toBe('BAD_CODE')
  const long = await scanned(station, 'x'.repeat(1000)).catch((error: unknown) => error)
  expect(long).toMatchObject({ reason: 'BAD_CODE', sentence: { params: { text: `${'x'.repeat(40)}…` } } })
  expect(await runs(station)).toEqual([])
})

it('of a label that is too long no secret is shown', async () => {
  const station = await createStationFixture({ procedure: { bind: 'secret', serial: { pattern: '(?<name>[^;]+);(?<secret>.+)' } } })
  const refused = await scanned(station, `SN-1;${'s'.repeat(1000)}`).catch((error: unknown) => error)
  expect(refused).toMatchObject({ reason: 'BAD_CODE', sentence: { params: { text: 'SN-1…' } } })
  expect(station.shown.at(-1)).toMatchObject({ type: 'scan', text: 'SN-1…' })
})

it('with four slots commands choose theirs, and an acknowledgement is not lost while a run begins', async () => {
  const station = await createStationFixture({ station: { slots: 4 } })
  await station.begin('SN-1', 1)
  await station.begin('SN-2', 2)
  await station.pass(91)
  expect(await refusalOf(scanned(station, 'FB:OK'))).toBe('CHOOSE_SLOT')
  await station.scan('FB:SLOT:2')
  await Promise.all([scanned(station, 'SN-3', { slot: 3 }), scanned(station, 'FB:OK', { slot: 2 })])
  const { slotViews } = await station.stations.stations.view('fct-1')
  expect(slotViews.map(({ run, isAcknowledged }) => [run?.serial ?? null, isAcknowledged])).toEqual([
    ['SN-1', false],
    ['SN-2', true],
    ['SN-3', false],
    [null, false],
  ])
  expect(await refusalOf(scanned(station, 'SN-4', { slot: 5 }))).toBe('NO_SLOT')
  expect(await refusalOf(scanned(station, 'SN-4', { slot: 3 }))).toBe('SLOT_BUSY')
  expect((await station.begin('SN-4')).slot).toBe(2)
  await station.begin('SN-5')
  expect(await refusalOf(scanned(station, 'SN-6'))).toBe('NOT_ACKNOWLEDGED')
})

it('a slow answer of the production holds up no other slot, and the run is checked again after it', async () => {
  const waiting: (() => void)[] = []
  const validate = ({ serial }: { readonly serial: string }) =>
    serial === 'SLOW'
      ? new Promise<{ readonly ok: true }>((go) => waiting.push(() => go({ ok: true })))
      : Promise.resolve({ ok: true } as const)
  const station = await createStationFixture({ station: { slots: 2 }, outside: { validate } })
  const slow = scanned(station, 'SLOW')
  await station.settle()
  expect((await station.begin('SN-1')).slot).toBe(1)
  await station.board('SN-1', '1.1.0')
  expect(await station.run(1)).toMatchObject({ outcome: 'passed' })
  for (const go of waiting) go()
  expect(await slow).toMatchObject({ kind: 'run', run: { slot: 2 } })
})

it('a station that is removed while the production is asked gets no run', async () => {
  const waiting: (() => void)[] = []
  const station = await createStationFixture({ outside: { validate: () => new Promise((go) => waiting.push(() => go({ ok: true }))) } })
  const asked = scanned(station, 'SN-1')
  await station.settle()
  await station.stations.stations.remove('fct-1')
  for (const go of waiting) go()
  await expect(asked).rejects.toMatchObject({ code: 'OTA_STATION_UNKNOWN' })
})

it('what the production refuses, or does not answer, begins no run, and is asked again at once', async () => {
  let answer: object = { ok: false, code: 'MES_REFUSED', text: 'no order' }
  const station = await createStationFixture({ outside: { validate: async () => answer as never } })
  expect(await refusalOf(scanned(station, 'SN-1'))).toBe('MES_REFUSED')
  answer = { ok: false, code: 'MES_UNREACHABLE', why: { code: 'x', params: {} } }
  expect(await refusalOf(scanned(station, 'SN-1'))).toBe('MES_UNREACHABLE')
  answer = { ok: true }
  expect(await scanned(station, 'SN-1')).toMatchObject({ kind: 'run' })
})

it('what a station remembers goes with it', async () => {
  const station = await createStationFixture()
  await station.begin('SN-1')
  await station.board('SN-1', '1.1.0')
  await station.stations.stations.remove('fct-1')
  expect(station.shown.at(-1)).toEqual({ type: 'station', station: 'fct-1', removed: true })
  await station.stations.stations.put('fct-1', { procedure: 'lamp-fct' })
  const { slotViews } = await station.stations.stations.view('fct-1')
  expect(slotViews).toMatchObject([{ run: null }])
})
