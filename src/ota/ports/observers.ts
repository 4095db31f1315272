// What the core reports to observers: events and counters, types only.

import type { Sentence } from '../../sentences/sentence.ts'
import type { DeviceKey, Task } from '../model.ts'
import type { RefusedConnect } from './mqtt.ts'

/** What `/events` carries, after it is on disk. */
export type Event =
  | { readonly type: 'task'; readonly task: Task }
  | { readonly type: 'campaign'; readonly campaign: number }
  | {
      readonly type: 'device'
      readonly device: DeviceKey
      readonly what: 'connected' | 'disconnected' | 'subscribed' | 'reported' | 'enrolled' | 'removed' | 'moved' | 'disputed' | 'contended'
      readonly detail?: string
      /** The address of the device's client, without port. */
      readonly address?: string
      /** The address of the client that took its place. */
      readonly newAddress?: string
    }
  /** `device`: the one that it names; null: none. */
  | ({ readonly type: 'device'; readonly what: 'refused' } & RefusedConnect)
  /** Only while that device is being watched: its raw messages. */
  | { readonly type: 'message'; readonly device: DeviceKey; readonly direction: 'up' | 'down'; readonly text: string }
  /** Only while that device is being watched: what was refused; `text` says the sentence. */
  | ({ readonly type: 'message'; readonly device: DeviceKey; readonly direction: 'refused'; readonly text: string } & Sentence)

export interface Events {
  emit(event: Event): void
  /** Whether the device is being watched, so that its raw messages are wanted. */
  watches(device: DeviceKey): boolean
}

/** Counters by name and reason; the metrics choose their public names. */
export interface Meter {
  count(
    name:
      | 'uplinks'
      | 'dropped'
      | 'pushes'
      | 'gets'
      | 'connects'
      | 'refused'
      | 'publish_denied'
      | 'subscribe_denied'
      | 'undelivered'
      | 'disconnects'
      | 'quotas',
    label: string,
    by?: number,
  ): void
}
