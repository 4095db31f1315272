// Labels: printed after a run has passed and is on disk. A printer that fails is shown, and changes no outcome.

import { asOtaError, OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import { begin } from '../rules/run-steps.ts'
import { fillLabel } from '../rules/zpl.ts'
import type { Run, RunStep } from '../run-model.ts'
import type { Label, Procedure } from '../station-model.ts'
import { type Floor, keepShown, showRun } from './floor.ts'

const print = async ({ outside }: Floor, { template, printer }: Label, run: Run): Promise<void> => {
  const at = new Date(run.endedAt ?? outside.now()).toISOString()
  const zpl = fillLabel(template, {
    serial: run.serial,
    name: run.device?.slice(run.device.indexOf('/') + 1) ?? null,
    product: run.product,
    process: run.process,
    procedure: run.procedure,
    rev: run.rev,
    version: Object.values(run.versionAfter).join(' '),
    station: run.station,
    slot: run.slot,
    operator: run.operator,
    workOrder: run.workOrder,
    run: run.id,
    attempt: run.attempt,
    outcome: run.outcome,
    date: at.slice(0, 10),
    time: at.slice(11, 19),
  })
  // A printer that is being switched on refuses the first one.
  await outside.print(printer, zpl).catch(() => outside.print(printer, zpl))
}

/** Prints it, and notes in the run how that went. */
const printFor = async (floor: Floor, run: Run, label: Label): Promise<RunStep> => {
  const startedAt = floor.outside.now()
  const [step] = begin({ ...run, steps: [] }, 'label', startedAt).steps.slice(-1)
  if (step === undefined) throw new OtaError('OTA_INTERNAL')
  try {
    await print(floor, label, run)
    return { ...step, outcome: 'passed', endedAt: floor.outside.now() }
  } catch (error) {
    const { sentence: why, message } = asOtaError(error)
    const said = sentence('floor_label_failed', { serial: run.serial, why: why ?? message })
    floor.outside.log.warn({ run: run.id, printer: label.printer, err: error }, 'a label was not printed')
    return { ...step, outcome: 'error', said, endedAt: floor.outside.now() }
  }
}

const printAndNote = async (floor: Floor, run: Run, label: Label): Promise<RunStep> => {
  const step = await printFor(floor, run, label)
  const noted: Run = { ...run, steps: [...run.steps, step] }
  await floor.rows.commit([{ put: 'run', value: noted, before: run }])
  keepShown(floor, noted)
  showRun(floor, noted)
  return step
}

/** Prints the label of a unit that has passed. */
export const printAfter = (floor: Floor, run: Run, { label }: Procedure): void => {
  if (label === null || run.outcome !== 'passed' || run.reference !== null) return
  printAndNote(floor, run, label).catch((err: unknown) =>
    floor.outside.log.error({ err, run: run.id }, 'the print of a label could not be noted'),
  )
}

/** The label of the unit's last passed run, again. OTA_RUN_STATE: it has none. */
export const reprint = async (floor: Floor, product: string, serial: string): Promise<void> => {
  const runs = await floor.rows.queries.runsOfUnit(product, serial)
  const run = runs.findLast(({ outcome, reference }) => outcome === 'passed' && reference === null)
  if (run === undefined) throw new OtaError('OTA_RUN_STATE', sentence('floor_label_not_passed', { serial }))
  const label = floor.rows.memory.procedures.get(run.procedure)?.find(({ rev }) => rev === run.rev)?.label ?? null
  if (label === null) throw new OtaError('OTA_RUN_STATE', sentence('floor_label_none', { procedure: run.procedure }))
  const step = await printAndNote(floor, run, label)
  if (step.outcome !== 'passed' && step.said !== null) throw new OtaError('OTA_RUN_STATE', step.said)
}
