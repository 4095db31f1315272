// A fleet of simulated devices: creates and runs them, prints what happens to each, and the outcome of each at the end.
// Knows no settings and no terminal: lines go to the function it is given.

import { setMaxListeners } from 'node:events'
import { createIdleWatch } from './idle.ts'
import { describe, type FleetEvent, type UnitSummary } from './output-lines.ts'
import { type FleetOptions, planFleet } from './plan.ts'
import type { Bench } from './self.ts'
import { createSimulatedDevice, type SimulatedDevice } from './simulated-device.ts'
import type { SimulatedUnit } from './unit.ts'

export interface FleetIo {
  /** JSON lines for scripts; else lines for people. */
  readonly json: boolean
  /** Takes one line, without a newline. */
  readonly line: (text: string) => void
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** A time as people read it; by default the clock in UTC. */
  readonly clock?: (iso: string) => string
  /** A device got its CONNACK (null), or why it did not. */
  readonly connected?: (refusal: string | null) => void
}

const ranges = 65_536
const answerMs = 5000

/** What devices with these options share. */
export const fleetBench = (options: FleetOptions, emit: Bench['emit']): Bench => ({
  broker: options.broker,
  password: options.password,
  insecure: options.insecure,
  ca: options.ca,
  bytesPerSecond: options.rate * 1024,
  chunkBytes: ranges,
  bootMs: options.bootMs,
  flashMs: options.flashMs,
  reconnectMs: options.reconnectMs,
  answerMs,
  ackMs: options.ackMs,
  askEveryMs: options.askEvery * 1000,
  emit,
})

const keyOf = ({ plan }: SimulatedUnit): string => `${plan.product}/${plan.name}`

const summaryOf = (unit: SimulatedUnit): UnitSummary => ({
  device: keyOf(unit),
  fault: unit.plan.fault,
  version: [...unit.versions.values()].join(' '),
  outcome: unit.outcome,
})

/** Events that repeat without any change: they do not end an idle time. */
const repeated: readonly string[] = ['refused', 'unreachable', 'asked', 'no-update']

const utcClock = (iso: string): string => iso.slice(11, 23)

const createPrint =
  (io: FleetIo) =>
  (event: FleetEvent): void =>
    io.line(io.json ? JSON.stringify(event) : describe(event, io.clock ?? utcClock))

/**
 * Runs a fleet until `signal` aborts, every device is gone, or it has been idle for `untilIdle` seconds. Prints one line per event
 * (`{"at","device","event","detail"}`) and, at the end, one per unit
 * (`{"at","device","event":"summary","fault","version","outcome"}`); returns those summaries.
 * Throws OTA_BAD_REQUEST for invalid options.
 */
export const runFleet = async (given: Partial<FleetOptions>, io: FleetIo, signal: AbortSignal): Promise<readonly UnitSummary[]> => {
  const { options, devices: plans } = planFleet(given)
  const print = createPrint(io)
  const at = (): string => new Date(io.now()).toISOString()
  const devices: SimulatedDevice[] = []
  const stop = () => {
    for (const device of devices) device.stop()
  }
  const watch = createIdleWatch(options.untilIdle * 1000, devices, stop)
  const bench = fleetBench(options, (unit, event, detail) => {
    if (!repeated.includes(event)) watch.seen()
    if (event === 'connected') io.connected?.(null)
    else if (event === 'refused' || event === 'unreachable') io.connected?.(String(detail['why']))
    print({ at: at(), device: keyOf(unit), event, detail })
  })
  for (const plan of plans) devices.push(createSimulatedDevice(plan, bench))
  setMaxListeners(0, signal)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  watch.seen()
  await Promise.all(devices.map((device) => device.run()))
  watch.stop()
  signal.removeEventListener('abort', stop)
  const summaries = devices.flatMap(({ units }) => units.map(summaryOf))
  for (const summary of summaries) print({ at: at(), event: 'summary', ...summary })
  return summaries
}
