import { expect, it } from 'vitest'
import { OtaError } from '../../src/errors.ts'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import type { Run } from '../../src/station/run-model.ts'
import { full } from '../support/full.ts'
import { createFixtureOn, createStationDisk, killed } from '../support/station-disk.ts'
import { vbat } from '../support/station-fixture.ts'
import { numbersOf } from '../support/station-shift.ts'

const names = ['SN-1', 'SN-2', 'SN-3', 'SN-4', 'SN-5']

const isCounted = ({ code, outcome, connectedAt }: Run): boolean =>
  !['NO_CONNECT', 'OTHER_BOARD', 'WRONG_SLOT'].includes(code ?? '') && (outcome !== 'aborted' || connectedAt !== null)

/** The figures, from the runs alone. */
const countedAgain = (runs: readonly Run[]) => {
  const units = names
    .map((serial) => runs.filter((run) => run.serial === serial && isCounted(run)).sort((a, b) => a.id - b.id))
    .filter((own) => own.length > 0)
  const counted = units.flat()
  const of = (outcome: string): number => counted.filter((run) => run.outcome === outcome).length
  return {
    units: units.length,
    firstPassed: units.filter(([first]) => first?.outcome === 'passed').length,
    finalPassed: units.filter((own) => own.at(-1)?.outcome === 'passed').length,
    retested: units.filter((own) => own.length > 1).length,
    ntf: units.filter(([first, ...later]) => first?.outcome !== 'passed' && later.some(({ outcome }) => outcome === 'passed')).length,
    runs: counted.length,
    passed: of('passed'),
    failed: of('failed'),
    aborted: of('aborted'),
    errors: of('error'),
  }
}

/** Anything that can happen at two stations, in any order: with refusals, but no other error. */
const play = async (seed: number, count: number) => {
  let disk = createStationDisk()
  let station = await createFixtureOn(disk, { procedure: { ...vbat, retest: { max: 20, reasonNeeded: false } }, station: { slots: 3 } })
  await station.stations.stations.put('fct-2', { procedure: 'lamp-fct' })
  const next = numbersOf(seed)
  const any = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T
  const online = new Map<string, Connection>()
  const join = async (name: string): Promise<void> => {
    const before = online.get(name)
    const address = `10.0.0.${Math.floor(next() * 3)}`
    if (before !== undefined) station.ota.core.disconnected(before, { device: before.device, id: -1, address })
    online.set(name, await station.ota.join(`pk/${name}`, address))
    await station.settle()
  }
  const openRun = async (): Promise<Run | undefined> => {
    const { items } = await station.stations.runs.list({ limit: 50 })
    const open = items.filter(({ state }) => state !== 'ended')
    return open.length === 0 ? undefined : any(open)
  }
  const ofBoard = async (act: (board: Connection) => unknown): Promise<void> => {
    const board = online.size === 0 ? undefined : any([...online.values()])
    if (board !== undefined) await act(board)
  }
  const acts: readonly (() => unknown)[] = [
    () =>
      station.stations.runs.scan(any(['fct-1', 'fct-1', 'fct-2']), {
        text: any(names),
        ...(next() < 0.3 ? { slot: 1 + Math.floor(next() * 3) } : {}),
      }),
    () => station.stations.runs.scan(any(['fct-1', 'fct-2']), { text: any(names), key: `k${Math.floor(next() * 20)}` }),
    () => Promise.allSettled([1, 2].map(() => station.stations.runs.scan('fct-1', { text: any(names) }))),
    () =>
      station.stations.runs.scan(any(['fct-1', 'fct-2']), {
        text: any(['FB:OK', 'FB:RETEST', 'FB:ABORT', 'FB:SLOT:1', 'FB:SLOT:2']),
        slot: 1,
      }),
    () => station.stations.runs.scan('fct-1', { text: 'FB:OK', slot: 1 + Math.floor(next() * 3) }),
    () => join(any(names)),
    () => join(any(names)),
    () => ofBoard((board) => station.report(board, any(['1.0.0', '1.0.0', '1.1.0']))),
    () => ofBoard((board) => station.report(board, '1.1.0')),
    () => ofBoard((board) => station.selfTest(board, { Vbat: any([3.3, 3.3, 2.9]) })),
    () => ofBoard((board) => station.selfTest(board, { Vbat: 3.3 })),
    () =>
      ofBoard((board) => {
        station.ota.core.disconnected(board)
        online.delete(board.device.slice(3))
      }),
    async () => {
      const run = await openRun()
      if (run !== undefined) await station.fetch(run.id)
    },
    async () => {
      const run = await openRun()
      if (run !== undefined && next() < 0.3) await station.stations.runs.abort(run.id, 'ann')
    },
    () =>
      station.ota.core.connectRefused({
        device: `pk/${any(names)}`,
        client: 'x',
        reason: any(['no_secret', 'bad_password']),
        address: '10.0.0.1',
      } as never),
    () => station.pass(1 + Math.floor(next() * 20)),
    () => station.pass(next() < 0.2 ? 130 : 3),
    () => {
      disk.mode = next() < 0.4 ? 'full' : 'well'
    },
    async () => {
      if (next() < 0.7) return
      online.clear()
      const after = await killed(disk, station, Math.floor(next() * 100))
      disk = after.disk
      station = after.station
    },
  ]
  for (let step = 0; step < count; step++) {
    try {
      await any(acts)()
    } catch (error) {
      if (!(error instanceof OtaError)) throw error
    }
    await station.settle()
    const open = (await station.stations.runs.list({ limit: 50 })).items.filter(({ state }) => state !== 'ended')
    const places = open.map((run) => `${run.station} ${run.slot}`)
    expect([step, new Set(places).size, new Set(open.map(({ serial }) => serial)).size]).toEqual([step, open.length, open.length])
    for (const { id, station: at, slot } of open) {
      const { slotViews } = await station.stations.stations.view(at)
      expect([step, slotViews[slot - 1]?.run?.id]).toEqual([step, id])
    }
  }
  disk.mode = 'well'
  for (let at = 0; at < 8; at++) await station.pass(800)
  return station
}

it.each(Array.from({ length: full(60, 4) }, (_, at) => at + 1))(
  'whatever happens at a station, its runs end and its figures are those of its runs (seed %i)',
  async (seed) => {
    const station = await play(seed, 80)
    const runs: Run[] = []
    for await (const some of station.stations.runs.all({})) runs.push(...some)
    expect(runs.filter(({ state }) => state !== 'ended')).toEqual([])
    expect(runs.map(({ id }) => id)).toEqual([...new Set(runs.map(({ id }) => id))])
    const [row] = await station.stations.figures({ group: [] })
    if (runs.length > 0) expect(row?.figures).toMatchObject(countedAgain(runs))
    expect([...station.outside.core.reads.openTasks()]).toEqual([])
    expect(names.filter((name) => station.stations.tap.wants(`pk/${name}`))).toEqual([])
    for (const run of runs.filter(({ outcome }) => outcome === 'passed')) expect(run.versionAfter).toMatchObject({ mcu: '1.1.0' })
  },
  full(60_000, 10_000),
)
