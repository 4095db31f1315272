// The birth certificate of a unit, as it is printed.

export const unitSentences = {
  unit_page_aborted: 'Aborted',
  unit_page_allowed: 'Allowed',
  unit_page_at_least: 'at least {low}',
  unit_page_at_most: 'at most {high}',
  unit_page_attempt: 'Attempt',
  unit_page_board: 'Board',
  unit_page_bound: 'Bound',
  unit_page_by: 'By',
  unit_page_error: 'Error',
  unit_page_failed: 'Failed',
  unit_page_firmware: 'Firmware',
  unit_page_image: 'Image',
  unit_page_image_state: `{state, select,
    present {was on the board}
    installed {installed}
    other {sent, not reported since}
  }`,
  unit_page_kind: 'Kind',
  unit_page_made: 'Printed {at} by Fogbell',
  unit_page_measured: 'Measured',
  unit_page_measurement: 'Measurement',
  unit_page_open: 'Not ended',
  unit_page_operator: 'Operator',
  unit_page_order: 'Work order',
  unit_page_passed: 'Passed',
  unit_page_procedure: 'Procedure',
  unit_page_process: 'Process',
  unit_page_product: 'Product',
  unit_page_range: '{low} to {high}',
  unit_page_reason: 'Reason',
  unit_page_reference: `{kind, select,
    golden {Golden board}
    other {Bad board}}`,
  unit_page_releases: 'Releases after repair',
  unit_page_replaced: 'Earlier boards',
  unit_page_result: 'Result',
  unit_page_revision: '{procedure}, revision {rev}',
  unit_page_run: 'Run {run}',
  unit_page_runs: 'Runs',
  unit_page_serial: 'Serial number',
  unit_page_skipped: 'Skipped',
  unit_page_station: 'Station',
  unit_page_station_slot: '{station}, slot {slot}',
  unit_page_step: `{name, select,
    bind {Bind}
    connect {Connect}
    identify {Identify}
    update {Update}
    restart {Restart}
    selftest {Self-test}
    other {Label}}`,
  unit_page_steps: 'Steps',
  unit_page_time: 'Time',
  unit_page_title: 'Birth certificate of {serial}',
  unit_page_version: 'Version',
} as const
