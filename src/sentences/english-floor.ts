// Test stations: what is asked of them that cannot be done, and what happens there beside the tests.

export const floorSentences = {
  floor_key_reused: 'This Idempotency-Key is that of run {run}, whose request had another body. Use a new key for a new request.',
  floor_label_failed: 'The label of {serial} was not printed: {why}.',
  floor_label_lost:
    'The server ended before it was known whether the label of {serial} was printed. If the unit has none, print it by `fogbell unit label {product}/{serial}`.',
  floor_label_none: 'The procedure {procedure} prints no label.',
  floor_label_not_passed: 'The unit {serial} has not passed, so there is no label to print.',
  floor_mes_answered: 'it answered {status}',
  floor_mes_large: 'its answer is larger than {most} bytes',
  floor_mes_late: 'no answer in {ms} ms',
  floor_mes_not_understood: 'it answered {status} with a body that is not understood',
  floor_mes_redirected: 'it answered {status}, and redirects are not followed',
  floor_printer_closed: 'the printer {printer} closed the connection before it had the label: {why}',
  floor_printer_closed_early:
    'the printer {printer} closed the connection without taking the label; check that it is ready and that no other program uses it',
  floor_printer_late: 'the printer {printer} did not take the label in {seconds, plural, one {# second} other {# seconds}}',
  floor_printer_refused: 'the printer {printer} refuses connections; check that it is on and that the port is right',
  floor_printer_silent:
    'the printer {printer} did not answer in {seconds, plural, one {# second} other {# seconds}}: check its power, its cable and its address',
  floor_printer_stopped: 'the server was stopped before the printer {printer} had the label',
  floor_printer_unreachable: 'the printer {printer} cannot be reached: {why}',
  floor_procedure_unknown: 'There is no procedure {procedure}.',
  floor_revision_unknown: 'There is no revision {rev} of the procedure {procedure}.',
  floor_run_ended: 'Run {run} has ended.',
  floor_run_not_ended: 'Run {run} has not ended: it cannot be acknowledged.',
  floor_run_of_device: 'The self-test of run {run} comes from the board, not from a jig.',
  floor_run_not_testing: 'Run {run} is {state}: measurements are taken while it is testing.',
  floor_run_unknown: 'There is no run {run}.',
  floor_station_not_blocked: 'The station {station} is not blocked.',
  floor_station_runs:
    'At the station {station} {count, plural, one {# test is} other {# tests are}} running: let {count, plural, one {it} other {them}} end, or abort {count, plural, one {it} other {them}}, first.',
  floor_station_unknown: 'There is no station {station}.',
  floor_unit_device_taken: 'The board {device} is that of {serial}.',
  floor_unit_process_unknown: 'The unit {serial} has had no run of the process {process}.',
  floor_unit_running: 'The unit {serial} is being tested at {station}, slot {slot}.',
  floor_unit_unknown: 'There is no unit {serial} of the product {product}.',
} as const
