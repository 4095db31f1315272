// Records of test stations for tests of their rows, complete but simple.

import type { FigureKey, YieldFigures } from '../../src/station/figure-model.ts'
import type { Run } from '../../src/station/run-model.ts'
import type { Procedure, Station, StationDesk, Unit, UnitProcess } from '../../src/station/station-model.ts'
import { sampleRun as runLike, sampleUnit as unitLike } from './station-samples.ts'

export const sampleProcedure = (id: string, rev: number, more: Partial<Procedure> = {}): Procedure => ({
  id,
  rev,
  product: 'lamp',
  process: 'FCT',
  bind: 'name',
  pattern: null,
  firmware: [],
  reflash: 'never',
  requires: [],
  steps: { connectSeconds: 90, updateSeconds: 600, restartSeconds: 120, selfTestSeconds: 120 },
  selfTest: null,
  retest: { max: 2, reasonNeeded: false },
  reference: null,
  label: null,
  createdAt: 1,
  createdBy: 'mei',
  releasedAt: null,
  releasedBy: null,
  campaigns: [],
  ...more,
})

export const sampleStation = (id: string, more: Partial<Station> = {}): Station => ({
  id,
  name: id,
  slots: 4,
  slotAddresses: [],
  procedure: 'lamp-fct',
  operator: 'none',
  language: 'en',
  passSeconds: 0,
  sound: true,
  createdAt: 1,
  ...more,
})

export const sampleDesk = (station: string, more: Partial<StationDesk> = {}): StationDesk => ({
  station,
  operator: null,
  workOrder: null,
  chosen: null,
  shown: [],
  acknowledged: [],
  goldenAt: null,
  badAt: null,
  blocked: null,
  ...more,
})

/** It waits for its board. */
export const sampleRun = (id: number, more: Partial<Run> = {}): Run =>
  runLike({
    id,
    serial: `SN-${id}`,
    label: `SN-${id}`,
    device: null,
    scannedAt: 1000 * id,
    connectedAt: null,
    endedAt: null,
    state: 'waiting',
    outcome: null,
    ...more,
  })

/** Ended half a second after its scan. */
export const endedRun = (id: number, more: Partial<Run> = {}): Run =>
  sampleRun(id, { state: 'ended', outcome: 'passed', endedAt: 1000 * id + 500, ...more })

export const sampleUnit = (serial: string, more: Partial<Unit> = {}): Unit =>
  unitLike({ serial, device: null, boundAt: null, boundBy: null, ...more })

export const sampleUnitProcess = (run: number): UnitProcess => ({
  outcome: 'passed',
  run,
  attempts: 1,
  counted: 1,
  failures: 0,
  firstPassed: true,
  passedAt: 1,
  figures: null,
  releasedSince: false,
  isNtf: false,
})

export const sampleKey = (more: Partial<FigureKey> = {}): FigureKey => ({
  shift: 0,
  station: 'fct-1',
  process: 'FCT',
  product: 'lamp',
  version: '1.0.0',
  workOrder: null,
  ...more,
})

export const sampleFigures = (units: number): YieldFigures => ({
  units,
  firstPassed: units,
  finalPassed: units,
  retested: 0,
  ntf: 0,
  runs: units,
  passed: units,
  failed: 0,
  errors: 0,
  aborted: 0,
  seconds: 0,
  times: [],
  codes: {},
  uncounted: {},
  references: 0,
  firstAt: null,
  lastAt: null,
})
