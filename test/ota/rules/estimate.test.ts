// The estimate of how long a campaign takes: only offers need an open window.

import { expect, test } from 'vitest'
import { anyTime, type Phase, type Rate, type Schedule } from '../../../src/ota/policy.ts'
import { perDevice, secondsOf } from '../../../src/ota/rules/estimate.ts'

const now = Date.parse('2026-05-01T12:00Z')
const hour = 3600
const day = 24 * hour
const phase = (soakSeconds: number): Phase => ({
  percent: 50,
  count: null,
  tag: null,
  successPercent: 100,
  minFinished: 1,
  soakSeconds,
  onward: 'next',
})
const within = (cron: string, minutes: number): Partial<Schedule> => ({ windows: [{ cron, minutes, timeZone: 'UTC' }] })

interface Case {
  readonly sizes?: readonly number[]
  readonly rate?: Partial<Rate>
  readonly schedule?: Partial<Schedule>
  readonly soak?: number
}

const takes = ({ sizes = [1], rate = {}, schedule = {}, soak }: Case): number | null =>
  secondsOf(
    {
      rate: { perMinute: 1000, maxInProgress: 50, ...rate },
      phases: soak === undefined ? [] : [phase(soak), phase(0)],
      schedule: { ...anyTime, ...schedule },
    },
    sizes,
    now,
  )

test.each<readonly [string, Case, number | null]>([
  ['no devices', { sizes: [0] }, 0],
  ['one device', {}, perDevice],
  ['as many as there are slots', { sizes: [50] }, perDevice],
  ['one more than slots', { sizes: [51] }, 2 * perDevice],
  ['by the rate', { sizes: [30], rate: { perMinute: 10 } }, 120 + perDevice],
  ['by rate and slots', { sizes: [30], rate: { perMinute: 10, maxInProgress: 20 } }, perDevice + perDevice],
  ['phases one after another, the soak between them', { sizes: [10, 10], soak: 600 }, perDevice + 600 + perDevice],
  ['an empty phase has no soak', { sizes: [0, 10], soak: 600 }, perDevice],
  ['the soak of the last phase delays nothing', { sizes: [10, 0], soak: 600 }, perDevice],
])('%s', (_, asked, seconds) => {
  expect(takes(asked)).toBe(seconds)
})

test.each<readonly [string, Case, number | null]>([
  ['a window shorter than what a device needs is long enough to begin in', { schedule: within('0 18 * * *', 2) }, 6 * hour + perDevice],
  ['an offered task frees its slot in the window', { sizes: [100], schedule: within('0 18 * * *', 5) }, 6 * hour + 2 * perDevice],
  ['an offered task frees its slot after the window', { sizes: [51], schedule: within('0 18 * * *', 3) }, 6 * hour + day + perDevice],
  ['the last device is notified in the third window', { sizes: [101], schedule: within('0 18 * * *', 3) }, 6 * hour + 2 * day + perDevice],
  ['a window that is open now', { schedule: within('0 11 * * *', 61) }, perDevice],
  ['a window that closes now', { schedule: within('0 11 * * *', 60) }, 23 * hour + perDevice],
  ['the rate within a window', { sizes: [3], rate: { perMinute: 1 }, schedule: within('0 18 * * *', 2) }, 6 * hour + day + perDevice],
  [
    'a soak continues while the windows are closed',
    { sizes: [1, 1], soak: hour, schedule: within('0 18 * * *', 5) },
    6 * hour + day + perDevice,
  ],
  ['a soak that ends in a window', { sizes: [1, 1], soak: 60, schedule: within('0 18 * * *', 5) }, 6 * hour + 60 + 2 * perDevice],
  ['a start', { schedule: { startAt: now + day * 1000 } }, day + perDevice],
  ['an end after the last offer', { schedule: { endAt: now + 60_000 } }, perDevice],
  ['an end before the last offer', { sizes: [51], schedule: { endAt: now + 60_000 } }, null],
  ['windows without a gap', { sizes: [51], schedule: within('0 * * * *', 60) }, 2 * perDevice],
  ['more windows than anybody waits for', { sizes: [2000], rate: { maxInProgress: 1 }, schedule: within('0 18 * * *', 1) }, null],
])('within a schedule: %s', (_, asked, seconds) => {
  expect(takes(asked)).toBe(seconds)
})
