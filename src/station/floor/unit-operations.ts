// Units: what is known of one, its release after a repair, and a board that takes the place of another.

import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { Stations } from '../ports.ts'
import { imagesOfRun } from '../rules/installed.ts'
import { releasedProcess } from '../rules/yield.ts'
import type { Run } from '../run-model.ts'
import type { RunImage, Unit } from '../station-model.ts'
import type { Floor } from './floor.ts'
import { reprint } from './labels.ts'

type Units = Stations['units']

const mustFindUnit = async ({ rows }: Floor, product: string, serial: string): Promise<Unit> => {
  const unit = await rows.queries.unit(product, serial)
  if (unit === undefined) throw new OtaError('OTA_UNIT_UNKNOWN', sentence('floor_unit_unknown', { product, serial }))
  return unit
}

const mustNotRun = ({ rows }: Floor, { product, serial }: Unit): void => {
  const run = [...rows.memory.openRuns.values()].find((open) => open.product === product && open.serial === serial)
  if (run === undefined) return
  throw new OtaError('OTA_RUN_STATE', sentence('floor_unit_running', { serial, station: run.station, slot: run.slot }))
}

/** Its failures are forgotten, of one process or of all. */
const release: (floor: Floor) => Units['release'] = (floor) => (product, serial, input, by) =>
  floor.inTurn(async () => {
    const before = await mustFindUnit(floor, product, serial)
    const { reason, process } = input
    if (process !== null && !Object.hasOwn(before.processes, process))
      throw new OtaError('OTA_UNIT_UNKNOWN', sentence('floor_unit_process_unknown', { serial, process }))
    const isMeant = (name: string): boolean => process === null || process === name
    const processes = Object.fromEntries(
      Object.entries(before.processes).map(([name, one]) => [name, isMeant(name) ? releasedProcess(one) : one]),
    )
    const released = [...before.released, { at: floor.outside.now(), by, process, reason }]
    const value: Unit = { ...before, processes, released }
    await floor.rows.commit([{ put: 'unit', value, before }])
    return value
  })

/** The serial number gets another board, or none until the next one comes. */
const rebind: (floor: Floor) => Units['rebind'] = (floor) => (product, serial, input, by) =>
  floor.inTurn(async () => {
    const before = await mustFindUnit(floor, product, serial)
    mustNotRun(floor, before)
    const { device, reason } = input
    const other = device === null ? undefined : await floor.rows.queries.unitOfDevice(device)
    if (device !== null && other !== undefined && other.serial !== serial)
      throw new OtaError('OTA_CONFLICT', sentence('floor_unit_device_taken', { device, serial: other.serial }))
    const at = floor.outside.now()
    const replaced = before.device === null ? before.replaced : [...before.replaced, { device: before.device, at, by, reason }]
    // What the board before has passed or failed says nothing of this one.
    const processes = Object.fromEntries(
      Object.entries(before.processes).map(([name, one]) => [name, { ...releasedProcess(one), isReplaced: true }]),
    )
    const value: Unit = { ...before, processes, device, boundAt: device === null ? null : at, boundBy: null, replaced }
    await floor.rows.commit([{ put: 'unit', value, before }])
    return value
  })

const imagesOf = ({ rows }: Floor, runs: readonly Run[]): readonly RunImage[] =>
  runs.flatMap((run) => {
    const procedure = rows.memory.procedures.get(run.procedure)?.find(({ rev }) => rev === run.rev)
    return procedure === undefined ? [] : imagesOfRun(run, procedure)
  })

export const unitOperations = (floor: Floor): Units => ({
  async certificate(product, serial) {
    const runs = await floor.rows.queries.runsOfUnit(product, serial)
    return { unit: await mustFindUnit(floor, product, serial), runs, images: imagesOf(floor, runs) }
  },
  release: release(floor),
  rebind: rebind(floor),
  reprint: (product, serial) => reprint(floor, product, serial),
})
