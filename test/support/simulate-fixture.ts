// A fleet against the recording server, with its events, for tests of devices, gateways and fleets.

import { runFleet } from '../../src/simulate/fleet.ts'
import type { FleetEvent, UnitSummary } from '../../src/simulate/output-lines.ts'
import { type FleetOptions, planFleet } from '../../src/simulate/plan.ts'
import type { DevicePlan } from '../../src/simulate/self.ts'
import type { Seen, SimulateServerFixture } from './simulate-server-fixture.ts'

export const quick: Partial<FleetOptions> = {
  product: 'pk',
  devices: 1,
  ask: 'none',
  bootMs: 0,
  flashMs: 0,
  reconnectMs: 1,
  connectsPerSecond: 100_000,
}

export interface SimulateFixture {
  readonly events: readonly FleetEvent[]
  /** The first (`nth`) event of that name, of that device or of any, past or future. */
  event(event: string, device?: string, nth?: number): Promise<FleetEvent>
  /** Ends the fleet; the outcome of each unit. */
  stop(): Promise<readonly UnitSummary[]>
  readonly ended: Promise<readonly UnitSummary[]>
}

/** Runs a fleet of `quick` devices, changed by `options`, that prints JSON lines. */
export const createSimulateFixture = (
  server: Pick<SimulateServerFixture, 'broker'>,
  options: Partial<FleetOptions> = {},
): SimulateFixture => {
  const events: FleetEvent[] = []
  const watchers = new Set<() => void>()
  const controller = new AbortController()
  const line = (text: string): void => {
    events.push(JSON.parse(text) as FleetEvent)
    for (const watcher of watchers) watcher()
  }
  const io = { json: true, line, now: () => Date.UTC(2025, 0, 2, 3, 4, 5) }
  const ended = runFleet({ ...quick, broker: server.broker, ...options }, io, controller.signal)
  return {
    events,
    ended,
    event: (event, device, nth = 1) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = events.filter((each) => each.event === event && (device === undefined || each.device === device))[nth - 1]
          if (found === undefined) return
          watchers.delete(look)
          resolve(found)
        }
        watchers.add(look)
        look()
      }),
    stop: () => {
      controller.abort()
      return ended
    },
  }
}

/** A seed whose first device is of that kind. */
export const seedFor = (is: (plan: DevicePlan) => boolean, options: Partial<FleetOptions> = {}): number => {
  for (let seed = 1; seed < 1000; seed++) {
    const [plan] = planFleet({ ...quick, ...options, seed }).devices
    if (plan !== undefined && is(plan)) return seed
  }
  throw new Error('no seed makes such a device')
}

type Up = Extract<Seen, { kind: 'up' }>

export const isUp = (method: string, nth = 1): ((seen: Seen) => seen is Up) => {
  let left = nth
  return (seen): seen is Up => seen.kind === 'up' && seen.method === method && --left === 0
}

/** The Range headers received, in order; null: none. */
export const rangesOf = (server: SimulateServerFixture): readonly (string | null)[] =>
  server.log.flatMap((seen) => (seen.kind === 'get' ? [seen.range] : []))

/** What was received, in order and in one word each: a method for uplinks, `goodbye` or `cut` for the end of a connection. */
export const outlineOf = (server: SimulateServerFixture): readonly string[] =>
  server.log.map((seen) => (seen.kind === 'up' ? seen.method : seen.kind === 'close' ? (seen.saidGoodbye ? 'goodbye' : 'cut') : seen.kind))
