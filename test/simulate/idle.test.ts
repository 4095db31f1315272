// When a fleet is idle, with timers moved by hand.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createIdleWatch } from '../../src/simulate/idle.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

const watchOf = (ms: number) => {
  const device = { isQuiet: true, quiet: () => device.isQuiet }
  const done = vi.fn()
  return { device, done, watch: createIdleWatch(ms, [device], done) }
}

test('the idle time counts from the last event', () => {
  const { done, watch } = watchOf(1000)
  watch.seen()
  vi.advanceTimersByTime(900)
  watch.seen()
  vi.advanceTimersByTime(900)
  expect(done).not.toHaveBeenCalled()
  vi.advanceTimersByTime(100)
  expect(done).toHaveBeenCalledOnce()
})

test('a device that is busy without events is waited for', () => {
  const { done, watch, device } = watchOf(1000)
  device.isQuiet = false
  watch.seen()
  vi.advanceTimersByTime(5000)
  expect(done).not.toHaveBeenCalled()
  device.isQuiet = true
  vi.advanceTimersByTime(1000)
  expect(done).toHaveBeenCalledOnce()
})

test('without a time nothing is idle, and a stopped watch does nothing', () => {
  const never = watchOf(0)
  never.watch.seen()
  const stopped = watchOf(1000)
  stopped.watch.seen()
  stopped.watch.stop()
  vi.advanceTimersByTime(1_000_000)
  expect(never.done).not.toHaveBeenCalled()
  expect(stopped.done).not.toHaveBeenCalled()
})
