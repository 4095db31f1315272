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

/** How the print of it went. */
const printFor = async (floor: Floor, run: Run, label: Label): Promise<Pick<RunStep, 'outcome' | 'said'>> => {
  try {
    await print(floor, label, run)
    return { outcome: 'passed', said: null }
  } catch (error) {
    const { sentence: why, message } = asOtaError(error)
    floor.outside.log.warn({ run: run.id, printer: label.printer, err: error }, 'a label was not printed')
    return { outcome: 'error', said: sentence('floor_label_failed', { serial: run.serial, why: why ?? message }) }
  }
}

/** The step of the label that is due or being printed: the last one, which goes on. */
const dueStep = ({ steps }: Run): RunStep | undefined => steps.findLast(({ name, endedAt }) => name === 'label' && endedAt === null)

const isSame = (one: RunStep, other: RunStep): boolean =>
  one.name === other.name && one.startedAt === other.startedAt && one.endedAt === null

/** A label may be printed twice at the same time: each print is noted in the run as it is then. */
const note = (floor: Floor, { id }: Run, step: RunStep, how: Pick<RunStep, 'outcome' | 'said'>): Promise<void> =>
  floor.inTurn(async () => {
    const run = await floor.rows.queries.run(id)
    if (run === undefined) return
    const ended: RunStep = { ...step, ...how, endedAt: floor.outside.now() }
    const isOpen = run.steps.some((each) => isSame(each, step))
    const steps = isOpen ? run.steps.map((each) => (isSame(each, step) ? ended : each)) : [...run.steps, ended]
    const noted: Run = { ...run, steps }
    await floor.rows.commit([{ put: 'run', value: noted, before: run }])
    keepShown(floor, noted)
    showRun(floor, noted)
  })

const isDue = ({ outcome, reference }: Run, { label }: Procedure): boolean => label !== null && outcome === 'passed' && reference === null

/** With a step for the label of a unit that has passed: it is on disk that it is due, before it is printed. */
export const withLabelDue = (run: Run, procedure: Procedure): Run =>
  isDue(run, procedure) && run.endedAt !== null ? begin(run, 'label', run.endedAt) : run

/** Prints the label that is due. */
export const printAfter = (floor: Floor, run: Run, { label }: Procedure): void => {
  const step = dueStep(run)
  if (label === null || step === undefined) return
  printFor(floor, run, label)
    .then((how) => note(floor, run, step, how))
    .catch((err: unknown) => floor.outside.log.error({ err, run: run.id }, 'the print of a label could not be noted'))
}

/** So many of the newest passed runs are looked through: labels are printed within seconds, and no older one was being printed. */
const newestRuns = 200

/** Labels that were due when the server ended: nobody knows whether the printer has them, so none is printed twice by itself. */
export const noteLostLabels = async (floor: Floor): Promise<void> => {
  const { rows, outside } = floor
  const hasLabels = [...rows.memory.procedures.values()].some((revisions) => revisions.some(({ label }) => label !== null))
  if (!hasLabels) return
  const { items } = await rows.queries.runs({ outcome: 'passed', limit: newestRuns })
  for (const run of items) {
    const step = dueStep(run)
    if (step === undefined) continue
    const said = sentence('floor_label_lost', { product: run.product, serial: run.serial })
    outside.log.warn({ run: run.id, unit: `${run.product}/${run.serial}` }, 'the server ended while a label was due: it may not be printed')
    await note(floor, run, step, { outcome: 'error', said })
  }
}

/** The label of the unit's last passed run, again. OTA_RUN_STATE: it has none. */
export const reprint = async (floor: Floor, product: string, serial: string): Promise<void> => {
  const runs = await floor.rows.queries.runsOfUnit(product, serial)
  const run = runs.findLast(({ outcome, reference }) => outcome === 'passed' && reference === null)
  if (run === undefined) throw new OtaError('OTA_RUN_STATE', sentence('floor_label_not_passed', { serial }))
  const label = floor.rows.memory.procedures.get(run.procedure)?.find(({ rev }) => rev === run.rev)?.label ?? null
  if (label === null) throw new OtaError('OTA_RUN_STATE', sentence('floor_label_none', { procedure: run.procedure }))
  const startedAt = floor.outside.now()
  const how = await printFor(floor, run, label)
  const [step] = begin({ ...run, steps: [] }, 'label', startedAt).steps
  if (step !== undefined) await note(floor, run, step, how)
  if (how.said !== null) throw new OtaError('OTA_RUN_STATE', how.said)
}
