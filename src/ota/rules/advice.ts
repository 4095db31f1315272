// What to do about an update that ended without success. Pure; knows no store and no wire.

import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Task } from '../model.ts'
import { hasWholeImage } from './transition.ts'

type Ended = Pick<Task, 'state' | 'reason' | 'desc' | 'bytes' | 'size' | 'to'>

/** As devices write of it; in Chinese: the charge, the battery, the voltage. */
const ofBattery = /batter|charg|power|\u7535\u91cf|\u7535\u6c60|\u7535\u538b/i

const ofRejected = (desc: string | null): Sentence =>
  desc !== null && ofBattery.test(desc) ? sentence('advice_battery', { words: JSON.stringify(desc) }) : sentence('advice_rejected')

const ofWhole = (reason: string, size: number): Sentence =>
  reason === 'download_error'
    ? sentence('advice_download_whole', { size })
    : reason === 'stall'
      ? sentence('advice_stall_whole')
      : sentence('advice_verify_whole')

const ofPart = (reason: string, bytes: number, size: number): Sentence =>
  reason === 'download_error'
    ? sentence('advice_download', { bytes, size })
    : reason === 'stall'
      ? sentence('advice_stall', { bytes, size })
      : sentence('advice_verify', { bytes, size })

/** null: it has not ended, or did not fail. */
export const adviceOf = (task: Ended): Sentence | null => {
  if (task.state === 'rejected') return ofRejected(task.desc)
  if (task.state !== 'failed' && task.state !== 'timed_out') return null
  switch (task.reason) {
    case 'verify_error':
    case 'download_error':
    case 'stall':
      return hasWholeImage(task) ? ofWhole(task.reason, task.size) : ofPart(task.reason, task.bytes, task.size)
    case 'burn_error':
      return sentence('advice_burn')
    case 'unexpected_version':
      return sentence('advice_other_version', { version: task.desc, to: task.to })
    case 'rolled_back':
      return sentence('advice_rolled_back', { to: task.to })
    case 'no_response':
      return sentence('advice_no_response')
    case 'upgrade':
      return sentence('advice_upgrade_time')
    default:
      return sentence('advice_device')
  }
}
