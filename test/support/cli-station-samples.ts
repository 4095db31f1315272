// Records of test stations as the admin API answers them, for tests of the command.

import type { FiguresRecord, ProcedureRecord, RunRecord, ScreenRecord, SlotRecord, YieldRecord } from '../../src/cli/station-records.ts'

export const procedureRecord = (fields: Partial<ProcedureRecord> = {}): ProcedureRecord => ({
  id: 'lamp-fct',
  rev: 2,
  product: 'lamp',
  process: 'FCT',
  bind: 'name',
  serial: { pattern: null },
  firmware: [{ module: 'default', firmware: '1', version: '1.1.0', sha256: 'ab'.repeat(32) }],
  reflash: 'never',
  requires: [],
  steps: { connectSeconds: 90, updateSeconds: 600, restartSeconds: 120, selfTestSeconds: 120 },
  selfTest: {
    source: 'device',
    topic: 'event/selftest',
    requireAll: true,
    limits: [{ name: 'vbat', unit: 'V', low: 3.1, high: 3.5, equals: null }],
  },
  retest: { max: 2, reasonNeeded: false },
  reference: null,
  label: null,
  createdAt: '2026-03-01T11:00:00Z',
  createdBy: 'ada',
  releasedAt: null,
  releasedBy: null,
  ...fields,
})

export const runRecord = (fields: Partial<RunRecord> = {}): RunRecord => ({
  id: '7',
  station: 'fct-1',
  slot: 1,
  procedure: 'lamp-fct',
  rev: 2,
  product: 'lamp',
  process: 'FCT',
  serial: 'SN-1',
  device: 'lamp/SN-1',
  operator: null,
  workOrder: null,
  attempt: 1,
  reference: null,
  reason: null,
  state: 'ended',
  outcome: 'passed',
  code: null,
  text: null,
  steps: [],
  tasks: [],
  remote: null,
  versionBefore: { default: '1.0.0' },
  versionAfter: { default: '1.1.0' },
  clockSuspect: false,
  scannedAt: '2026-03-01T11:59:00Z',
  connectedAt: '2026-03-01T11:59:01Z',
  endedAt: '2026-03-01T11:59:30Z',
  ...fields,
})

export const failedRun = (fields: Partial<RunRecord> = {}): RunRecord =>
  runRecord({ outcome: 'failed', code: 'SELFTEST_FAILED', text: 'vbat 3.02 V, allowed 3.1 to 3.5.', ...fields })

export const figuresRecord = (fields: Partial<FiguresRecord> = {}): FiguresRecord => ({
  units: 5,
  firstPassed: 2,
  finalPassed: 4,
  retested: 3,
  ntf: 2,
  runs: 9,
  passed: 4,
  failed: 4,
  errors: 1,
  aborted: 0,
  uncounted: { NO_CONNECT: 1 },
  references: 0,
  fpy: { part: 2, of: 5 },
  finalYield: { part: 4, of: 5 },
  retestRate: { part: 3, of: 5 },
  cycleTimes: { p50: 21, p95: 44 },
  unitsPerHour: 34.06,
  pareto: [{ code: 'SELFTEST_FAILED', count: 5, cumulative: { part: 5, of: 5 } }],
  ...fields,
})

export const noFiguresRecord: FiguresRecord = {
  ...figuresRecord({ fpy: null, finalYield: null, retestRate: null, cycleTimes: null, unitsPerHour: null, pareto: [], uncounted: {} }),
  units: 0,
}

export const yieldRecord = (...items: YieldRecord['items']): YieldRecord => ({
  from: '2026-03-01T00:00:00Z',
  to: '2026-03-02T00:00:00Z',
  items,
  rty: { part: 2, of: 5 },
})

export const slotRecord = (slot: number, run: RunRecord | null = null, fields: Partial<SlotRecord> = {}): SlotRecord => ({
  slot,
  run,
  isSaving: false,
  isAcknowledged: false,
  progress: null,
  until: null,
  ...fields,
})

export const screenRecord = (fields: Partial<ScreenRecord> = {}): ScreenRecord => {
  const slots = fields.slots ?? fields.slotViews?.length ?? 1
  return {
    id: 'fct-1',
    name: 'fct-1',
    slots,
    slotAddresses: [],
    procedure: 'lamp-fct',
    operator: 'none',
    language: 'en',
    passSeconds: 0,
    sound: true,
    rev: 2,
    process: 'FCT',
    product: 'lamp',
    slotViews: Array.from({ length: slots }, (_, index) => slotRecord(index + 1)),
    operatorName: null,
    workOrder: null,
    chosen: null,
    shift: { ...figuresRecord(), from: '2026-03-01T06:00:00Z', to: '2026-03-01T14:00:00Z' },
    reference: null,
    backlog: null,
    now: '2026-03-01T12:00:00Z',
    ...fields,
  }
}
