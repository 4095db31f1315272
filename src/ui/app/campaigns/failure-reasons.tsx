// What failed in a campaign, with whom and why: by reason, with the devices. Read again when one more has failed.

import { useMemo, useRef } from 'preact/hooks'
import { withQuery } from '../../api/client.ts'
import { useFetched } from '../../api/fetched.ts'
import type { LiveEvent } from '../../api/live.ts'
import type { Campaign, Counts, Task } from '../../api/records.d.ts'
import { failedOf } from '../../parts/campaign-actions.tsx'
import { Mark } from '../../parts/mark.tsx'
import { reasonWords } from '../../parts/reason-words.ts'
import { When } from '../../parts/when.tsx'
import { deviceHref } from '../../router.ts'
import { text } from '../../text/text.ts'
import { groupsOf, type TaskGroup } from './failure-groups.ts'
import { detailOf } from './task-reason.ts'

/** Of each state so many are read: what is shown says of how many. */
const most = 500
const inSight = 4

interface TaskPage {
  readonly items: readonly Task[]
}

type FailedState = 'failed' | 'timed_out' | 'rejected'

/** Read when there are any, and again when there are others than before. */
const useFailed = ({ id, counts }: Campaign, state: FailedState): readonly Task[] => {
  const last = useRef(counts[state])
  const isOther = ({ name, data }: LiveEvent): boolean => {
    if (name !== 'campaign' || String(data['id']) !== id) return false
    const next = (data['counts'] as Counts)[state]
    const changed = next !== last.current
    last.current = next
    return changed
  }
  const path = counts[state] === 0 ? null : withQuery('/tasks', { campaign: id, state, limit: most })
  const { data } = useFetched<TaskPage>(path, isOther)
  return counts[state] === 0 ? [] : (data?.items ?? [])
}

const Failed = ({ task }: { readonly task: Task }) => (
  <li>
    <a href={deviceHref(task.device)}>{task.device}</a>{' '}
    <span class="dim">
      <When at={task.endedAt} />
    </span>
    {detailOf(task) === '' ? null : <p class="dim small">{detailOf(task)}</p>}
  </li>
)

const groupWords = ({ state, reason, said, tasks }: TaskGroup): string => {
  const name = text('campaigns.failureGroup', { n: tasks.length, state: text(`task.state.${state}`) })
  const why = [reason === null ? '' : reasonWords(reason), said === null ? '' : text('campaigns.quoted', { said })].filter(
    (each) => each !== '',
  )
  return why.length === 0 ? name : text('unit.named', { name, value: why.join(' · ') })
}

const Group = ({ group }: { readonly group: TaskGroup }) => (
  <li>
    <details>
      <summary>
        <Mark kind="bad">{groupWords(group)}</Mark>
        <p class="indent small">
          {group.tasks.slice(0, inSight).map((task) => (
            <span key={task.id} class="name">
              {task.device}
            </span>
          ))}
          {group.tasks.length > inSight ? <span class="dim">{text('campaigns.andMore', { n: group.tasks.length - inSight })}</span> : null}
        </p>
      </summary>
      <ul class="indent plain-list">
        {group.tasks.map((task) => (
          <Failed key={task.id} task={task} />
        ))}
      </ul>
    </details>
  </li>
)

export const FailureReasons = ({ campaign }: { readonly campaign: Campaign }) => {
  const failed = useFailed(campaign, 'failed')
  const timedOut = useFailed(campaign, 'timed_out')
  const rejected = useFailed(campaign, 'rejected')
  const tasks = useMemo(() => [...failed, ...timedOut, ...rejected], [failed, timedOut, rejected])
  const count = failedOf(campaign)
  return (
    <section class="sheet">
      <h2>{text('campaigns.failures')}</h2>
      {count === 0 ? (
        <p class="dim">{text('overview.noFailure')}</p>
      ) : (
        <ul class="plain-list stack failures">
          {groupsOf(tasks).map((group) => (
            <Group key={group.key} group={group} />
          ))}
        </ul>
      )}
      {count > tasks.length && tasks.length >= most ? (
        <p class="dim small">{text('campaigns.firstOf', { n: tasks.length, count })}</p>
      ) : null}
    </section>
  )
}
