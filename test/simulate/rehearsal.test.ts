// The plan, the figures and the comparison of a rehearsal at a test station, without a server.

import { expect, onTestFinished, test } from 'vitest'
import { boardFaults, boardKind, parseBoardFaults } from '../../src/simulate/board-faults.ts'
import { fleetBench } from '../../src/simulate/fleet.ts'
import { fleetDefaults } from '../../src/simulate/plan.ts'
import { type BoardResult, rehearse } from '../../src/simulate/rehearsal.ts'
import { isLocalBroker, loopbackOf } from '../../src/simulate/station-address.ts'
import { freshPrefix, planBoards, type RehearsalOptions, samplesOf, selfTestOf } from '../../src/simulate/station-plan.ts'
import type { StationFigures, StationPort, StationSetup } from '../../src/simulate/station-port.ts'
import { figureLines, tally } from '../../src/simulate/station-tally.ts'

const setup: StationSetup = {
  station: 'fct-1',
  slots: 2,
  slotAddresses: [],
  signsIn: false,
  product: 'lamp',
  process: 'FCT',
  bind: 'name',
  pattern: null,
  modules: [{ module: 'default', version: '1.1.0' }],
  selfTest: { source: 'device', topic: 'event/selftest', limits: [{ name: 'vbat', low: 3.1, high: 3.5, equals: null }] },
  mostRetests: 2,
}
const options: RehearsalOptions = {
  boards: 20,
  faults: 'all',
  seed: 1,
  prefix: 'sim',
  perMinute: 0,
  label: null,
  version: '1.0.0',
  isLocal: true,
}

test('the figures of the vector that defines them', () => {
  const failed = 'failed SELFTEST_FAILED'
  const boards = [['passed'], [failed, 'passed'], [failed, failed], ['aborted ABORTED', 'passed'], ['error JIG_ERROR', 'passed']]
  expect(tally(boards)).toMatchObject({
    units: 5,
    firstPassed: 2,
    finalPassed: 4,
    retested: 3,
    ntf: 2,
    errors: 1,
    aborted: 0,
    uncounted: { ABORTED: 1 },
  })
  expect(tally([...boards, ['failed NO_CONNECT', 'passed']])).toMatchObject({
    units: 6,
    firstPassed: 3,
    uncounted: { ABORTED: 1, NO_CONNECT: 1 },
  })
  expect(
    tally([
      ['ignored', 'passed'],
      ['passed', 'refused ALREADY_PASSED'],
    ]),
  ).toMatchObject({ units: 2, runs: 2, passed: 2 })
})

test('what the station had counted before is left out of its figures', () => {
  const before = tally([['passed'], ['failed NO_CONNECT']])
  const lines = figureLines(tally([['passed']]), before, tally([['passed'], ['passed'], ['failed NO_CONNECT'], ['failed NO_CONNECT']]))
  expect(lines.filter(({ expected, said }) => expected !== said)).toEqual([{ name: 'not counted NO_CONNECT', expected: 0, said: 1 }])
})

test('the same options give the same boards, each fault that can happen there once', () => {
  const plans = planBoards(setup, options)
  expect(plans).toEqual(planBoards(setup, options))
  expect(plans).not.toEqual(planBoards(setup, { ...options, seed: 2 }))
  const faults = plans.flatMap(({ fault }) => fault ?? [])
  expect([...faults].sort()).toEqual(boardFaults.filter((fault) => fault !== 'wrong-slot').sort())
  expect(plans[0]).toMatchObject({ name: 'sim-01', label: 'sim-01', version: '1.0.0' })
})

test('boards never run the version that is to be installed', () => {
  expect(planBoards(setup, { ...options, version: '1.1.0' })[0]?.version).toBe('1.1.0-old')
})

test('labels have the form that is given', () => {
  const [plan] = planBoards({ ...setup, pattern: '(?<name>.+);.+' }, { ...options, label: '{name};{secret}' })
  expect(plan?.label).toBe(`sim-01;${plan?.secret}`)
})

test.each([
  ['whichever board comes next', { bind: 'next' as const }, {}, /only boards that are found by their names/],
  ['a pattern without --label', { pattern: '(?<name>.+)' }, {}, /give it with --label/],
  ['more faults than boards', {}, { boards: 3 }, /faults for 3 boards/],
  [
    'a self-test that there is not',
    { selfTest: null },
    { faults: 'rollback,selftest-fails' },
    /cannot happen at fct-1: the procedure has no self-test/,
  ],
  ['addresses of another network', { slotAddresses: ['10.0.3.7', '10.0.3.8'] }, { faults: 'wrong-slot' }, /own addresses/],
  ['an unknown fault', {}, { faults: 'melts:2' }, /unknown fault "melts"; known faults of boards: all, never-connects/],
  ['no number', {}, { faults: 'rollback:x' }, /write rollback:1 or more/],
])('%s cannot be played', (_what, changes, more, why) => {
  expect(() => planBoards({ ...setup, ...changes }, { ...options, ...more })).toThrow(why)
})

test('faults may be counted', () => {
  expect(parseBoardFaults('rollback:2, bad-hash', setup, true)).toEqual(['rollback', 'rollback', 'bad-hash'])
})

test('a prefix with places for digits gives names of that form, which need no label of their own', () => {
  const formed = { ...setup, pattern: '(?<serial>SN-[0-9]{6})' }
  const plan = (changes: object) => planBoards(formed, { ...options, faults: '', ...changes }).map(({ name, label }) => [name, label])
  expect(plan({ boards: 2, prefix: 'SN-9#####' })).toEqual([
    ['SN-900001', 'SN-900001'],
    ['SN-900002', 'SN-900002'],
  ])
  expect(() => plan({ boards: 10, prefix: 'SN-#' })).toThrow('more places for digits')
  expect(() => plan({ prefix: 'SN' })).toThrow('--prefix SN-9#####')
})

test('measured values are inside all limits, or one of them is outside', () => {
  const limits = [
    { name: 'led', low: null, high: null, equals: true },
    { name: 'least', low: 3, high: null, equals: null },
    { name: 'most', low: null, high: 7, equals: null },
    { name: 'free', low: null, high: null, equals: null },
  ]
  const of = (selfTest: StationSetup['selfTest'], isBad: boolean) => samplesOf({ ...setup, selfTest }, isBad).map(({ value }) => value)
  expect(of({ source: 'device', topic: 'property', limits }, false)).toEqual([true, 3, 7, 1])
  expect(of({ source: 'device', topic: 'property', limits }, true)).toEqual([false, 3, 7, 1])
  expect(of({ source: 'device', topic: 'property', limits: limits.slice(1) }, true)).toEqual([2, 7, 1])
  expect(of(setup.selfTest, true)).toEqual([4.5])
})

test('a self-test is sent where the procedure takes it from', () => {
  const samples = [{ name: 'vbat', value: 3.3 }]
  expect(selfTestOf(setup, 'l1', samples)).toEqual({ topic: 'fogcloud/lamp/l1/thing/up/event/selftest/post', payload: '{"vbat":3.3}' })
  const property = selfTestOf({ ...setup, selfTest: { source: 'device', topic: 'property', limits: [] } }, 'l1', samples)
  expect([property.topic, JSON.parse(property.payload).params]).toEqual(['fogcloud/lamp/l1/thing/up/property/post', { vbat: 3.3 }])
})

test('addresses of this machine', () => {
  expect(['127.0.0.11', '127.0.3.0/24', '10.0.3.0/24', '::1', ''].map(loopbackOf)).toEqual(['127.0.0.11', '127.0.3.1', null, null, null])
  expect(['mqtt://127.0.0.1:1883', 'mqtt://localhost', 'mqtts://127.0.0.1', 'mqtt://192.0.2.7'].map(isLocalBroker)).toEqual([
    true,
    true,
    false,
    false,
  ])
})

const none: StationFigures = tally([])

/** A station that passes every board that it is shown, whatever it does, and counts `counted`. */
const blindPort = (counted: StationFigures): StationPort & { readonly scans: string[] } => {
  const scans: string[] = []
  let asked = 0
  return {
    scans,
    async scan(text, slot) {
      scans.push(`${slot} ${text}`)
      return text.startsWith('FB:') ? { kind: 'command' } : { kind: 'run', run: { id: '1', state: 'waiting', outcome: null, code: null } }
    },
    run: async () => ({ id: '1', state: 'ended', outcome: 'passed', code: null }),
    measure: async () => undefined,
    figures: async () => (asked++ === 0 ? none : counted),
  }
}

/** `most`: stopped when so many boards were judged. */
const rehearseWith = async (port: StationPort, faults: string, changes: Partial<StationSetup> = {}, most = 100) => {
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const boards: BoardResult[] = []
  const bench = fleetBench({ ...fleetDefaults, broker: 'mqtt://127.0.0.1:9', bootMs: 0 }, () => undefined)
  const stage = { setup: { ...setup, ...changes }, port, bench, options: { ...options, boards: 2, faults }, signal: stop.signal }
  const board = (result: BoardResult): void => {
    if (boards.push(result) === most) stop.abort()
  }
  return { ...(await rehearse(stage, { board })), boards }
}

test('a station that passes what must fail is seen, and so are its wrong figures', async () => {
  const { boards, figures, isRight } = await rehearseWith(blindPort(tally([['passed'], ['passed']])), 'never-connects:2')
  expect(boards.map(({ said, expected, isRight: isSame }) => [said, expected, isSame])).toEqual([
    [['passed'], ['failed NO_CONNECT'], false],
    [['passed'], ['failed NO_CONNECT'], false],
  ])
  expect(figures.find(({ name }) => name === 'units')).toEqual({ name: 'units', expected: 0, said: 2 })
  expect(isRight).toBe(false)
})

test('figures that are wrong although each board was judged rightly are seen', async () => {
  const port = { ...blindPort(tally([['failed NO_CONNECT'], ['failed NO_CONNECT'], ['failed NO_CONNECT']])) }
  const run = async () => ({ id: '1', state: 'ended', outcome: 'failed', code: 'NO_CONNECT' })
  const { boards, isRight } = await rehearseWith({ ...port, run }, 'never-connects:2')
  expect([boards.every((board) => board.isRight), isRight]).toEqual([true, false])
})

test('figures are not compared where it was stopped: boards that were left are still counted', async () => {
  const port = { ...blindPort(tally([['failed NO_CONNECT'], ['failed NO_CONNECT']])) }
  const run = async () => ({ id: '1', state: 'ended', outcome: 'failed', code: 'NO_CONNECT' })
  const result = await rehearseWith({ ...port, run }, 'never-connects:2', { slots: 1 }, 1)
  expect(result).toMatchObject({ planned: 2, figures: [], isRight: false })
  expect(result.boards).toHaveLength(1)
})

test('the operator signs in where somebody must, scans at each slot and acknowledges what did not pass', async () => {
  const port = blindPort(none)
  const run = async () => ({ id: '1', state: 'ended', outcome: 'failed', code: 'NO_CONNECT' })
  await rehearseWith({ ...port, run }, 'never-connects:2', { signsIn: true })
  expect(port.scans).toEqual(['1 FB:OP:simulate', '1 sim-01', '1 FB:OK', '2 sim-02', '2 FB:OK'])
})

test('each fault has what the station must say, and the counted ones are failures', () => {
  for (const fault of boardFaults) expect(boardKind(fault).says.length).toBeGreaterThan(0)
  expect(boardKind(null).says).toEqual(['passed'])
})

test('rehearsals that begin in one second have boards of other names, which fit a screen', () => {
  const now = Date.parse('2026-11-29T10:00:00Z')
  const prefixes = new Set(Array.from({ length: 8 }, () => freshPrefix(now)))
  expect(prefixes.size).toBeGreaterThan(6)
  for (const prefix of prefixes) expect(prefix).toMatch(/^sim-[a-z0-9]{10}$/)
})
