// Sums over a campaign's counts. Pure.

import type { Tally } from '../model.ts'
import type { Sample } from '../policy.ts'

export const openCount = (tally: Tally): number => tally.queued + tally.notified + tally.in_progress

export const sampleOf = ({ succeeded, failed, timed_out, rejected }: Tally): Sample => ({ succeeded, failed, timed_out, rejected })

export const finishedOf = (sample: Sample): number => sample.succeeded + sample.failed + sample.timed_out + sample.rejected

/** The phase number under which the tally of abort rules is kept: each device by its last attempt that ended since the campaign was resumed. */
export const judgedPhase = -1
