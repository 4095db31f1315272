import { expect, test } from 'vitest'
import { createGauge } from '../../src/cli/gauge.ts'
import { campaign, counts, task } from '../support/cli-samples.ts'

const busy = (id: string, step: number) => task({ id, device: `pk/${id}`, state: 'in_progress', step })
const standing = (fields: Parameters<typeof counts>[0]) => campaign({ counts: counts(fields) })

test('ended devices count as 1, those in progress by their progress', () => {
  const gauge = createGauge()
  expect(gauge(standing({ in_progress: 2, succeeded: 2 }), [busy('1', 50), busy('2', 25)])).toBe(0.6875)
  expect(createGauge()(standing({}), [])).toBe(0)
})

test('a device whose end is known before the counts does not move the bar back', () => {
  const gauge = createGauge()
  const before = standing({ in_progress: 2 })
  expect(gauge(before, [busy('1', 90), busy('2', 10)])).toBe(0.5)
  expect(gauge(before, [busy('2', 10)])).toBe(0.5)
  expect(gauge(standing({ in_progress: 1, succeeded: 1 }), [busy('2', 10)])).toBe(0.55)
})

test('a new attempt and a new device move the bar back', () => {
  const gauge = createGauge()
  expect(gauge(standing({ failed: 1, succeeded: 1 }), [])).toBe(1)
  expect(gauge(standing({ queued: 1, succeeded: 1 }), [])).toBe(0.5)
  expect(gauge(standing({ queued: 3, succeeded: 1 }), [])).toBe(0.25)
})
