// A scan at a station: a label begins a run, or is refused with a reason; a command is for the station itself. What a scanner sends twice counts
// once.

import { asOtaError } from '../../errors.ts'
import type { ScanAnswer, ScanInput } from '../ports.ts'
import { readScan, type ScanCommand } from '../rules/scan.ts'
import type { RefusalCode, Run } from '../run-model.ts'
import type { Procedure, Station } from '../station-model.ts'
import { runOf } from './beginning.ts'
import { type AskedRun, beginOf } from './checking.ts'
import { type DigestedScan, obey } from './commands.ts'
import { deskOf, type Floor, type LastScan, mustFindStation, releasedOf, runOfKey, storedRun } from './floor.ts'
import { refusal, refuse } from './refusing.ts'
import { mustBeSameBody, scanDigest } from './request-bodies.ts'

/** The same label within this time is a scanner's double (ms). */
const doubleMs = 3000
/** The same command: a person who means another FAIL has to see it first (ms). */
const doubleCommandMs = 1000

/** Refusals that are the same when the label is scanned again at once. */
const ofLabel: ReadonlySet<unknown> = new Set<RefusalCode>([
  'ALREADY_PASSED',
  'RETEST_LIMIT',
  'REASON_NEEDED',
  'ROUTE',
  'BAD_CODE',
  'WRONG_PRODUCT',
])

/** What the same code has just begun or done. A request that is sent again, with its key, is no double. */
const doubleOf = (floor: Floor, station: Station, { text, slot, key }: Omit<LastScan, 'at' | 'run'>, ms = doubleMs): LastScan | null => {
  const before = floor.last.get(station.id)
  if (before === undefined || before.text !== text || floor.outside.now() - before.at >= ms) return null
  return (slot === null || before.slot === slot) && (key === null || before.key !== key) ? before : null
}

const ignored = async (floor: Floor, double: LastScan): Promise<ScanAnswer> => {
  const run = await double.run
  return { kind: 'ignored', run: run === null ? null : ((await storedRun(floor, run.id)) ?? null) }
}

const scanLabel = async (floor: Floor, station: Station, text: string, input: DigestedScan): Promise<ScanAnswer> => {
  const { slot = null, reason = null, key = null, digest } = input
  const double = doubleOf(floor, station, { text, slot, key })
  if (double !== null) return ignored(floor, double)
  const asked: AskedRun = { station, text, slot, isRetest: false, reason, key, digest }
  const begun = runOf(floor, asked)
  const note: LastScan = { text, slot, key, at: floor.outside.now(), run: begun.catch((error: unknown) => forget(error)) }
  const forget = (error: unknown): null => {
    if (!ofLabel.has(asOtaError(error).reason) && floor.last.get(station.id) === note) floor.last.delete(station.id)
    return null
  }
  floor.last.set(station.id, note)
  return { kind: 'run', run: await begun }
}

/** Those that find their run by how the slots are: sent twice, the second would find another one. */
const ofRuns: ReadonlySet<ScanCommand['name']> = new Set<ScanCommand['name']>(['ok', 'abort', 'retest'])

/** A command that did nothing, or was refused, may be scanned again at once. */
const scanCommand = async (floor: Floor, station: Station, command: ScanCommand, input: DigestedScan): Promise<ScanAnswer> => {
  const { slot = null, key = null } = input
  const text = `FB:${command.name}`
  const double = ofRuns.has(command.name) && slot === null ? doubleOf(floor, station, { text, slot, key }, doubleCommandMs) : null
  if (double !== null) return ignored(floor, double)
  // Who scans a label again after a command wants something else of it.
  floor.last.delete(station.id)
  const obeyed = obey(floor, station, command, input)
  if (!ofRuns.has(command.name) || slot !== null) return obeyed
  const done = obeyed.then(
    ({ run }) => run,
    () => null,
  )
  const note: LastScan = { text, slot, key, at: floor.outside.now(), run: done }
  floor.last.set(station.id, note)
  if ((await done) === null && floor.last.get(station.id) === note) floor.last.delete(station.id)
  return obeyed
}

/** A label that is too long may have a secret too. */
const badText = (floor: Floor, station: Station, text: string): string =>
  releasedOf(floor, station.procedure)?.bind === 'secret' && !/^FB/i.test(text) ? beginOf(text) : text

/** That by which the label of the run was read. */
const procedureOf = ({ rows }: Floor, run: Run): Procedure | undefined =>
  rows.memory.procedures.get(run.procedure)?.find(({ rev }) => rev === run.rev)

/** See `Stations.runs.scan`. */
export const scan = async (floor: Floor, id: string, input: ScanInput): Promise<ScanAnswer> => {
  const station = mustFindStation(floor, id)
  const scanned = readScan(input.text)
  const known = await runOfKey(floor, station.id, input.key ?? null)
  if (known !== undefined) {
    mustBeSameBody(known.id, known.keyDigest, scanDigest(procedureOf(floor, known), scanned, input))
    return { kind: 'run', run: known }
  }
  const digest = input.key === undefined ? null : scanDigest(releasedOf(floor, station.procedure), scanned, input)
  const { lastOk } = deskOf(floor, station)
  if (lastOk !== undefined && lastOk.key === input.key) mustBeSameBody(lastOk.run, lastOk.digest, digest)
  const digested = { ...input, digest }
  if (scanned.kind === 'bad') {
    const text = badText(floor, station, scanned.text)
    return refuse(floor, station, input.slot ?? null, text, refusal('BAD_CODE', { text }))
  }
  if (scanned.kind === 'serial') return scanLabel(floor, station, scanned.text, digested)
  return scanCommand(floor, station, scanned.command, digested)
}
