// Test stations: what is asked of them that cannot be done, and what happens there beside the tests.

export const floorSentences = {
  floor_label_failed: 'The label of {serial} was not printed: {why}.',
  floor_label_none: 'The procedure {procedure} prints no label.',
  floor_label_not_passed: 'The unit {serial} has not passed, so there is no label to print.',
  floor_procedure_in_use: 'The station {station} uses the procedure {procedure}.',
  floor_procedure_released: 'Revision {rev} of the procedure {procedure} is released already.',
  floor_procedure_unknown: 'There is no procedure {procedure}.',
  floor_revision_unknown: 'There is no revision {rev} of the procedure {procedure}.',
  floor_run_ended: 'Run {run} has ended.',
  floor_run_not_ended: 'Run {run} has not ended: it cannot be acknowledged.',
  floor_run_of_device: 'The self-test of run {run} comes from the board, not from a jig.',
  floor_run_not_testing: 'Run {run} is {state}: measurements are taken while it is testing.',
  floor_run_unknown: 'There is no run {run}.',
  floor_station_not_blocked: 'The station {station} is not blocked.',
  floor_station_runs: 'At the station {station} {count, plural, one {# test is} other {# tests are}} running.',
  floor_station_unknown: 'There is no station {station}.',
  floor_unit_device_taken: 'The board {device} is that of {serial}.',
  floor_unit_running: 'The unit {serial} is being tested at {station}, slot {slot}.',
  floor_unit_unknown: 'There is no unit {serial} of the product {product}.',
} as const
