// How many devices of a campaign remained when; and how its failures are grouped.

import { expect, test } from 'vitest'
import type { Task } from '../../src/ui/api/records.d.ts'
import { extended, momentsOf, mostOf, stepPath } from '../../src/ui/app/campaigns/burn-down.ts'
import { groupsOf } from '../../src/ui/app/campaigns/failure-groups.ts'

const at = (seconds: number): string => new Date(seconds * 1000).toISOString()

const task = (fields: Partial<Task>): Task => ({
  id: '1',
  campaign: '1',
  device: 'lamp/l1',
  module: 'default',
  firmware: '1',
  from: '1.0',
  to: '2.0',
  state: 'succeeded',
  reason: null,
  code: null,
  desc: null,
  step: null,
  phase: null,
  attempt: 1,
  notBefore: null,
  timesOutAt: null,
  bytes: 0,
  size: 1,
  createdAt: at(0),
  notifiedAt: null,
  startedAt: null,
  endedAt: null,
  ...fields,
})

test('each device remains from the start until its newest attempt has ended, targets without a task too', () => {
  const tasks = [task({ endedAt: at(10) }), task({ endedAt: at(10) }), task({ attempt: 2, createdAt: at(30), endedAt: at(40) }), task({})]
  expect(momentsOf(tasks, 0, 5, false)).toEqual([
    { at: 0, remaining: 9 },
    { at: 10_000, remaining: 7 },
    { at: 40_000, remaining: 6 },
  ])
})

test('a device that joins a continuous campaign remains from then on', () => {
  const tasks = [task({ endedAt: at(10) }), task({ createdAt: at(20) })]
  expect(momentsOf(tasks, 0, 0, true).map(({ remaining }) => remaining)).toEqual([1, 0, 1])
})

test('what is known now is added where it is another number', () => {
  const before = [
    { at: 0, remaining: 9 },
    { at: 10, remaining: 7 },
  ]
  expect(extended(before, { at: 20, remaining: 7 })).toEqual(before)
  expect(extended(before, { at: 20, remaining: 6 })).toEqual([...before, { at: 20, remaining: 6 }])
})

test('the picture goes from the most to what remains, in as many steps as there are pixels at most', () => {
  const moments = Array.from({ length: 10_000 }, (_, index) => ({ at: index, remaining: 10_000 - index }))
  const path = stepPath(moments, 10_000, 100)
  expect(path).toMatch(/^M0 0\.0/)
  expect(path.split('V').length).toBeLessThanOrEqual(302)
  expect(path).toMatch(/V100\.0H300$/)
  expect(mostOf(moments)).toBe(10_000)
  expect(stepPath([], 1, 100)).toBe('')
})

test('failures are grouped by state and reason, in the order in which they were first seen', () => {
  const tasks = [
    task({ id: '1', state: 'failed', reason: 'verify_error', endedAt: at(20) }),
    task({ id: '2', state: 'timed_out', reason: 'stall', endedAt: at(10) }),
    task({ id: '3', state: 'failed', reason: 'verify_error', endedAt: at(5) }),
  ]
  expect(groupsOf(tasks).map(({ key, tasks: own }) => [key, own.map(({ id }) => id)])).toEqual([
    ['failed/verify_error', ['3', '1']],
    ['timed_out/stall', ['2']],
  ])
})
