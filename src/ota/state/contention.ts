// Which devices are several clients by turns: boards with one identity that throw each other off. Memory only.

import type { DeviceKey } from '../model.ts'

/** Addresses that took the device over from each other, and how often in the last minute. */
export interface Contention {
  readonly takeOvers: number
  readonly addresses: readonly string[]
}

export interface Contentions {
  /** A connection from `address` has taken the place of the device's connection. */
  note(device: DeviceKey, address: string): void
  /** null: one client at most, as far as addresses can tell. */
  of(device: DeviceKey): Contention | null
}

interface Note {
  readonly at: number
  readonly address: string
}

const spanMs = 60_000
const least = 4
/** Of one device; more say nothing more. */
const kept = 64

export const createContentions = (now: () => number): Contentions => {
  const notes = new Map<DeviceKey, readonly Note[]>()
  let sweepAt = 1024
  const recent = (device: DeviceKey): readonly Note[] => (notes.get(device) ?? []).filter(({ at }) => now() - at < spanMs)
  const sweep = (): void => {
    for (const device of notes.keys()) if (recent(device).length === 0) notes.delete(device)
    sweepAt = Math.max(1024, 2 * notes.size)
  }
  return {
    note(device, address) {
      notes.set(device, [...recent(device), { at: now(), address }].slice(-kept))
      if (notes.size > sweepAt) sweep()
    },
    of(device) {
      const found = recent(device)
      const addresses = [...new Set(found.map(({ address }) => address))]
      return found.length >= least && addresses.length > 1 ? { takeOvers: found.length, addresses } : null
    },
  }
}
