// What boards at a test station do wrong, by name: what the station must say to it, and whether it can happen at a station at all. Plain data.

import { type Fault, OtaError } from '../errors.ts'
import { goodTraits, type Traits } from './faults.ts'
import { loopbackOf } from './station-address.ts'
import type { StationSetup } from './station-port.ts'

/** What plays the board: a simulated device; bare connections; or nothing at all. */
type Play = 'device' | 'nothing' | 'other' | 'secret' | 'silent' | 'elsewhere' | 'twins'

export interface BoardKind {
  readonly text: string
  readonly play: Play
  readonly traits: Partial<Traits>
  /** What it measures in its first run. */
  readonly measures: 'good' | 'bad' | 'none'
  /** What the station says in its order: outcomes with codes, and refusals. */
  readonly says: readonly string[]
  /** No other board may wait that the station could take it for. */
  readonly isAlone: boolean
  /** Why it cannot happen at this station; null: it can. */
  readonly impossible: (setup: StationSetup, isLocal: boolean) => string | null
}

const always = (): null => null
const updates = ({ modules }: StationSetup): string | null => (modules.length > 0 ? null : 'the procedure installs nothing')
const tests = ({ selfTest }: StationSetup): string | null => (selfTest !== null ? null : 'the procedure has no self-test')
const judges = (setup: StationSetup): string | null =>
  tests(setup) ?? (setup.selfTest?.limits.some(hasLimit) === true ? null : 'the self-test has no limits')
const hasLimit = ({ low, high, equals }: { low: number | null; high: number | null; equals: unknown }): boolean =>
  low !== null || high !== null || equals !== null

const knowsAddresses = ({ slotAddresses }: StationSetup): string | null =>
  slotAddresses.length > 0 ? null : 'the addresses of its slots are not set'
const playsAddresses = ({ slotAddresses }: StationSetup, isLocal: boolean): string | null =>
  isLocal && slotAddresses.every((block) => loopbackOf(block) !== null)
    ? null
    : "boards can only come from this machine's own addresses, 127.0.0.0/8"

const device = (text: string, says: readonly string[], more: Partial<BoardKind> = {}): BoardKind => ({
  text,
  play: 'device',
  traits: {},
  measures: 'good',
  says,
  isAlone: false,
  impossible: always,
  ...more,
})
const bare = (play: Play, text: string, code: string, more: Partial<BoardKind> = {}): BoardKind =>
  device(text, [`failed ${code}`], { play, isAlone: true, ...more })
const fails = (step: number, desc: string): Partial<Traits> => ({ fails: { step, desc, raw: false } })

export const goodBoard: BoardKind = device('passes', ['passed'])

const boardKinds = {
  'never-connects': bare('nothing', 'never connects', 'NO_CONNECT'),
  'other-board': bare('other', 'another board comes in its place', 'OTHER_BOARD', {
    impossible: (setup, isLocal) => (setup.slotAddresses.length === 0 ? null : playsAddresses(setup, isLocal)),
  }),
  'wrong-secret': bare('secret', 'shows another secret than before', 'WRONG_SECRET'),
  'wrong-slot': bare('elsewhere', 'is in another slot than it was scanned for', 'WRONG_SLOT', {
    isAlone: false,
    impossible: (setup, isLocal) =>
      knowsAddresses(setup) ?? (setup.slots > 1 ? null : 'it has only one slot') ?? playsAddresses(setup, isLocal),
  }),
  'no-version': bare('silent', 'connects and reports no version', 'NO_VERSION', { isAlone: false, impossible: updates }),
  'two-names': bare('twins', 'two boards have its name', 'CONTENDED', {
    impossible: (setup, isLocal) => updates(setup) ?? playsAddresses({ ...setup, slotAddresses: [] }, isLocal),
  }),
  'download-error': device('cannot download: step -2', ['failed UPDATE_FAILED'], {
    traits: fails(-2, 'connection reset'),
    impossible: updates,
  }),
  'bad-hash': device('writes a wrong byte to flash: step -3', ['failed UPDATE_FAILED'], {
    traits: { corrupts: true },
    impossible: updates,
  }),
  rollback: device('starts its old version again', ['failed ROLLED_BACK'], { traits: { boots: 'old' }, impossible: updates }),
  'no-restart': device('has fetched all and never starts again', ['failed NO_RESTART'], {
    traits: { diesAt: 100, returns: false },
    impossible: updates,
  }),
  'selftest-fails': device('measures a value outside its limits', ['failed SELFTEST_FAILED'], { measures: 'bad', impossible: judges }),
  'selftest-missing': device('sends no self-test', ['failed SELFTEST_MISSING'], { measures: 'none', impossible: tests }),
  'drops-in-test': device('loses its connection twice in the self-test', ['failed LOST'], { measures: 'none', impossible: tests }),
  'scanned-twice': device('is scanned twice at once', ['ignored', 'passed']),
  'passed-already': device('is scanned again after it has passed', ['passed', 'refused ALREADY_PASSED']),
  'not-acknowledged': device(
    'fails, and the next label is scanned before that was acknowledged',
    ['failed SELFTEST_FAILED', 'refused NOT_ACKNOWLEDGED'],
    {
      measures: 'bad',
      impossible: judges,
    },
  ),
  retest: device('fails, and passes when it is tested again', ['failed SELFTEST_FAILED', 'passed'], {
    measures: 'bad',
    impossible: (setup) => judges(setup) ?? (setup.mostRetests > 0 ? null : 'the procedure allows no retest'),
  }),
  aborted: device('is taken away before it has connected', ['aborted ABORTED'], { play: 'nothing' }),
} as const satisfies Record<string, BoardKind>

export type BoardFault = keyof typeof boardKinds

export const boardFaults = Object.keys(boardKinds) as BoardFault[]
export const boardKind = (fault: BoardFault | null): BoardKind => (fault === null ? goodBoard : boardKinds[fault])
export const boardTraits = (kind: BoardKind): Traits => ({ ...goodTraits, ...kind.traits })

const isBoardFault = (name: string): name is BoardFault => Object.hasOwn(boardKinds, name)

interface Counted {
  readonly fault: BoardFault
  readonly count: number
}

const parsePart = (part: string, setup: StationSetup, isLocal: boolean): Counted | string => {
  const [name = '', count = '1'] = part.split(':')
  if (!isBoardFault(name)) return `unknown fault "${name}"; known faults of boards: all, ${boardFaults.join(', ')}`
  if (!/^[1-9]\d{0,4}$/.test(count)) return `"${count}" is not a number of boards: write ${name}:1 or more`
  const why = boardKinds[name].impossible(setup, isLocal)
  return why === null ? { fault: name, count: Number(count) } : `it cannot happen at ${setup.station}: ${why}`
}

/** Each fault that can happen at the station, once. */
const possible = (setup: StationSetup, isLocal: boolean): readonly BoardFault[] =>
  boardFaults.filter((fault) => boardKinds[fault].impossible(setup, isLocal) === null)

/**
 * Reads `never-connects:2,rollback`, names with the number of boards; `all` is each that can happen there. Throws OTA_BAD_REQUEST with each
 * invalid part.
 */
export const parseBoardFaults = (spec: string, setup: StationSetup, isLocal: boolean): readonly BoardFault[] => {
  const parts = spec
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const read = parts.map((part) => (part === 'all' ? possible(setup, isLocal) : parsePart(part, setup, isLocal)))
  const faults: Fault[] = read.flatMap((one, at) =>
    typeof one === 'string' ? [{ path: `faults "${parts[at] ?? ''}"`, message: one }] : [],
  )
  if (faults.length > 0)
    throw new OtaError('OTA_BAD_REQUEST', faults.map(({ path, message }) => `${path}: ${message}`).join('; '), { faults })
  return read.flatMap((one) => {
    if (typeof one === 'string') return []
    return 'fault' in one ? Array.from({ length: one.count }, () => one.fault) : one
  })
}
