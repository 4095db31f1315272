// When a run's state ends by time: from what is stored with it, so that clocks go on over a restart. Pure.

import type { Away } from '../../ota/model.ts'
import { awaySince } from '../../ota/rules/uptime.ts'
import type { Run, StepName } from '../run-model.ts'
import type { Procedure } from '../station-model.ts'
import { stepOf } from './run-steps.ts'

/** How long a connected board may take to report its versions. */
export const identifySeconds = 30

const spanOf = (run: Run, { steps }: Procedure): readonly [step: StepName, seconds: number] | null => {
  switch (run.state) {
    case 'waiting':
      return ['connect', steps.connectSeconds]
    case 'identifying':
      return ['identify', identifySeconds]
    case 'updating':
      return ['update', steps.updateSeconds]
    case 'restarting':
      return ['restart', steps.restartSeconds]
    case 'testing':
      return ['selftest', steps.selfTestSeconds]
    case 'ended':
      return null
  }
}

/** Milliseconds since the epoch; null: it has ended. Times in which the server did not run do not count against the board. */
export const runDeadline = (run: Run, procedure: Procedure, away: readonly Away[]): number | null => {
  const span = spanOf(run, procedure)
  if (span === null) return null
  const [step, seconds] = span
  const since = stepOf(run, step)?.startedAt ?? run.scannedAt
  return since + seconds * 1000 + (away.length === 0 ? 0 : awaySince(away, since))
}
