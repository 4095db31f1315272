// What the parts of the core share: what is outside (the ports), the three owners of what changes, and how parts wake each other.
// A function takes the slice that it uses.

import type { Log } from '../../log.ts'
import type { Quotas } from '../../quotas.ts'
import type { Enrolment, OtaSettings } from '../../settings.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { DeviceKey } from '../model.ts'
import type { Downloads } from '../ports/downloads.ts'
import type { Transport } from '../ports/mqtt.ts'
import type { Events, Meter } from '../ports/observers.ts'
import type { Queries, Reads, Writes } from '../ports/store.ts'
import type { Clocks } from './clocks.ts'
import type { Connections } from './connections.ts'
import type { Families } from './families.ts'
import type { Queue } from './queue.ts'

/** What is outside the core, and what is kept beside it for all parts. */
export interface Ports {
  readonly reads: Reads
  readonly writes: Writes
  readonly queries: Queries
  /** Gateways and their sub-devices, as the store has them. */
  readonly families: Families
  readonly transport: Transport
  readonly downloads: Downloads
  readonly events: Events
  readonly meter: Meter
  readonly log: Log
  readonly quotas: Quotas
  /** The messages of devices, as bytes and text. */
  readonly dialect: Dialect
  readonly settings: OtaSettings
  readonly enrolment: Enrolment
  /** Milliseconds since the epoch, never going back. */
  readonly now: () => number
  /** Lets other work run: awaited in the middle of long work. */
  readonly breathe: () => Promise<void>
}

/** Work that one part requests from another above it. Done soon, one key after another, once however often it was requested meanwhile. */
export interface Wake {
  /** Gives the campaign its turn: open the next phase, offer what may be offered, complete it if it is finished. */
  readonly turn: (campaign: number) => void
  /** Starts a scheduled campaign whose time has come, and creates the tasks of a campaign that are still missing. */
  readonly plan: (campaign: number) => void
  /** Decides again about a device that campaigns wait for. */
  readonly decide: (device: DeviceKey) => void
  /** Asks the continuous campaigns whether the device now matches. */
  readonly rematch: (device: DeviceKey) => void
}

export interface Context {
  readonly ports: Ports
  /** Which devices are connected, what each was offered, and their signs of life. */
  readonly connections: Connections
  /** Which tasks wait, which hold slots, and how fast offers go out. */
  readonly queue: Queue
  /** When to check what again, and when the server was away. */
  readonly clocks: Clocks
  readonly wake: Wake
}

export type Part<K extends keyof Context> = Pick<Context, K>
