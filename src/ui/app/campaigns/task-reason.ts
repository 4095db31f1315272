// What the reasons of tasks mean, in the language of the page. Knows no view.

import type { Task } from '../../api/records.d.ts'
import { paragraph, text } from '../../text/text.ts'

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
  return found === undefined ? reason : text(`campaigns.reason.${found}`)
}

/** The step and the text of the device. */
export const detailOf = ({ code, desc }: Pick<Task, 'code' | 'desc'>): string =>
  paragraph([
    code === null ? '' : text('campaigns.step', { code }),
    desc === null || desc === '' ? '' : text('campaigns.quoted', { said: desc }),
  ])

/** With the step and the text of the device. */
export const whyOf = (task: Pick<Task, 'reason' | 'code' | 'desc'>): string =>
  paragraph([task.reason === null ? '' : reasonWords(task.reason), detailOf(task)])
