// A shift of simulated boards at one station, each with a fate of its own, and what its figures have to be, counted beside the product.

import type { Connection } from '../../src/ota/ports/mqtt.ts'
import type { RunCode } from '../../src/station/run-model.ts'
import type { StationFixture } from './station-fixture.ts'

/** A stream of numbers from 0 to 1, the same for the same seed. */
export const numbersOf = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** What happens to a board in one run. */
export type Fate =
  | 'good'
  | 'current'
  | 'absent'
  | 'other'
  | 'wrong-secret'
  | 'contended'
  | 'silent'
  | 'no-download'
  | 'slow'
  | 'refuses'
  | 'rolled-back'
  | 'bad-test'
  | 'no-test'
  | 'lost'
  | 'aborted'
  | 'pulled'

export const fates: { readonly [F in Fate]: RunCode | null } = {
  good: null,
  current: null,
  absent: 'NO_CONNECT',
  other: 'OTHER_BOARD',
  'wrong-secret': 'WRONG_SECRET',
  contended: 'CONTENDED',
  silent: 'NO_VERSION',
  'no-download': 'NO_DOWNLOAD',
  slow: 'UPDATE_TIMEOUT',
  refuses: 'UPDATE_FAILED',
  'rolled-back': 'ROLLED_BACK',
  'bad-test': 'SELFTEST_FAILED',
  'no-test': 'SELFTEST_MISSING',
  lost: 'LOST',
  aborted: 'ABORTED',
  pulled: 'ABORTED',
}

/** One step of a board in a run; an error of the fixture ends the test. */
type Play = (station: StationFixture, run: number, name: string) => Promise<void>

const leave = (station: StationFixture, connection: Connection): void => station.ota.core.disconnected(connection)

const updated: Play = async (station, run, name) => {
  leave(station, await station.board(name, '1.0.0'))
  await station.fetch(run)
}

const upTo = async (station: StationFixture, run: number, name: string): Promise<Connection> => {
  await updated(station, run, name)
  await station.pass(1)
  return station.board(name, '1.1.0')
}

export const plays: { readonly [F in Fate]: Play } = {
  async good(station, run, name) {
    const board = await upTo(station, run, name)
    await station.selfTest(board, { Vbat: 3.3 })
    leave(station, board)
  },
  async current(station, _run, name) {
    const board = await station.board(name, '1.1.0')
    await station.selfTest(board, { Vbat: 3.2 })
    leave(station, board)
  },
  absent: (station) => station.pass(91),
  async other(station) {
    leave(station, await station.board('stranger'))
    await station.settle()
    await station.pass(91)
  },
  async 'wrong-secret'(station, _run, name) {
    station.ota.core.connectRefused({ device: `pk/${name}`, client: name, reason: 'bad_signature', address: '10.0.0.9' } as never)
    await station.settle()
  },
  async contended(station, _run, name) {
    let board = await station.ota.join(`pk/${name}`, '10.0.0.0')
    for (const at of [1, 2, 3, 4, 5]) {
      const next = { ...board, id: 100_000_000 + station.ota.now() + at, address: `10.0.0.${at % 2}` }
      station.ota.core.disconnected(board, next)
      station.ota.core.connected(next)
      board = next
    }
    await station.settle()
    leave(station, board)
  },
  async silent(station, _run, name) {
    leave(station, await station.board(name))
    await station.settle()
    await station.pass(31)
  },
  async 'no-download'(station, _run, name) {
    leave(station, await station.board(name, '1.0.0'))
    await station.pass(601)
  },
  async slow(station, run, name) {
    leave(station, await station.board(name, '1.0.0'))
    const [task = 0] = (await station.run(run)).tasks
    station.ota.core.served({ task, bytes: 10, complete: false, sure: true, quietMs: 0 })
    await station.settle()
    await station.pass(601)
  },
  async refuses(station, run, name) {
    leave(station, await station.board(name, '1.0.0'))
    const [task = 0] = (await station.run(run)).tasks
    await station.outside.core.cancelTask(task)
    await station.settle()
  },
  async 'rolled-back'(station, run, name) {
    await updated(station, run, name)
    for (const seconds of [1, 2]) {
      await station.pass(seconds)
      leave(station, await station.board(name, '1.0.0'))
    }
  },
  async 'bad-test'(station, _run, name) {
    const board = await station.board(name, '1.1.0')
    await station.selfTest(board, { Vbat: 2.9 })
    leave(station, board)
  },
  async 'no-test'(station, _run, name) {
    await station.board(name, '1.1.0')
    await station.pass(121)
    leave(station, await station.ota.join(`pk/${name}`))
  },
  async lost(station, _run, name) {
    leave(station, await station.board(name, '1.1.0'))
    await station.settle()
    leave(station, await station.board(name))
    await station.settle()
  },
  async aborted(station, run, name) {
    leave(station, await station.board(name, '1.0.0'))
    await station.stations.runs.abort(run, 'ann')
    await station.settle()
  },
  async pulled(station, run) {
    await station.stations.runs.abort(run, 'ann')
    await station.settle()
  },
}

/** The fates of one unit, one for each of its runs. */
export interface PlannedUnit {
  readonly serial: string
  readonly fates: readonly Fate[]
}

/** Fates that say nothing of the unit. */
const uncounted: readonly Fate[] = ['absent', 'other', 'pulled']

export const planOf = (count: number, seed: number, prefix = 'SN'): readonly PlannedUnit[] => {
  const next = numbersOf(seed)
  const names = Object.keys(fates) as Fate[]
  const fateOf = (): Fate => (next() < 0.4 ? 'good' : (names[Math.floor(next() * names.length)] ?? 'good'))
  return Array.from({ length: count }, (_, at) => {
    const own: Fate[] = []
    // Until it passes, three runs at most.
    do own.push(fateOf())
    while (fates[own.at(-1) ?? 'good'] !== null && own.length < 3 && next() < 0.6)
    return { serial: `${prefix}-${at}`, fates: own }
  })
}

const tally = (list: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const one of list) counts[one] = (counts[one] ?? 0) + 1
  return counts
}

/** By the words of the definition, from the plan alone. */
export const expectedOf = (plan: readonly PlannedUnit[]) => {
  const counted = plan.map((unit) => unit.fates.filter((fate) => !uncounted.includes(fate))).filter((own) => own.length > 0)
  const all = counted.flat()
  const isGood = (fate: Fate | undefined): boolean => fate !== undefined && fates[fate] === null
  const how = (fate: Fate): string => (isGood(fate) ? 'passed' : fate === 'aborted' ? 'aborted' : 'failed')
  const ends = tally(all.map(how))
  return {
    units: counted.length,
    firstPassed: counted.filter(([first]) => isGood(first)).length,
    finalPassed: counted.filter((own) => isGood(own.at(-1))).length,
    retested: counted.filter((own) => own.length > 1).length,
    ntf: counted.filter(([first, ...later]) => !isGood(first) && later.some(isGood)).length,
    runs: all.length,
    passed: ends['passed'] ?? 0,
    failed: ends['failed'] ?? 0,
    aborted: ends['aborted'] ?? 0,
    errors: 0,
    codes: tally(all.flatMap((fate) => fates[fate] ?? [])),
    uncounted: tally(plan.flatMap((unit) => unit.fates.filter((fate) => uncounted.includes(fate)).map((fate) => fates[fate] ?? ''))),
  }
}
