// What the parts of the core share: its ports, its memory, and the two ways in which one part wakes another.

import type { Log } from '../../log.ts'
import type { Enrolment, OtaSettings } from '../../settings.ts'
import type { Away, DeviceKey } from '../model.ts'
import type { Downloads } from '../ports/downloads.ts'
import type { Transport } from '../ports/mqtt.ts'
import type { Events, Meter } from '../ports/observers.ts'
import type { Store } from '../ports/store.ts'
import type { Index } from './lines.ts'
import type { Pace, Shares } from './pace.ts'
import type { Sessions } from './presence.ts'
import type { Timers } from './timers.ts'

/** What the composition root hands in. */
export interface CoreDeps {
  readonly store: Store
  readonly transport: Transport
  readonly downloads: Downloads
  readonly events: Events
  readonly meter: Meter
  readonly log: Log
  readonly now: () => number
  /** Lets everything else that waits have its turn: awaited in the middle of long work. */
  readonly breathe: () => Promise<void>
  readonly settings: OtaSettings
  readonly enrolment: Enrolment
}

/** The making of a campaign's tasks, from its start to its end, and what happens meanwhile. */
export interface Making {
  /** When it goes on after a failed write; null: it is going on. */
  again: number | null
  /** Devices whose task of the campaign is over. */
  readonly through: Set<DeviceKey>
  /** Devices that wait for it, and what they waited for is over: they are decided about once all tasks are made. */
  readonly freed: Set<DeviceKey>
}

export interface Core extends CoreDeps {
  readonly sessions: Sessions
  readonly index: Index
  readonly taskTimers: Timers<number>
  /** Tasks whose device may have fallen back, asked again once more is known of its download. */
  readonly doubts: Timers<number>
  readonly sessionTimers: Timers<DeviceKey>
  /** Moments at which a campaign's turn may change something: a window opens, a soak ends, a minute is over. */
  readonly campaignTimers: Timers<number>
  readonly pace: Pace
  /** When the server was not there, for how long just before this start (ms), and when it was last written down that it is. */
  readonly uptime: { readonly away: readonly Away[]; readonly awayFor: number; notedAt: number }
  readonly shares: Shares
  /** The server is about to stop: what ends now is nobody's fault, and nothing new begins. */
  stopping: boolean
  /** Disconnects of devices that succeeded while their phase soaks, by `campaign/phase/device`. */
  readonly flaps: Map<string, number>
  /** Campaigns whose tasks are being made. */
  readonly making: Map<number, Making>
  /** Canceled campaigns for whose steps nobody waits any more. */
  readonly released: Set<number>
  /** By gateway, until a task or a device changes: thousands of children are asked about in one turn. */
  readonly activeChildren: Map<DeviceKey, ReadonlySet<DeviceKey>>
  /** Bytes and last sign of life by task, newer than what is stored: no store write for each range. */
  readonly live: Map<number, { readonly bytes: number; readonly signAt: number }>
  /** Last sign of life of any child, and of its own update, by gateway: stalls of all of its family count from it. */
  readonly gatewaySigns: Map<DeviceKey, number>
  /** Whether the device may ask for firmware now: takes one of its turns. */
  readonly mayAsk: (device: DeviceKey) => boolean
  /** Gives the campaign its turn soon: open the next phase, hand out, see whether it is finished. */
  readonly poke: (campaign: number) => void
  /** Makes what is left to make of a campaign's tasks, soon. */
  readonly makeTasks: (campaign: number) => void
  /** Decides soon again about a device that campaigns wait for. */
  readonly freed: (device: DeviceKey) => void
  /** Asks the continuous campaigns soon whether the device now matches. */
  readonly consider: (device: DeviceKey) => void
  /** A uint32 for messages of ours. */
  readonly nextMessageId: () => number
}
