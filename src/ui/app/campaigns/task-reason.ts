// Why a task ended, with what its device said of it. Knows no view.

import type { Task } from '../../api/records.d.ts'
import { reasonWords } from '../../parts/reason-words.ts'
import { paragraph, text } from '../../text/text.ts'

/** The step and the text of the device. */
export const detailOf = ({ code, desc }: Pick<Task, 'code' | 'desc'>): string =>
  paragraph([
    code === null ? '' : text('campaigns.step', { code }),
    desc === null || desc === '' ? '' : text('campaigns.quoted', { said: desc }),
  ])

/** With the step and the text of the device. */
export const whyOf = (task: Pick<Task, 'reason' | 'code' | 'desc'>): string =>
  paragraph([task.reason === null ? '' : reasonWords(task.reason), detailOf(task)])
