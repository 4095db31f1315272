// What the screen of a station shows: each slot with its run, the figures of the shift, what is due.

import type { YieldFigures } from '../figure-model.ts'
import type { SlotView, StationView } from '../ports.ts'
import { addFigures, noFigures } from '../rules/figures.ts'
import { referenceDue } from '../rules/reference.ts'
import { runDeadline } from '../rules/run-clock.ts'
import type { Run } from '../run-model.ts'
import type { Station } from '../station-model.ts'
import { deskOf, type Floor, releasedOf, shiftNow } from './floor.ts'
import { tasksOf } from './running.ts'
import { slotsOf } from './slots.ts'

/** Of an update in progress. */
const progressOf = (floor: Floor, run: Run): SlotView['progress'] => {
  const open = floor.open.get(run.id)
  if (open === undefined || (run.state !== 'updating' && run.state !== 'restarting')) return null
  const tasks = tasksOf(floor, open, run)
  const sum = (of: (task: (typeof tasks)[number]) => number): number => tasks.reduce((all, task) => all + of(task), 0)
  const size = sum((task) => task.size)
  const step = tasks.length === 1 ? (tasks[0]?.step ?? null) : null
  return {
    bytes: Math.min(
      size,
      sum((task) => floor.outside.core.bytes(task)),
    ),
    size,
    step,
  }
}

const slotView = (
  floor: Floor,
  { slot, run }: { readonly slot: number; readonly run: Run | null },
  acknowledged: readonly number[],
): SlotView => {
  const open = run === null ? undefined : floor.open.get(run.id)
  return {
    slot,
    run,
    isSaving: open?.isSaving ?? false,
    isAcknowledged: run !== null && acknowledged.includes(run.id),
    progress: run === null ? null : progressOf(floor, run),
    until: run === null || open === undefined ? null : runDeadline(run, open.procedure, floor.outside.core.away()),
  }
}

/** Of the shift at this station, over all products and versions. */
export const shiftFigures = async (floor: Floor, station: Station): Promise<StationView['shift']> => {
  const shift = shiftNow(floor, floor.outside.now())
  const rows = await floor.rows.queries.figures(shift.from, shift.from + 1)
  const own = rows.filter(({ key }) => key.station === station.id)
  return { ...shift, figures: own.reduce<YieldFigures>((sum, { figures }) => addFigures(sum, figures), noFigures) }
}

export const viewOf = async (floor: Floor, station: Station): Promise<StationView> => {
  const desk = deskOf(floor, station)
  const procedure = releasedOf(floor, station.procedure)
  return {
    ...station,
    rev: procedure?.rev ?? null,
    process: procedure?.process ?? null,
    product: procedure?.product ?? null,
    slotViews: slotsOf(floor, station, desk).map((slot) => slotView(floor, slot, desk.acknowledged)),
    operatorName: desk.operator,
    workOrder: desk.workOrder,
    chosen: desk.chosen,
    shift: await shiftFigures(floor, station),
    reference: procedure === undefined ? null : referenceDue(procedure, desk, floor.outside.now()),
    backlog: floor.outside.results.backlog(),
  }
}
