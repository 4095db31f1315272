// Whether a scanned label may begin a run, and which one: the rules of docs/station.md in their order.

import { type DeviceKey, deviceKey } from '../../ota/model.ts'
import type { ScanRefusal } from '../ports.ts'
import { blocksOverlap } from '../rules/blocks.ts'
import { interlock } from '../rules/interlock.ts'
import { type LabelText, readLabel } from '../rules/label.ts'
import { referenceDue, referenceOf } from '../rules/reference.ts'
import type { Run } from '../run-model.ts'
import type { Procedure, Station, StationDesk, Unit } from '../station-model.ts'
import { withAcknowledged } from './desk.ts'
import { deskOf, type Floor, releasedOf } from './floor.ts'
import { refusal } from './refusing.ts'
import { slotForRun } from './slots.ts'

/** A label, where it was scanned, and why. */
export interface AskedRun {
  readonly station: Station
  readonly text: string
  /** What the label says, where it was read before. */
  readonly label?: LabelText | undefined
  readonly slot: number | null
  readonly isRetest: boolean
  readonly reason: string | null
  readonly key: string | null
  /** Of the request's body; null: it has no key. */
  readonly digest: string | null
  /** The FAIL that the run makes room for: it counts as acknowledged. */
  readonly insteadOf?: number | undefined
}

/** What the run will be. */
export interface CheckedRun {
  readonly procedure: Procedure
  readonly desk: StationDesk
  readonly label: LabelText
  readonly slot: number
  readonly device: DeviceKey | null
  readonly attempt: number
  readonly reference: Run['reference']
  readonly reason: string | null
}

/** What of a label may be shown where its secret cannot be found in it. */
export const beginOf = (text: string): string => `${Array.from(text).slice(0, 4).join('')}…`

/** Of a label that may have the secret of its board what may be shown. */
export const textWithoutSecret = (procedure: Procedure | undefined, text: string): string => {
  if (procedure?.bind !== 'secret') return text
  return readLabel(procedure, text)?.serial ?? beginOf(text)
}

/** What may be shown of a text that was scanned at the station. */
export const shownText = (floor: Floor, station: Station, text: string): string =>
  textWithoutSecret(releasedOf(floor, station.procedure), text)

/** Whose label it is, if it is not one of this product. */
const unreadable = (floor: Floor, station: Station, procedure: Procedure, text: string): ScanRefusal => {
  const { rows } = floor
  const others = [...rows.memory.procedures.values()].flatMap((revisions) => revisions.slice(-1))
  const isOther = others.some((other) => other.product !== procedure.product && other.pattern !== null && readLabel(other, text) !== null)
  return isOther ? refusal('WRONG_PRODUCT', { product: procedure.product }) : refusal('BAD_CODE', { text: shownText(floor, station, text) })
}

const openRunOf = ({ rows }: Floor, product: string, serial: string): Run | null =>
  [...rows.memory.openRuns.values()].find((run) => run.product === product && run.serial === serial) ?? null

const running = (run: Run): ScanRefusal => refusal('ALREADY_RUNNING', { station: run.station, slot: run.slot })

/** A serial of which only another product has a unit. Products may share their numbers: a board of this product that is known by that name is one. */
const ofOtherProduct = async (
  { rows, outside }: Floor,
  procedure: Procedure,
  { serial, name }: LabelText,
  unit: Unit | null,
): Promise<ScanRefusal | null> => {
  if (unit !== null || procedure.bind === 'next') return null
  if (outside.core.reads.device(deviceKey(procedure.product, name)) !== undefined) return null
  const units = await rows.queries.unitsOfSerial(serial)
  return units.length === 0 ? null : refusal('WRONG_PRODUCT', { product: procedure.product })
}

/** Which board it waits for; null: the next one of the product. */
const boardOf = ({ bind, product }: Procedure, { name }: LabelText, unit: Unit | null): DeviceKey | null =>
  bind === 'next' ? (unit?.device ?? null) : deviceKey(product, name)

const bound = async ({ rows }: Floor, { serial }: LabelText, device: DeviceKey, unit: Unit | null): Promise<ScanRefusal | null> => {
  const other = await rows.queries.unitOfDevice(device)
  if (other !== undefined && other.serial !== serial) return refusal('BOUND_ELSEWHERE', { other: other.serial })
  const isReplaced = unit !== null && unit.device !== null && unit.device !== device
  return isReplaced ? refusal('BOUND_ELSEWHERE', { other: unit.serial }) : null
}

/** Another campaign updates the board: its task would be in the way. */
const busy = ({ outside }: Floor, device: DeviceKey): ScanRefusal | null => {
  const { reads } = outside.core
  const known = reads.openTasksOf(device).filter(({ state }) => state !== 'queued')
  // A task that an ended run has left is canceled before the run makes its own.
  const campaign = known.map((task) => reads.campaign(task.campaign)).find((one) => one !== undefined && one.station === undefined)
  return campaign === undefined ? null : refusal('BUSY', { campaign: campaign.name })
}

/** Two that wait for whatever board comes next from the same addresses could take each other's. */
const mustWait = ({ rows }: Floor, { product }: Procedure, station: Station, slot: number): ScanRefusal | null => {
  const blockOf = (at: Station | undefined, of: number): string | null => at?.slotAddresses[of - 1] ?? null
  const own = blockOf(station, slot)
  for (const run of rows.memory.openRuns.values()) {
    if (run.device !== null || run.product !== product) continue
    const block = blockOf(rows.memory.stations.get(run.station), run.slot)
    if (own === null || block === null || blocksOverlap(own, block)) return refusal('WAIT_SLOT', { slot: run.slot })
  }
  return null
}

const checkBoard = async (floor: Floor, station: Station, slot: number, procedure: Procedure, label: LabelText, unit: Unit | null) => {
  const device = boardOf(procedure, label, unit)
  if (device === null) return { device, refused: mustWait(floor, procedure, station, slot) }
  const open = floor.byDevice.get(device)
  const run = open === undefined ? undefined : floor.rows.memory.openRuns.get(open)
  if (run !== undefined) return { device, refused: running(run) }
  return { device, refused: (await bound(floor, label, device, unit)) ?? busy(floor, device) }
}

const checkReference = (floor: Floor, procedure: Procedure, desk: StationDesk, reference: Run['reference']): ScanRefusal | null => {
  const due = reference === null ? referenceDue(procedure, desk, floor.outside.now()) : null
  if (due === null) return null
  if (due.blocked !== null) return refusal('REFERENCE_WRONG', { kind: due.blocked })
  const [kind] = due.wanted
  return kind === undefined ? null : refusal('REFERENCE_DUE', { kind })
}

/** The run that the label may begin, or why it begins none. Changes nothing. */
export const checkRun = async (
  floor: Floor,
  { station, text, label: known, slot: asked, isRetest, reason, insteadOf }: AskedRun,
): Promise<CheckedRun | ScanRefusal> => {
  const { rows, outside } = floor
  const procedure = releasedOf(floor, station.procedure)
  if (procedure === undefined) return refusal('NO_PROCEDURE', { procedure: station.procedure })
  const now = deskOf(floor, station)
  const desk = insteadOf === undefined ? now : withAcknowledged(now, insteadOf)
  if (station.operator === 'scan' && desk.operator === null) return refusal('NO_OPERATOR', {})
  const label = known ?? readLabel(procedure, text)
  if (label === null) return unreadable(floor, station, procedure, text)
  const { product } = procedure
  const open = openRunOf(floor, product, label.serial)
  if (open !== null) return running(open)
  const slot = slotForRun(floor, station, desk, asked)
  if (typeof slot === 'object') return slot
  const reference = referenceOf(procedure, label.serial)
  const due = checkReference(floor, procedure, desk, reference)
  if (due !== null) return due
  if (outside.settings.factoryNames.includes(label.name)) return refusal('FACTORY_NAME', {})
  const unit = (await rows.queries.unit(product, label.serial)) ?? null
  const other = await ofOtherProduct(floor, procedure, label, unit)
  if (other !== null) return other
  const allowed = interlock(procedure, unit, null, { serial: label.serial, isRetest, reason })
  if (!allowed.ok) return allowed.refusal
  const { device, refused } = await checkBoard(floor, station, slot, procedure, label, unit)
  if (refused !== null) return refused
  return { procedure, desk, label, slot, device, attempt: allowed.attempt, reference, reason: allowed.reason }
}
