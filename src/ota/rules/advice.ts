// What to do about an update that ended without success. Pure; knows no store and no wire.

import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Task } from '../model.ts'
import { hasWholeImage } from './transition.ts'

type Ended = Pick<Task, 'state' | 'reason' | 'desc' | 'bytes' | 'size' | 'to'>

/** As devices write of it. */
const ofBattery = /batter|charg|power|电量|电池|电压/i

const ofRejected = (desc: string | null): Sentence =>
  desc !== null && ofBattery.test(desc) ? sentence('advice_battery', { words: JSON.stringify(desc) }) : sentence('advice_rejected')

const byBytes = ({ bytes, size }: Ended, part: 'advice_download' | 'advice_stall' | 'advice_verify'): Sentence =>
  hasWholeImage({ bytes, size }) ? sentence(`${part}_whole`, { size }) : sentence(part, { bytes, size })

/** null: it has not ended, or did not fail. */
export const adviceOf = (task: Ended): Sentence | null => {
  if (task.state === 'rejected') return ofRejected(task.desc)
  if (task.state !== 'failed' && task.state !== 'timed_out') return null
  switch (task.reason) {
    case 'verify_error':
      return byBytes(task, 'advice_verify')
    case 'download_error':
      return byBytes(task, 'advice_download')
    case 'stall':
      return byBytes(task, 'advice_stall')
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
