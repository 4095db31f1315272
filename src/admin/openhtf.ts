// An ended run as a test record of OpenHTF, as its JSON output has it (github.com/google/openhtf, output/callbacks/json_factory.py). Pure.

import { say } from '../sentences/sentence.ts'
import type { Measurement, Run, RunOutcome, RunStep } from '../station/run-model.ts'

const testOutcomes: Readonly<Record<RunOutcome, string>> = { passed: 'PASS', failed: 'FAIL', error: 'ERROR', aborted: 'ABORTED' }
const phaseOutcomes: Readonly<Record<RunOutcome | 'skipped', string>> = {
  passed: 'PASS',
  failed: 'FAIL',
  error: 'ERROR',
  aborted: 'ERROR',
  skipped: 'SKIP',
}

const validatorsOf = ({ low, high, equals }: Measurement): readonly string[] => {
  if (equals !== null) return [`x == ${JSON.stringify(equals)}`]
  if (low !== null && high !== null) return [`${low} <= x <= ${high}`]
  if (low !== null) return [`${low} <= x`]
  return high === null ? [] : [`x <= ${high}`]
}

/** What has no limit has passed. */
const measurementRecord = (measurement: Measurement) => ({
  name: measurement.name,
  outcome: measurement.outcome === 'failed' ? 'FAIL' : 'PASS',
  measured_value: measurement.value,
  units: measurement.unit,
  validators: validatorsOf(measurement),
})

const phaseRecord = ({ name, outcome, startedAt, endedAt, measurements }: RunStep) => ({
  name,
  outcome: outcome === null ? 'ERROR' : phaseOutcomes[outcome],
  start_time_millis: startedAt,
  end_time_millis: endedAt,
  measurements: Object.fromEntries(measurements.map((each) => [each.name, measurementRecord(each)])),
  attachments: {},
})

export const openHtfRecord = (run: Run) => ({
  dut_id: run.serial,
  start_time_millis: run.scannedAt,
  end_time_millis: run.endedAt,
  outcome: run.outcome === null ? null : testOutcomes[run.outcome],
  outcome_details: run.code === null ? [] : [{ code: run.code, description: run.said === null ? '' : say(run.said) }],
  station_id: run.station,
  metadata: {
    test_name: run.process,
    test_version: String(run.rev),
    procedure: run.procedure,
    product: run.product,
    run: String(run.id),
    slot: run.slot,
    attempt: run.attempt,
    device: run.device,
    operator: run.operator,
    work_order: run.workOrder,
    reference: run.reference,
    version_before: run.versionBefore,
    version_after: run.versionAfter,
  },
  phases: run.steps.map(phaseRecord),
  log_records: [],
})
