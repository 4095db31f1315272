// A scan at a station: a label begins a run, or is refused with a reason; a command is for the station itself.

import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { ScanAnswer, ScanInput } from '../ports.ts'
import { readScan } from '../rules/scan.ts'
import type { Run } from '../run-model.ts'
import type { Station } from '../station-model.ts'
import { runOf } from './beginning.ts'
import type { AskedRun } from './checking.ts'
import { obey } from './commands.ts'
import type { Floor } from './floor.ts'
import { refusal, refuse } from './refusing.ts'

/** The same label within this time is a scanner's double (ms). */
const doubleMs = 3000

export const mustFindStation = ({ rows }: Pick<Floor, 'rows'>, id: string): Station => {
  const station = rows.memory.stations.get(id)
  if (station === undefined) throw new OtaError('OTA_STATION_UNKNOWN', sentence('floor_station_unknown', { station: id }))
  return station
}

const runNow = async ({ rows }: Floor, id: number | null): Promise<Run | null> =>
  id === null ? null : (rows.memory.openRuns.get(id) ?? (await rows.queries.run(id)) ?? null)

/** What the same label has just become. */
const doubleOf = (
  { last, outside }: Floor,
  station: Station,
  text: string,
  slot: number | null,
): { readonly run: number | null } | null => {
  const before = last.get(station.id)
  const isSame = before !== undefined && before.text === text && (slot === null || before.slot === slot)
  return isSame && outside.now() - before.at < doubleMs ? before : null
}

const scanLabel = async (floor: Floor, station: Station, text: string, input: ScanInput): Promise<ScanAnswer> => {
  const slot = input.slot ?? null
  const double = doubleOf(floor, station, text, slot)
  if (double !== null) return { kind: 'ignored', run: await runNow(floor, double.run) }
  const note = { text, slot, at: floor.outside.now() }
  floor.last.set(station.id, { ...note, run: null })
  const asked: AskedRun = { station, text, slot, isRetest: false, reason: input.reason ?? null, key: input.key ?? null }
  const run = await runOf(floor, asked)
  floor.last.set(station.id, { ...note, run: run.id })
  return { kind: 'run', run }
}

/** See `Stations.runs.scan`. */
export const scan = async (floor: Floor, id: string, input: ScanInput): Promise<ScanAnswer> => {
  const station = mustFindStation(floor, id)
  const known = input.key === undefined ? undefined : await floor.rows.queries.runOfKey(station.id, input.key)
  if (known !== undefined) return { kind: 'run', run: known }
  const scanned = readScan(input.text)
  if (scanned.kind === 'bad') return refuse(floor, station, input.slot ?? null, scanned.text, refusal('BAD_CODE', { text: scanned.text }))
  return scanned.kind === 'command' ? obey(floor, station, scanned.command, input) : scanLabel(floor, station, scanned.text, input)
}
