// Sums over a campaign's counts. Pure.

import type { Tally } from '../model.ts'
import type { Sample } from '../policy.ts'

export const openCount = (tally: Tally): number => tally.queued + tally.notified + tally.in_progress

export const sampleOf = ({ succeeded, failed, timed_out, rejected }: Tally): Sample => ({ succeeded, failed, timed_out, rejected })

export const finishedOf = (sample: Sample): number => sample.succeeded + sample.failed + sample.timed_out + sample.rejected

/** What came after `before`; never below nothing (a late success takes one from the failures). */
export const since = (before: Sample, now: Sample): Sample => ({
  succeeded: Math.max(0, now.succeeded - before.succeeded),
  failed: Math.max(0, now.failed - before.failed),
  timed_out: Math.max(0, now.timed_out - before.timed_out),
  rejected: Math.max(0, now.rejected - before.rejected),
})
