// A scan at a station: a label begins a run, or is refused with a reason; a command is for the station itself.

import { asOtaError } from '../../errors.ts'
import type { ScanAnswer, ScanInput } from '../ports.ts'
import { readScan } from '../rules/scan.ts'
import type { RefusalCode } from '../run-model.ts'
import type { Station } from '../station-model.ts'
import { runOf } from './beginning.ts'
import { type AskedRun, beginOf } from './checking.ts'
import { obey } from './commands.ts'
import { type Floor, type LastScan, mustFindStation, releasedOf, runOfKey, storedRun } from './floor.ts'
import { refusal, refuse } from './refusing.ts'

/** The same label within this time is a scanner's double (ms). */
const doubleMs = 3000

/** Refusals that are the same when the label is scanned again at once. */
const ofLabel: ReadonlySet<unknown> = new Set<RefusalCode>([
  'ALREADY_PASSED',
  'RETEST_LIMIT',
  'REASON_NEEDED',
  'ROUTE',
  'BAD_CODE',
  'WRONG_PRODUCT',
])

/** What the same label has just begun. A request that is sent again, with its key, is no double. */
const doubleOf = ({ last, outside }: Floor, station: Station, text: string, slot: number | null, key: string | null): LastScan | null => {
  const before = last.get(station.id)
  if (before === undefined || before.text !== text || outside.now() - before.at >= doubleMs) return null
  return (slot === null || before.slot === slot) && (key === null || before.key !== key) ? before : null
}

const scanLabel = async (floor: Floor, station: Station, text: string, input: ScanInput): Promise<ScanAnswer> => {
  const { slot = null, reason = null, key = null } = input
  const double = doubleOf(floor, station, text, slot, key)
  if (double !== null) {
    const run = await double.run
    return { kind: 'ignored', run: run === null ? null : ((await storedRun(floor, run.id)) ?? null) }
  }
  const asked: AskedRun = { station, text, slot, isRetest: false, reason, key }
  const begun = runOf(floor, asked)
  const note: LastScan = { text, slot, key, at: floor.outside.now(), run: begun.catch((error: unknown) => forget(error)) }
  const forget = (error: unknown): null => {
    if (!ofLabel.has(asOtaError(error).reason) && floor.last.get(station.id) === note) floor.last.delete(station.id)
    return null
  }
  floor.last.set(station.id, note)
  return { kind: 'run', run: await begun }
}

/** A label that is too long may have a secret too. */
const badText = (floor: Floor, station: Station, text: string): string =>
  releasedOf(floor, station.procedure)?.bind === 'secret' && !/^FB/i.test(text) ? beginOf(text) : text

/** See `Stations.runs.scan`. */
export const scan = async (floor: Floor, id: string, input: ScanInput): Promise<ScanAnswer> => {
  const station = mustFindStation(floor, id)
  const known = await runOfKey(floor, station.id, input.key ?? null)
  if (known !== undefined) return { kind: 'run', run: known }
  const scanned = readScan(input.text)
  if (scanned.kind === 'bad') {
    const text = badText(floor, station, scanned.text)
    return refuse(floor, station, input.slot ?? null, text, refusal('BAD_CODE', { text }))
  }
  if (scanned.kind === 'serial') return scanLabel(floor, station, scanned.text, input)
  // Who scans a label again after a command wants something else of it.
  floor.last.delete(station.id)
  return obey(floor, station, scanned.command, input)
}
