// Stations as an administrator sets them up.

import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { StationInput, Stations } from '../ports.ts'
import { newStation } from '../rules/station.ts'
import type { Station } from '../station-model.ts'
import { changeDesk } from './desk.ts'
import { type Floor, mustFindStation, show } from './floor.ts'
import { viewOf } from './station-view.ts'

const mustBeIdle = ({ rows }: Floor, id: string, isKept: (slot: number) => boolean): void => {
  const count = [...rows.memory.openRuns.values()].filter((run) => run.station === id && !isKept(run.slot)).length
  if (count > 0) throw new OtaError('OTA_STATION_BUSY', sentence('floor_station_runs', { station: id, count }))
}

const put = (floor: Floor, id: string, input: StationInput): ReturnType<Stations['stations']['put']> =>
  floor.inTurn(async () => {
    const { rows, outside } = floor
    const before = rows.memory.stations.get(id)
    const station = newStation(input, { id, createdAt: before?.createdAt ?? outside.now() })
    if (!rows.memory.procedures.has(station.procedure))
      throw new OtaError('OTA_PROCEDURE_UNKNOWN', sentence('floor_procedure_unknown', { procedure: station.procedure }))
    // A slot that is taken away must be empty.
    mustBeIdle(floor, id, (slot) => slot <= station.slots)
    await rows.commit([{ put: 'station', value: station }])
    show(floor, { type: 'station', station: id })
    return { station, created: before === undefined }
  })

const remove = (floor: Floor, id: string): Promise<void> =>
  floor.inTurn(async () => {
    const station = mustFindStation(floor, id)
    mustBeIdle(floor, id, () => false)
    const desk = floor.rows.memory.desks.get(id)
    await floor.rows.commit([{ del: 'station', value: station }, ...(desk === undefined ? [] : [{ del: 'desk', value: desk } as const])])
    floor.last.delete(id)
    floor.refused.delete(id)
    for (const run of desk?.shown ?? []) if (run !== null) floor.shown.delete(run)
    show(floor, { type: 'station', station: id, removed: true })
  })

const unblock = async (floor: Floor, id: string): Promise<void> => {
  const station: Station = mustFindStation(floor, id)
  if ((floor.rows.memory.desks.get(id)?.blocked ?? null) === null)
    throw new OtaError('OTA_RUN_STATE', sentence('floor_station_not_blocked', { station: id }))
  await changeDesk(floor, station, (desk) => ({ ...desk, blocked: null }))
}

export const stationOperations = (floor: Floor): Stations['stations'] => ({
  list: () => [...floor.rows.memory.stations.values()],
  find: (id) => mustFindStation(floor, id),
  view: (id) => viewOf(floor, mustFindStation(floor, id)),
  put: (id, input) => put(floor, id, input),
  remove: (id) => remove(floor, id),
  unblock: (id) => unblock(floor, id),
})
