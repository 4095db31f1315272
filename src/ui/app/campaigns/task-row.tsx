// A device of a campaign: its state, why, since when, and until when it may take.

import type { Campaign, Task } from '../../api/records.d.ts'
import { Mark, type MarkKind } from '../../parts/mark.tsx'
import { Until, When } from '../../parts/when.tsx'
import { deviceHref } from '../../router.ts'
import { bytes, text } from '../../text/text.ts'
import { whyOf } from './task-reason.ts'

type TaskState = Task['state']

const kinds: Readonly<Record<TaskState, MarkKind>> = {
  queued: 'none',
  notified: 'busy',
  in_progress: 'busy',
  succeeded: 'good',
  failed: 'bad',
  timed_out: 'bad',
  rejected: 'bad',
  canceled: 'none',
}

/** When it became what it is. */
export const sinceOf = ({ state, createdAt, notifiedAt, startedAt, endedAt }: Task): string =>
  endedAt ?? (state === 'in_progress' ? startedAt : state === 'notified' ? notifiedAt : null) ?? createdAt

const progressText = ({ state, step, bytes: served, size }: Task): string =>
  state !== 'in_progress'
    ? ''
    : [
        step === null ? '' : text('unit.percent', { value: String(step) }),
        text('campaigns.bytesOf', { served: bytes(served), size: bytes(size) }),
      ]
        .filter((part) => part !== '')
        .join(' · ')

export interface TaskRowFacts {
  readonly task: Task
  readonly campaign: Campaign
}

/** At the latest; null: nothing ends it by time. */
const timeOutOf = ({ task: { state, timesOutAt }, campaign: { schedule } }: TaskRowFacts): string | null =>
  state === 'queued' ? schedule.endAt : timesOutAt

const TimeOut = (facts: TaskRowFacts) => {
  const at = timeOutOf(facts)
  const { state, notBefore } = facts.task
  if (at !== null) return <Until at={at} />
  if (state === 'queued' && notBefore !== null)
    return (
      <>
        {text('campaigns.triedAgain')} <Until at={notBefore} />
      </>
    )
  return null
}

export const TaskRow = ({ task, campaign }: TaskRowFacts) => {
  const { device, state, from, attempt } = task
  const why = [whyOf(task), progressText(task), attempt > 1 ? text('campaigns.attempt', { attempt }) : ''].filter((part) => part !== '')
  return (
    <tr>
      <td>
        <a href={deviceHref(device)}>{device}</a>
      </td>
      <td>
        <Mark kind={kinds[state]}>{text(`task.state.${state}`)}</Mark>
      </td>
      <td>{why.join(' · ')}</td>
      <td class="mono" data-name={text('campaigns.ran')}>
        {from ?? '?'}
      </td>
      <td data-name={text('campaigns.since')}>
        <When at={sinceOf(task)} />
      </td>
      <td {...(task.endedAt === null ? { 'data-name': text('campaigns.timesOut') } : {})}>
        <TimeOut task={task} campaign={campaign} />
      </td>
    </tr>
  )
}
