// What the core reports to whoever watches: events and counters, types only.

import type { DeviceKey, Task } from '../model.ts'

/** What `/events` carries, after it is on disk. */
export type Event =
  | { readonly type: 'task'; readonly task: Task }
  | { readonly type: 'campaign'; readonly campaign: number }
  | {
      readonly type: 'device'
      readonly device: DeviceKey
      readonly what: 'connected' | 'disconnected' | 'subscribed' | 'reported' | 'enrolled' | 'removed'
      readonly detail?: string
    }
  /** Only while somebody watches that device: its raw messages and refusals. */
  | { readonly type: 'message'; readonly device: DeviceKey; readonly direction: 'up' | 'down' | 'refused'; readonly text: string }

export interface Events {
  emit(event: Event): void
  /** Whether somebody watches the device, so that raw messages are worth telling. */
  watches(device: DeviceKey): boolean
}

/** Counters by name and reason; what they are called outside is the metrics' affair. */
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
      | 'disconnects',
    label: string,
    by?: number,
  ): void
}
