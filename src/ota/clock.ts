// The server's clock: follows the wall clock, never goes back, never jumps. Both sources are arguments.

import type { Store } from './ports/store.ts'

/**
 * `wall` and `steady` in milliseconds (steady: since any time, not affected by clock changes); `floor` the latest time that the
 * store knows. If the wall clock was set, the difference is made up gradually: forward at twice the speed at most, and at half the
 * speed while it waits for the wall clock. So after a jump no time-out fires at once, and none is delayed forever.
 */
export const createClock = (wall: () => number, steady: () => number, floor: number): (() => number) => {
  let last = Math.max(wall(), floor)
  let lastSteady = steady()
  return () => {
    const now = steady()
    const elapsed = Math.max(0, now - lastSteady)
    lastSteady = now
    const behind = wall() - (last + elapsed)
    last += elapsed + Math.min(Math.max(behind, -elapsed / 2), elapsed)
    return Math.round(last)
  }
}

/** The latest time in the store: the clock never starts before it, whatever the machine's clock says at boot. */
export const latestTime = (store: Pick<Store, 'reads' | 'queries'>): number => {
  let latest = store.queries.clock()?.at ?? 0
  for (const task of store.reads.openTasks()) latest = Math.max(latest, task.createdAt, task.signAt ?? 0, task.notifiedAt ?? 0)
  return latest
}
