// Runs of test stations as the API shows them.

import { type Sentence, say } from '../sentences/sentence.ts'
import type { ScanAnswer } from '../station/ports.ts'
import type { Measurement, Run, RunCode, RunStep } from '../station/run-model.ts'
import { isoOrNull, isoTime } from './iso-time.ts'
import type { MeasurementJson, RunJson, RunStepJson, ScannedJson } from './run-schemas.ts'
import { maybeSaidView } from './sentence-views.ts'

const verdictView = ({ code, said }: { readonly code: RunCode | null; readonly said: Sentence | null }) => ({
  code,
  text: said === null ? null : say(said),
  textCode: said?.code ?? null,
  params: said?.params ?? null,
})

const measurementView = ({ name, value, unit, low, high, equals, outcome, marginal }: Measurement): MeasurementJson => ({
  name,
  value,
  unit,
  low,
  high,
  equals,
  outcome,
  marginal,
})

const stepView = (step: RunStep): RunStepJson => ({
  name: step.name,
  outcome: step.outcome,
  startedAt: isoTime(step.startedAt),
  endedAt: isoOrNull(step.endedAt),
  ...verdictView(step),
  measurements: step.measurements.map(measurementView),
})

export const runView = (run: Run): RunJson => ({
  id: String(run.id),
  station: run.station,
  slot: run.slot,
  procedure: run.procedure,
  rev: run.rev,
  product: run.product,
  process: run.process,
  serial: run.serial,
  label: run.label,
  device: run.device,
  operator: run.operator,
  workOrder: run.workOrder,
  attempt: run.attempt,
  reference: run.reference,
  reason: run.reason,
  state: run.state,
  outcome: run.outcome,
  ...verdictView(run),
  steps: run.steps.map(stepView),
  tasks: run.tasks.map(String),
  remote: run.remote,
  versionBefore: { ...run.versionBefore },
  versionAfter: { ...run.versionAfter },
  wasConnected: run.wasConnected,
  clockSuspect: run.clockSuspect,
  scannedAt: isoTime(run.scannedAt),
  connectedAt: isoOrNull(run.connectedAt),
  endedAt: isoOrNull(run.endedAt),
})

export const scannedView = (answer: Exclude<ScanAnswer, { readonly kind: 'run' }>): ScannedJson => ({
  kind: answer.kind,
  ...maybeSaidView(answer.kind === 'command' ? answer.said : null),
  run: answer.run === null ? null : runView(answer.run),
})
