// Why a task ended, with what its device said of it. Knows no view.

import type { Task } from '../../api/records.d.ts'
import { reasonWords } from '../../parts/reason-words.ts'
import { text } from '../../text/text.ts'

/** The step and the text of the device. */
export const detailOf = ({ code, desc }: Pick<Task, 'code' | 'desc'>): string =>
  [code === null ? '' : text('campaigns.step', { code }), desc === null || desc === '' ? '' : text('campaigns.quoted', { said: desc })]
    .filter((part) => part !== '')
    .join(' ')

/** With the step and the text of the device. */
export const whyOf = (task: Pick<Task, 'reason' | 'code' | 'desc'>): string =>
  [task.reason === null ? '' : reasonWords(task.reason), detailOf(task)].filter((part) => part !== '').join(' ')
