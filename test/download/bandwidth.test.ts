// Bandwidth and reports by a clock that is moved by hand.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createBandwidth } from '../../src/download/bandwidth.ts'
import { createServedReports } from '../../src/download/served-reports.ts'

const here = new AbortController().signal
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the bandwidth', () => {
  const now = (): number => Date.now()

  test('without a limit is what is asked for', () => {
    expect(createBandwidth(0, now).take(1_000_000, here)).toBe(1_000_000)
  })

  test.each([100, 1_000, 100_000, 50_000_000])('of %i bytes per second is kept', async (bytesPerSecond) => {
    const pace = createBandwidth(bytesPerSecond, now)
    let bytes = 0
    let stopped = false
    const download = async (): Promise<void> => {
      while (!stopped) {
        const taken = await pace.take(1_000_000, here)
        bytes += taken
      }
    }
    const downloads = [download(), download()]
    await vi.advanceTimersByTimeAsync(20_000)
    const kept = bytes
    stopped = true
    await vi.advanceTimersByTimeAsync(20_000)
    await Promise.all(downloads)
    expect(kept).toBeGreaterThan(bytesPerSecond * 20 * 0.95 - 1_024)
    expect(kept).toBeLessThan(bytesPerSecond * 20 * 1.05 + 1_024)
  })

  test('is shared equally, and the share of one that leaves goes to the others', async () => {
    const pace = createBandwidth(100_000, now)
    const controller = new AbortController()
    const bytes = [0, 0, 0]
    const download = async (at: number, left: AbortSignal): Promise<void> => {
      for (let took = -1; took !== 0 && bytes.reduce((sum, each) => sum + each) < 2_000_000; ) {
        took = await pace.take(1_000_000, left)
        bytes[at] = (bytes[at] ?? 0) + took
      }
    }
    const downloads = [download(0, here), download(1, here), download(2, controller.signal)]
    await vi.advanceTimersByTimeAsync(6_000)
    expect(Math.max(...bytes) / Math.min(...bytes)).toBeLessThan(1.05)
    const gone = bytes[2]
    controller.abort()
    await vi.advanceTimersByTimeAsync(6_000)
    expect(bytes[2]).toBe(gone)
    expect(bytes[0]).toBeGreaterThan(450_000)
    expect(await pace.take(10, controller.signal)).toBe(0)
    await vi.advanceTimersByTimeAsync(20_000)
    await Promise.all(downloads)
  })
})

describe('a report', () => {
  const send = vi.fn()
  beforeEach(() => {
    send.mockReset()
  })

  test('is sent at most every 250 ms, however much changes, and always includes the last change', async () => {
    const reports = createServedReports(send, 250, () => Date.now())
    for (let at = 0; at < 990; at += 1) {
      reports.changed(false)
      await vi.advanceTimersByTimeAsync(1)
    }
    expect(send.mock.calls.length).toBe(3)
    await vi.advanceTimersByTimeAsync(250)
    expect(send.mock.calls.length).toBe(4)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(send.mock.calls.length).toBe(4)
  })

  test('that cannot wait is sent at once, with what was waiting', async () => {
    const reports = createServedReports(send, 250, () => Date.now())
    reports.changed(false)
    reports.changed(true)
    reports.changed(true)
    await vi.advanceTimersByTimeAsync(0)
    expect(send.mock.calls.length).toBe(1)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(send.mock.calls.length).toBe(1)
  })

  test('that follows another one at once waits for those that come with it', async () => {
    const reports = createServedReports(send, 250, () => Date.now())
    for (let at = 0; at < 20; at += 1) {
      reports.changed(true)
      await vi.advanceTimersByTimeAsync(1)
    }
    await vi.advanceTimersByTimeAsync(10)
    expect(send.mock.calls.length).toBeLessThanOrEqual(5)
    expect(send.mock.calls.length).toBeGreaterThanOrEqual(4)
  })

  test('is not sent after a stop', async () => {
    const reports = createServedReports(send, 250, () => Date.now())
    reports.changed(false)
    reports.changed(true)
    reports.stop()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(send).not.toHaveBeenCalled()
  })
})
