// What a dialect is: the topics by which devices are updated, what they send there, and what they are sent. Types only: each dialect
// is one file beside this one, which knows bytes and text and decides nothing.

import type { DeviceKey, Firmware, Task } from '../model.ts'
import type { Downlink, SelfTestTopic } from '../ports/mqtt.ts'

export type DropReason =
  | 'too_large'
  | 'not_json'
  | 'not_object'
  | 'unknown_method'
  | 'downlink_method'
  | 'bad_params'
  | 'bad_identity'
  | 'bad_element'
  | 'too_many_elements'
  | 'too_many_modules'
  | 'bad_version'
  | 'bad_module'
  | 'bad_step'
  | 'foreign_task'
  | 'unknown_task'
  | 'stale_attempt'
  | 'no_task'
  | 'task_ended'
  | 'not_child'
  | 'get_rate'
  | 'unknown_device'

export interface Malformed {
  readonly kind: 'malformed'
  readonly reason: DropReason
  readonly detail: string
  /** Of what has more than is read: bytes, or elements. */
  readonly figures?: { readonly sent: number; readonly read: number }
}

/** A device's own request id, echoed in the type it came in; undefined where there was none. */
export type RequestId = string | number | bigint | boolean | null | undefined

/** One report of a device about itself, or of a gateway about a child (`identity`). */
export type Report =
  | {
      readonly kind: 'version'
      readonly identity: DeviceKey | null
      readonly module: string
      readonly version: string
      readonly notString: boolean
    }
  | {
      readonly kind: 'progress'
      readonly identity: DeviceKey | null
      readonly module: string
      readonly task: number | null
      readonly step: number
      readonly desc: string
    }
  | { readonly kind: 'get'; readonly identity: null; readonly module: string; readonly id: RequestId }

export interface Uplink {
  readonly kind: 'uplink'
  readonly method: string
  readonly id: RequestId
  readonly reports: readonly (Report | Malformed)[]
  /** It is not well-formed, and was read as its sender meant it. */
  readonly asMeant?: boolean
}

export type TopoMethod = 'add' | 'delete' | 'get' | 'login' | 'logout'

export interface TopoUplink {
  readonly kind: 'topo'
  readonly method: TopoMethod
  readonly id: RequestId
  readonly children: readonly DeviceKey[]
  readonly refused: readonly Malformed[]
  /** As of an `Uplink`. */
  readonly asMeant?: boolean
}

/** One package for one device, ready to be sent. */
export interface Offer {
  readonly task: Task
  readonly firmware: Firmware
  readonly url: string
}

/** A message, and the tasks that it offers. */
export interface OfferMessage {
  readonly message: Downlink
  readonly tasks: readonly Task[]
}

/** The topics of one device, computed once for each connection. */
export interface DeviceTopics {
  /** Whether the topic or filter is the device's own: it publishes and subscribes nowhere else. */
  owns(topic: string): boolean
  /** Which of the dialect's uplinks is published there, by the dialect's own name for it; null: none. */
  up(topic: string): string | null
  /** Which message of a self-test is published there, as an ordinary message; null: none. */
  selfTest(topic: string): SelfTestTopic | null
  /** Whether only the server publishes there. */
  isDown(topic: string): boolean
  /** Where the server sends offers (`ota`), and answers about sub-devices (`topo`). */
  down(channel: 'ota' | 'topo'): string
}

/** How many elements and bytes a message to a gateway may have. */
export interface MessageBounds {
  readonly elements: number
  readonly bytes: number
}

export interface Dialect {
  topicsOf(product: string, name: string): DeviceTopics
  /** Whether it is an update topic of any device: only devices and the server publish there. */
  isReserved(topic: string): boolean
  /**
   * Reads a message of the uplink `up` (see `DeviceTopics.up`), of at most `maxBytes`; about sub-devices, `maxFamilyBytes` (by default the
   * same). Never throws.
   */
  read(up: string, payload: Uint8Array, maxBytes: number, maxFamilyBytes?: number): Uplink | TopoUplink | Malformed
  /** An offer without its id: the part that stays the same each time it is sent. */
  offerBody(offer: Offer): string
  /** The offer: a push (`id` of ours), or the answer to a request (its id). `body` as `offerBody` gives it. */
  offerMessage(id: RequestId, body: string): Downlink
  /** Offers to a gateway's sub-devices, in order; an element that is larger than a message by itself is sent in a message of its own. */
  subOffers(offers: readonly Offer[], nextId: () => number, bounds: MessageBounds): readonly OfferMessage[]
  /** The answer to a request where there is no update (`ota.noUpdateReply: "empty"`). */
  noUpdate(id: RequestId): Downlink
  /** The answer to `TopoUplink`: the accepted children. */
  topoAnswer(id: RequestId, method: TopoMethod, accepted: readonly DeviceKey[], code: number): Downlink
}
