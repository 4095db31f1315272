// Commands of the scanner: acknowledge, abort, test again, choose a slot, sign in, take a work order, give a reason.

import type { ScanAnswer, ScanInput } from '../ports.ts'
import {
  abortedAnswer,
  acknowledgedAnswer,
  nothingToDo,
  operatorAnswer,
  orderAnswer,
  reasonAnswer,
  slotAnswer,
} from '../rules/command-answers.ts'
import type { ScanCommand } from '../rules/scan.ts'
import type { Run } from '../run-model.ts'
import type { Station } from '../station-model.ts'
import { runOf } from './beginning.ts'
import type { AskedRun } from './checking.ts'
import { changeDesk, withAcknowledged } from './desk.ts'
import { deskOf, type Floor, type RefusedScan, storedRun } from './floor.ts'
import { refusal, refuse } from './refusing.ts'
import { deliver } from './running.ts'
import { type SlotNow, slotForCommand, slotsOf } from './slots.ts'

/** How long a refused scan can be asked again (ms). */
const againMs = 60_000

/** A scan, and the digest of its body; null: it has no key. */
export interface DigestedScan extends ScanInput {
  readonly digest: string | null
}

type Command<N extends ScanCommand['name']> = (
  floor: Floor,
  station: Station,
  command: Extract<ScanCommand, { name: N }>,
  input: DigestedScan,
) => Promise<ScanAnswer>

/** The slot that is meant, or a refusal. `name`: nothing is there that the command could be for. */
const meant = (
  floor: Floor,
  station: Station,
  input: DigestedScan,
  name: 'ok' | 'abort' | 'retest',
  isMeant: (slot: SlotNow) => boolean,
): SlotNow | null => {
  const desk = deskOf(floor, station)
  const found = slotForCommand(floor, station, desk, input.slot ?? null, isMeant)
  if (found !== null && isMeant(found)) return found
  const isOpenEnded = input.slot === undefined && desk.chosen === null && slotsOf(floor, station, desk).filter(isMeant).length > 1
  if (isOpenEnded) return refuse(floor, station, null, `FB:${name.toUpperCase()}`, refusal('CHOOSE_SLOT', {}))
  return null
}

/** A request that is sent again after a restart: its FAIL is acknowledged, and another one may be the only one now. */
const acknowledgedBy = async (floor: Floor, station: Station, key: string | null): Promise<Run | null> => {
  const { lastOk } = deskOf(floor, station)
  return key === null || lastOk?.key !== key ? null : ((await storedRun(floor, lastOk.run)) ?? null)
}

const ok: Command<'ok'> = async (floor, station, _command, input) => {
  const { key = null, digest } = input
  const before = await acknowledgedBy(floor, station, key)
  if (before !== null) return { kind: 'command', said: acknowledgedAnswer(before.serial), run: before }
  const found = meant(floor, station, input, 'ok', ({ state }) => state === 'unacknowledged')
  if (found?.run == null) return { kind: 'command', said: nothingToDo('ok'), run: null }
  const { id, serial } = found.run
  await changeDesk(floor, station, (desk) => {
    const after = withAcknowledged(desk, id)
    return key === null ? after : { ...after, lastOk: { key, run: id, ...(digest === null ? {} : { digest }) } }
  })
  return { kind: 'command', said: acknowledgedAnswer(serial), run: found.run }
}

const abort: Command<'abort'> = async (floor, station, _command, input) => {
  const found = meant(floor, station, input, 'abort', ({ state }) => state === 'running')
  if (found?.run == null) return { kind: 'command', said: nothingToDo('abort'), run: null }
  const { id, serial } = found.run
  await deliver(floor, id, { type: 'abort', by: deskOf(floor, station).operator })
  return { kind: 'command', said: abortedAnswer(serial), run: floor.shown.get(id) ?? null }
}

/** The unit of a slot that has ended, failed or passed. */
const hasEnded = ({ run, state }: SlotNow): boolean => run !== null && state !== 'running'

/** The scan that was refused lately, asked again: all that was known of it counts again. */
const refusedLately = ({ refused, outside }: Floor, station: Station): RefusedScan | undefined => {
  const before = refused.get(station.id)
  return before !== undefined && outside.now() - before.at < againMs ? before : undefined
}

const askedAgain = (station: Station, before: RefusedScan, input: DigestedScan): AskedRun => {
  const { reason = null, key = null, digest } = input
  const { at: _at, ...asked } = before
  return { ...asked, station, slot: input.slot ?? before.slot, reason, key, digest }
}

/** The FAIL stays until the run is there that takes its place. */
const retest: Command<'retest'> = async (floor, station, _command, input) => {
  const { key = null, reason = null, digest } = input
  const before = refusedLately(floor, station)
  if (before !== undefined) return { kind: 'run', run: await runOf(floor, { ...askedAgain(station, before, input), isRetest: true }) }
  const found = meant(floor, station, input, 'retest', hasEnded)
  if (found?.run == null) return { kind: 'command', said: nothingToDo('retest'), run: null }
  const { slot, id, serial, device, label: text } = found.run
  const label = { serial, name: device?.slice(device.indexOf('/') + 1) ?? serial, secret: null }
  const run = await runOf(floor, { station, text, label, slot, isRetest: true, insteadOf: id, reason, key, digest })
  return { kind: 'run', run }
}

const reason: Command<'reason'> = async (floor, station, command, input) => {
  const before = refusedLately(floor, station)
  if (before === undefined) return { kind: 'command', said: reasonAnswer(command.reason), run: null }
  return { kind: 'run', run: await runOf(floor, { ...askedAgain(station, before, input), reason: command.reason }) }
}

const slot: Command<'slot'> = async (floor, station, command) => {
  if (command.slot > station.slots)
    return refuse(floor, station, command.slot, `FB:SLOT:${command.slot}`, refusal('NO_SLOT', { slots: station.slots }))
  await changeDesk(floor, station, (desk) => ({ ...desk, chosen: command.slot }))
  return { kind: 'command', said: slotAnswer(command.slot), run: null }
}

const operator: Command<'operator'> = async (floor, station, command) => {
  await changeDesk(floor, station, (desk) => ({ ...desk, operator: command.operator }))
  return { kind: 'command', said: operatorAnswer(command.operator), run: null }
}

const order: Command<'order'> = async (floor, station, command) => {
  await changeDesk(floor, station, (desk) => ({ ...desk, workOrder: command.order }))
  return { kind: 'command', said: orderAnswer(command.order), run: null }
}

const commands: { readonly [N in ScanCommand['name']]: Command<N> } = { ok, abort, retest, reason, slot, operator, order }

export const obey = <N extends ScanCommand['name']>(
  floor: Floor,
  station: Station,
  command: Extract<ScanCommand, { name: N }>,
  input: DigestedScan,
): Promise<ScanAnswer> => {
  const obeyed: Command<N> = commands[command.name as N]
  return obeyed(floor, station, command, input)
}
