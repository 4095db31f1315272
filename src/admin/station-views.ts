// Procedures, test stations and units as the API shows them.

import type { BirthCertificate, SlotView, StationView } from '../station/ports.ts'
import type { Procedure, Station, Unit, UnitProcess } from '../station/station-model.ts'
import { figuresView } from './figure-views.ts'
import { isoOrNull, isoTime } from './iso-time.ts'
import { runView } from './run-views.ts'
import type { BirthCertificateJson, ProcedureJson, StationJson, StationViewJson, UnitJson } from './station-schemas.ts'

export const procedureView = (procedure: Procedure): ProcedureJson => {
  const { pattern, firmware, requires, steps, selfTest, retest, reference, label, createdAt, releasedAt, campaigns, ...rest } = procedure
  return {
    ...rest,
    serial: { pattern },
    firmware: firmware.map((one) => ({ ...one, firmware: String(one.firmware) })),
    requires: [...requires],
    steps: { ...steps },
    selfTest: selfTest === null ? null : { ...selfTest, limits: selfTest.limits.map((limit) => ({ ...limit })) },
    retest: { ...retest },
    reference: reference === null ? null : { ...reference, golden: [...reference.golden], bad: [...reference.bad] },
    label: label === null ? null : { ...label },
    createdAt: isoTime(createdAt),
    releasedAt: isoOrNull(releasedAt),
    campaigns: campaigns.map(String),
  }
}

export const stationView = ({ id, name, slots, slotAddresses, procedure, ...rest }: Station): StationJson => ({
  id,
  name,
  slots,
  slotAddresses: [...slotAddresses],
  procedure,
  operator: rest.operator,
  language: rest.language,
  passSeconds: rest.passSeconds,
  sound: rest.sound,
  createdAt: isoTime(rest.createdAt),
})

const slotJson = ({ run, progress, until, ...slot }: SlotView): StationViewJson['slotViews'][number] => ({
  ...slot,
  run: run === null ? null : runView(run),
  progress: progress === null ? null : { ...progress },
  until: isoOrNull(until),
})

const backlogView = (backlog: StationView['backlog']): StationViewJson['backlog'] =>
  backlog === null ? null : { count: backlog.count, oldestAt: isoOrNull(backlog.oldestAt) }

const referenceView = (reference: StationView['reference']): StationViewJson['reference'] =>
  reference === null ? null : { dueAt: isoOrNull(reference.dueAt), wanted: [...reference.wanted], blocked: reference.blocked }

/** All that the screen of a station shows. */
export const screenView = (view: StationView, now: number): StationViewJson => ({
  ...stationView(view),
  rev: view.rev,
  process: view.process,
  product: view.product,
  slotViews: view.slotViews.map(slotJson),
  operatorName: view.operatorName,
  workOrder: view.workOrder,
  chosen: view.chosen,
  shift: { from: isoTime(view.shift.from), to: isoTime(view.shift.to), ...figuresView(view.shift.figures) },
  reference: referenceView(view.reference),
  backlog: backlogView(view.backlog),
  now: isoTime(now),
})

/** Of a board that was replaced no outcome counts. */
export const ofItsBoard = ({ outcome, passedAt, isReplaced }: Pick<UnitProcess, 'outcome' | 'passedAt' | 'isReplaced'>) =>
  isReplaced === true ? { outcome: null, passedAt: null } : { outcome, passedAt }

export const unitView = ({ product, serial, device, boundAt, boundBy, processes, released, replaced }: Unit): UnitJson => ({
  product,
  serial,
  device,
  boundAt: isoOrNull(boundAt),
  boundBy: boundBy === null ? null : String(boundBy),
  processes: Object.fromEntries(
    Object.entries(processes).map(([name, { run, attempts, counted, failures, firstPassed, ...process }]) => {
      const { outcome, passedAt } = ofItsBoard(process)
      return [name, { outcome, run: String(run), attempts, counted, failures, firstPassed, passedAt: isoOrNull(passedAt) }]
    }),
  ),
  released: released.map(({ at, by, process, reason }) => ({ at: isoTime(at), by, process, reason })),
  replaced: replaced.map(({ device: earlier, at, by, reason }) => ({ device: earlier, at: isoTime(at), by, reason })),
})

export const certificateView = ({ unit, runs, images }: BirthCertificate): BirthCertificateJson => ({
  unit: unitView(unit),
  firmware: images.map((image) => ({ ...image, run: String(image.run) })),
  runs: runs.map(runView),
})
