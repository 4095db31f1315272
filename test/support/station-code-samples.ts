// A sample of the parameters of each code of a run or of a refused scan.

import type { CodeParams } from '../../src/station/rules/codes.ts'
import type { Measurement } from '../../src/station/run-model.ts'

const low: Measurement = {
  name: 'Vbat',
  value: 3.02,
  unit: 'V',
  low: 3.1,
  high: 3.5,
  equals: null,
  outcome: 'failed',
  marginal: false,
}

/** What each code is said with in tests, and on the page of test stations. */
export const sampleOfCodes: CodeParams = {
  NO_CONNECT: { seconds: 90, refused: null, from: null },
  OTHER_BOARD: { serial: 'SN-1', other: 'SN-2' },
  WRONG_SECRET: {},
  WRONG_SLOT: { serial: 'SN-1', slot: 2, wanted: 1 },
  WRONG_PRODUCT: { product: 'lamp' },
  FACTORY_NAME: {},
  CONTENDED: {},
  BOUND_ELSEWHERE: { other: 'SN-7' },
  BUSY: { campaign: 'spring' },
  NO_VERSION: { seconds: 30, modules: [] },
  UPDATE_FAILED: { words: 'no space' },
  UPDATE_TIMEOUT: { seconds: 600 },
  NO_DOWNLOAD: { host: '10.0.0.1' },
  NO_RESTART: { version: '1.2.0', seconds: 120 },
  ROLLED_BACK: { version: '1.1.0' },
  SELFTEST_FAILED: { measurement: low },
  SELFTEST_MISSING: { seconds: 120, names: [] },
  LOST: {},
  JIG_FAILED: { text: 'no light' },
  JIG_ERROR: { text: null },
  ABORTED: { by: null },
  REFERENCE_WRONG: { kind: 'bad' },
  NOT_STORED: {},
  ALREADY_RUNNING: { station: 'fct-1', slot: 3 },
  ALREADY_PASSED: { time: '2026-12-01T10:00:00Z' },
  RETEST_LIMIT: { count: 3 },
  REASON_NEEDED: {},
  ROUTE: { process: 'ICT' },
  REFERENCE_DUE: { kind: 'golden' },
  BAD_CODE: { text: '??' },
  MES_REFUSED: { text: 'order closed' },
  MES_UNREACHABLE: { why: 'time-out' },
  SLOT_BUSY: { slot: 1, serial: 'SN-1' },
  NO_SLOT: { slots: 4 },
  NOT_ACKNOWLEDGED: { slot: 1, serial: 'SN-1' },
  CHOOSE_SLOT: {},
  NO_OPERATOR: {},
  NO_PROCEDURE: { procedure: 'lamp-fct' },
  WAIT_SLOT: { slot: 2 },
}
