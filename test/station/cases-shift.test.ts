import { expect, it } from 'vitest'
import { full } from '../support/full.ts'
import { createFixtureOn, createStationDisk, killed } from '../support/station-disk.ts'
import { createStationFixture, type StationFixture, vbat } from '../support/station-fixture.ts'
import { expectedOf, type Fate, fates, numbersOf, type PlannedUnit, planOf, plays } from '../support/station-shift.ts'

const procedure = { ...vbat, retest: { max: 20, reasonNeeded: false } }

const figuresOf = async (station: StationFixture) => (await station.stations.figures({ group: [] }))[0]?.figures

/** One after another, as one slot's boards are. */
const playUnit = async (station: StationFixture, { serial, fates: own }: PlannedUnit, slot: number): Promise<void> => {
  for (const fate of own) {
    const { id } = await station.begin(serial, slot)
    await plays[fate](station, id, serial)
    const run = await station.run(id)
    expect([serial, fate, run.state, run.code]).toEqual([serial, fate, 'ended', fates[fate]])
    if (run.outcome !== 'passed') await station.stations.runs.acknowledge(id)
    await station.pass(4)
  }
}

it('the figures of four slots and many faults are those of an independent count', async () => {
  const station = await createStationFixture({ procedure, station: { slots: 4 } })
  const plan = planOf(full(200, 40), 7)
  for (const [at, unit] of plan.entries()) await playUnit(station, unit, (at % 4) + 1)
  expect(await figuresOf(station)).toMatchObject(expectedOf(plan))
  const again = await station.restart(1)
  expect(await figuresOf(again)).toMatchObject(expectedOf(plan))
}, 120_000)

it('the figures of four slots at once are those too', async () => {
  const steps = { connectSeconds: 3600, updateSeconds: 7200, restartSeconds: 3600, selfTestSeconds: 3600 }
  const station = await createStationFixture({ procedure: { ...procedure, steps }, station: { slots: 4 } })
  const quick: readonly Fate[] = ['good', 'current', 'wrong-secret', 'refuses', 'rolled-back', 'bad-test', 'lost', 'aborted', 'pulled']
  const plans = [1, 2, 3, 4].map((slot) =>
    planOf(full(50, 12), slot, `S${slot}`).map((unit) => ({
      ...unit,
      fates: unit.fates.map((fate) => (quick.includes(fate) ? fate : 'bad-test')),
    })),
  )
  await Promise.all(
    plans.map(async (plan, at) => {
      for (const unit of plan) await playUnit(station, unit, at + 1)
    }),
  )
  expect(await figuresOf(station)).toMatchObject(expectedOf(plans.flat()))
}, 120_000)

it('the vector of the definition, through real runs', async () => {
  const reference = { everySeconds: 86_400, golden: ['G'], bad: ['B'] }
  const station = await createStationFixture({ procedure: { ...procedure, reference } })
  await playUnit(station, { serial: 'G', fates: ['good'] }, 1)
  await playUnit(station, { serial: 'B', fates: ['bad-test'] }, 1)
  await playUnit(station, { serial: 'U1', fates: ['good'] }, 1)
  await playUnit(station, { serial: 'U2', fates: ['bad-test', 'good'] }, 1)
  await playUnit(station, { serial: 'U3', fates: ['lost', 'no-test'] }, 1)
  await playUnit(station, { serial: 'U4', fates: ['pulled', 'current'] }, 1)
  const { admit } = station.outside.core
  const error = () => Promise.reject(new Error('no campaign'))
  Object.assign(station.outside.core, { admit: error })
  const { id } = await station.begin('U5', 1)
  await station.board('U5', '1.0.0')
  Object.assign(station.outside.core, { admit })
  expect(await station.run(id)).toMatchObject({ outcome: 'error' })
  await station.stations.runs.acknowledge(id)
  await station.pass(4)
  await playUnit(station, { serial: 'U5', fates: ['good'] }, 1)
  const five = { units: 5, firstPassed: 2, finalPassed: 4, retested: 3, ntf: 2, references: 2 }
  expect(await figuresOf(station)).toMatchObject(five)
  await playUnit(station, { serial: 'U6', fates: ['absent', 'good'] }, 1)
  expect(await figuresOf(station)).toMatchObject({
    ...five,
    units: 6,
    firstPassed: 3,
    finalPassed: 5,
    uncounted: { ABORTED: 1, NO_CONNECT: 1 },
  })
})

/** The step of a board that a kill has cut is done again by the board: it connects, reports and tests itself until its run has ended. */
const finishAfterKill = async (station: StationFixture, serial: string): Promise<void> => {
  for (let tries = 0; tries < 4; tries++) {
    const open = (await station.stations.runs.list({ serial, limit: 1 })).items[0]
    if (open === undefined || open.state === 'ended') return
    const board = await station.board(serial, open.state === 'waiting' || open.state === 'identifying' ? '1.0.0' : undefined)
    if ((await station.run(open.id)).state === 'updating') await station.fetch(open.id)
    await station.pass(2)
    const back = await station.board(serial, '1.1.0')
    await station.selfTest(back, { Vbat: 3.3 })
    station.ota.core.disconnected(back)
    station.ota.core.disconnected(board)
    await station.settle()
  }
}

it.each(Array.from({ length: full(3, 1) }, (_, at) => 11 + at))(
  'kills at twenty moments of a shift lose and double no run, and change no figure (seed %i)',
  async (seed) => {
    let disk = createStationDisk()
    let station = await createFixtureOn(disk, { procedure })
    const next = numbersOf(seed)
    const count = full(200, 50)
    const killAt = new Set(Array.from({ length: 20 }, (_, at) => Math.floor(((at + next()) * count) / 20)))
    const greens = new Set<number>()
    const note = (): void => {
      for (const event of station.shown) if (event.type === 'run' && event.run.outcome === 'passed') greens.add(event.run.id)
    }
    for (let at = 0; at < count; at++) {
      const serial = `SN-${at}`
      const key = `scan ${at}`
      const scan = () => station.stations.runs.scan('fct-1', { text: serial, key })
      if (killAt.has(at)) {
        // So many writes of this run are made yet; what follows never reaches the disk.
        disk.goneAfter(Math.floor(next() * 8))
        const cut = scan().then(() => plays.good(station, at + 1, serial))
        await Promise.race([cut.catch(() => undefined), disk.whenGone()])
        note()
        const after = await killed(disk, station, 1 + Math.floor(next() * 60))
        disk = after.disk
        station = after.station
        await station.settle()
        await scan().catch(() => undefined)
        await station.settle()
        await finishAfterKill(station, serial)
      } else {
        const answer = await scan()
        await station.settle()
        await plays.good(station, answer.run?.id ?? 0, serial)
      }
      note()
      await station.pass(4)
    }
    const runs = (await station.stations.runs.list({ limit: 10 * count })).items
    expect(runs.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
    expect(new Set(runs.map(({ serial }) => serial)).size).toBe(count)
    expect(runs).toHaveLength(count)
    const known = new Set(runs.map(({ id }) => id))
    expect([...greens].filter((id) => !known.has(id))).toEqual([])
    expect(await figuresOf(station)).toMatchObject({ units: count, runs: count, passed: count, firstPassed: count, finalPassed: count })
    expect([...station.outside.core.reads.openTasks()]).toEqual([])
  },
  60_000,
)
