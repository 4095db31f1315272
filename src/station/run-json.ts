// A run as JSON: as the API shows it, and as it is sent to other programs. Ids are texts, times ISO 8601; what is said is there as a text and
// as a code with parameters. Knows no HTTP.

import { type Sentence, say } from '../sentences/sentence.ts'
import type { Measurement, Run, RunCode, RunStep } from './run-model.ts'

const iso = (at: number): string => new Date(at).toISOString()
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at))

const verdictJson = ({ code, said }: { readonly code: RunCode | null; readonly said: Sentence | null }) => ({
  code,
  text: said === null ? null : say(said),
  textCode: said?.code ?? null,
  params: said?.params ?? null,
})

const measurementJson = ({ name, value, unit, low, high, equals, outcome, marginal }: Measurement) => ({
  name,
  value,
  unit,
  low,
  high,
  equals,
  outcome,
  marginal,
})

const stepJson = (step: RunStep) => ({
  name: step.name,
  outcome: step.outcome,
  startedAt: iso(step.startedAt),
  endedAt: isoOrNull(step.endedAt),
  ...verdictJson(step),
  measurements: step.measurements.map(measurementJson),
})

/** Texts are English. */
export const runJson = (run: Run) => ({
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
  ...verdictJson(run),
  steps: run.steps.map(stepJson),
  tasks: run.tasks.map(String),
  remote: run.remote,
  versionBefore: { ...run.versionBefore },
  versionAfter: { ...run.versionAfter },
  wasConnected: run.wasConnected,
  clockSuspect: run.clockSuspect,
  scannedAt: iso(run.scannedAt),
  connectedAt: isoOrNull(run.connectedAt),
  endedAt: isoOrNull(run.endedAt),
})
