// How the page says what failed in a campaign: its mark once it is over, and the groups of its failures.

import { expect, it } from 'vitest'
import type { Counts, Task } from '../../src/ui/api/records.d.ts'
import { groupsOf } from '../../src/ui/app/campaigns/failure-groups.ts'
import { failedIn, markOfCampaign } from '../../src/ui/parts/campaign-state.tsx'

const none: Counts = {
  queued: 0,
  notified: 0,
  in_progress: 0,
  succeeded: 9,
  failed: 0,
  timed_out: 0,
  rejected: 0,
  canceled: 0,
  skipped: 0,
}
const some: Counts = { ...none, failed: 4, timed_out: 2, rejected: 1 }

it('a campaign that is over with failures is not marked as a plain success', () => {
  expect(failedIn(some)).toBe(7)
  expect(markOfCampaign('completed', none).kind).toBe('good')
  expect(markOfCampaign('completed', some).kind).toBe('warn')
  expect(markOfCampaign('running', some).kind).toBe('busy')
})

const task = (id: string, state: Task['state'], reason: string | null, desc: string | null): Task =>
  ({ id, state, reason, desc, endedAt: '2026-01-02T03:04:05.000Z' }) as Task

it('failures are grouped by reason, and by what the device has said where it gave no reason', () => {
  const groups = groupsOf([
    task('1', 'rejected', null, 'battery low'),
    task('2', 'rejected', null, 'battery low'),
    task('3', 'rejected', null, 'busy'),
    task('4', 'failed', 'verify_error', 'md5 differs'),
    task('5', 'failed', 'verify_error', 'sha256 differs'),
  ])
  expect(groups.map(({ state, reason, said, tasks }) => [state, reason, said, tasks.length])).toEqual([
    ['rejected', null, 'battery low', 2],
    ['rejected', null, 'busy', 1],
    ['failed', 'verify_error', null, 2],
  ])
})
