// What the reasons of tasks mean, in the language of the page. Knows no view.

import { text } from '../text/text.ts'

const known = [
  'aborted',
  'burn_error',
  'busy',
  'device_error',
  'device_removed',
  'download_error',
  'expired',
  'late',
  'no_response',
  'not_eligible',
  'not_subscribed',
  'station',
  'offline',
  'operator',
  'paused',
  'phase',
  'rate',
  'retry',
  'rolled_back',
  'schedule',
  'slot',
  'stall',
  'superseded',
  'unexpected_version',
  'upgrade',
  'upgrade_error',
  'verify_error',
] as const

/** In words; one that a later server has is shown as it is. */
export const reasonWords = (reason: string): string => {
  const found = known.find((each) => each === reason)
  return found === undefined ? reason : text(`task.reason.${found}`)
}
