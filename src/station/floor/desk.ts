// What a station remembers beside its runs: who works there, the work order, which slot is meant, and what each slot shows.

import type { Run } from '../run-model.ts'
import type { Station, StationDesk } from '../station-model.ts'
import { deskOf, type Floor, show } from './floor.ts'

/** The run that a slot shows: an open one, or the last that ended there. */
export const shownRun = (floor: Pick<Floor, 'open' | 'shown'>, desk: StationDesk, slot: number): Run | null => {
  const id = desk.shown[slot - 1] ?? null
  if (id === null) return null
  return floor.open.get(id)?.run ?? floor.shown.get(id) ?? null
}

export const changeDesk = async (floor: Floor, station: Station, change: (desk: StationDesk) => StationDesk): Promise<void> => {
  const desk = deskOf(floor, station)
  const after = change(desk)
  if (after === desk) return
  await floor.rows.commit([{ put: 'desk', value: after }])
  show(floor, { type: 'station', station: station.id })
}

/** The slot shows this run from now on. */
export const withRun = (desk: StationDesk, { id, slot }: Pick<Run, 'id' | 'slot'>): StationDesk => {
  const shown = Array.from({ length: Math.max(desk.shown.length, slot) }, (_, index) =>
    index === slot - 1 ? id : (desk.shown[index] ?? null),
  )
  return { ...desk, shown, chosen: null, acknowledged: desk.acknowledged.filter((one) => shown.includes(one)) }
}

export const withAcknowledged = (desk: StationDesk, run: number): StationDesk =>
  desk.acknowledged.includes(run) ? desk : { ...desk, acknowledged: [...desk.acknowledged, run], chosen: null }

export type SlotState = 'free' | 'running' | 'passed' | 'unacknowledged'

/** A PASS makes room for the next unit, a FAIL only when it was acknowledged. */
export const slotState = (desk: StationDesk, run: Run | null): SlotState => {
  if (run === null) return 'free'
  if (run.state !== 'ended') return 'running'
  if (run.outcome === 'passed') return 'passed'
  return desk.acknowledged.includes(run.id) ? 'free' : 'unacknowledged'
}
