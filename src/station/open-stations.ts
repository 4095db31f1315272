// Test stations over their rows and the core: put together, continued after a stop, and fed with what happens. Nothing runs before `tick`.

import type { DeviceKey } from '../ota/model.ts'
import type { Tap } from '../ota/ports/mqtt.ts'
import type { Event } from '../ota/ports/observers.ts'
import { cancelLeft } from './floor/admitting.ts'
import { createFloor, type Floor, runOfDevice, show } from './floor/floor.ts'
import { noteLostLabels, printAfter } from './floor/labels.ts'
import { observe } from './floor/observing.ts'
import { procedureOperations } from './floor/procedures.ts'
import { reportedTarget } from './floor/reported-target.ts'
import { groupFigures } from './floor/reports.ts'
import { runOperations } from './floor/run-operations.ts'
import { deliver, lookForBoard, resumeRun, tickRuns } from './floor/running.ts'
import { stationOperations } from './floor/station-operations.ts'
import { unitOperations } from './floor/unit-operations.ts'
import type { StationOutside, Stations } from './ports.ts'
import { slotOfAddress } from './rules/blocks.ts'
import { readSelfTest } from './rules/self-test-message.ts'
import { spanAt } from './rules/spans.ts'
import type { Heard } from './run-model.ts'
import { openStationRows } from './station-rows.ts'

export interface OpenStations extends Stations {
  /** For the broker: self-test messages of boards. */
  readonly tap: Tap
  /** What the core reports to observers. */
  observe(event: Event): void
  /** Continues the runs that a stop or a crash left open. Call once, when the core has started. */
  start(): Promise<void>
  /** Does what is due. Call several times a second. */
  tick(): void
}

/** How often the progress of updates is shown at most (ms). */
const progressMs = 500

const createTap = (floor: Floor): Tap => ({
  wants: (device: DeviceKey) => floor.byDevice.has(device),
  async message({ device }, topic, payload) {
    const run = runOfDevice(floor, device)
    const open = run && floor.open.get(run.id)
    if (run === undefined || open?.procedure.selfTest?.topic !== topic) return
    const message = readSelfTest(payload, open.procedure.selfTest.limits)
    if (!message.ok) {
      floor.outside.log.info({ device, run: run.id, said: message.fault.code }, 'a message of a tested board could not be read')
      return
    }
    const since = floor.outside.core.connections.since(device) ?? floor.outside.now()
    const test: Heard = { since, at: floor.outside.now(), ...reportedTarget(floor, open, since), measurements: message.measurements }
    await deliver(floor, run.id, { type: 'selfTest', test }).catch((error: unknown) => {
      // It ended meanwhile: the message is about nothing.
      if (floor.open.has(run.id)) throw error
    })
  },
})

const start = async (floor: Floor): Promise<void> => {
  const { rows, outside } = floor
  floor.newestEnd = (await rows.queries.newestEnd()) ?? 0
  await noteLostLabels(floor)
  for (const desk of rows.memory.desks.values()) {
    for (const id of desk.shown) {
      const run = id === null || rows.memory.openRuns.has(id) ? undefined : await rows.queries.run(id)
      if (run !== undefined) floor.shown.set(run.id, run)
    }
  }
  for (const run of Array.from(rows.memory.openRuns.values())) {
    const procedure = rows.memory.procedures.get(run.procedure)?.find(({ rev }) => rev === run.rev)
    if (procedure === undefined) {
      outside.log.error({ run: run.id, procedure: run.procedure, rev: run.rev }, 'an open run has no procedure: it cannot go on')
      continue
    }
    await resumeRun(floor, run, procedure)
    const station = rows.memory.stations.get(run.station)
    if (run.state === 'waiting')
      lookForBoard(floor, run, (address) => (station === undefined || address === null ? null : slotOfAddress(station, address)))
  }
  cancelLeft(floor, (device) => floor.byDevice.has(device))
}

/** Stations with an update in progress are shown again as it goes on. */
const createProgress = (floor: Floor): (() => void) => {
  let next = 0
  return () => {
    const now = floor.outside.now()
    if (floor.open.size === 0 || now < next) return
    next = now + progressMs
    const stations = new Set(
      [...floor.rows.memory.openRuns.values()].filter(({ state }) => state === 'updating').map(({ station }) => station),
    )
    for (const station of stations) show(floor, { type: 'station', station })
  }
}

/** OTA_STORE_UNREADABLE where a row cannot be read. */
export const openStations = async (outside: StationOutside): Promise<OpenStations> => {
  const rows = await openStationRows(outside.batches)
  const floor: Floor = createFloor(outside, rows, (run, procedure) => printAfter(floor, run, procedure))
  const progress = createProgress(floor)
  const { shifts, timeZone } = outside.settings
  return {
    procedures: procedureOperations(floor),
    stations: stationOperations(floor),
    runs: runOperations(floor),
    units: unitOperations(floor),
    figures: (query) => groupFigures(floor, query),
    spanAt: (name, at) => spanAt(name, at, shifts, timeZone),
    tap: createTap(floor),
    observe: (event) => observe(floor, event),
    start: () => start(floor),
    tick() {
      tickRuns(floor)
      progress()
    },
  }
}
