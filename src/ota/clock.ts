// The house's clock: follows the wall clock, never goes back, never jumps. Both sources are arguments.

/**
 * `wall` and `steady` in milliseconds (steady: since any moment, not stopped by clock changes); `floor` the latest time that the
 * store knows. Where the wall clock was set, the difference is caught up little by little: at most as fast again forward,
 * half as fast while it must wait for the wall clock. So time-outs fire neither at once nor never after a jump.
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
