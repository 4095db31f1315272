// The devices of a campaign by state. Rows change where they are; the list is read anew only when somebody asks for it.

import { base, withQuery } from '../../api/client.ts'
import { useFetched } from '../../api/fetched.ts'
import type { Campaign, Task } from '../../api/records.d.ts'
import { countNames, progressOf } from '../../parts/campaign-state.tsx'
import { cursor, Pager } from '../../parts/pager.tsx'
import { Refused } from '../../parts/refused.tsx'
import { query, setQuery } from '../../router.ts'
import { number, text } from '../../text/text.ts'
import { useLiveTasks } from './live-tasks.ts'
import { TaskRow } from './task-row.tsx'

const size = 100

interface TaskPage {
  readonly items: readonly Task[]
  readonly next: string | null
}

/** All of that state, for spreadsheets. */
export const csvHref = (campaign: string, state: string): string =>
  `${base}${withQuery('/tasks', { campaign, state, format: 'csv', bom: 'true' })}`

interface Facts {
  readonly campaign: Campaign
}

/** Those that have had the version already have no task. */
const states = countNames.filter((name) => name !== 'skipped')

const Tabs = ({ campaign: { counts }, state }: Facts & { readonly state: string }) => {
  const all = progressOf(counts).all - counts.skipped
  const choose = (next: string): void => setQuery({ tasks: next, after: '' })
  return (
    <fieldset class="tabs row" aria-label={text('campaigns.byState')}>
      <button type="button" aria-pressed={state === ''} onClick={() => choose('')}>
        {text('campaigns.allTasks')} {number(all)}
      </button>
      {states.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={state === name}
          disabled={counts[name] === 0 && state !== name}
          onClick={() => choose(name)}
        >
          {text(`task.state.${name}`)} {number(counts[name])}
        </button>
      ))}
    </fieldset>
  )
}

const Rows = ({ campaign, tasks }: Facts & { readonly tasks: readonly Task[] }) => (
  <table class="stacks tasks">
    <thead>
      <tr>
        <th scope="col">{text('campaigns.device')}</th>
        <th scope="col">{text('campaigns.state')}</th>
        <th scope="col">{text('campaigns.why')}</th>
        <th scope="col">{text('campaigns.ran')}</th>
        <th scope="col">{text('campaigns.since')}</th>
        <th scope="col">{text('campaigns.timesOut')}</th>
      </tr>
    </thead>
    <tbody data-rows>
      {tasks.map((task) => (
        <TaskRow key={task.id} task={task} campaign={campaign} />
      ))}
    </tbody>
  </table>
)

export const TaskList = ({ campaign }: Facts) => {
  const asked = query.value.get('tasks') ?? ''
  const state = states.find((name) => name === asked) ?? ''
  const page = useFetched<TaskPage>(withQuery('/tasks', { campaign: campaign.id, state, limit: size, after: cursor() }))
  const live = useLiveTasks(campaign.id, page.data?.items ?? null, (task) => state === '' || task.state === state)
  const isAlone = cursor() === undefined && page.data?.next === null
  const counted = state === '' ? progressOf(campaign.counts).all - campaign.counts.skipped : campaign.counts[state]
  const beyond = isAlone ? Math.abs(counted - live.tasks.length) : 0
  const changes = Math.max(live.changes, page.isPending ? 0 : beyond)
  if (campaign.startedAt === null) return null
  return (
    <section class="sheet stack">
      <div class="row heading">
        <h2>{text('campaigns.tasks')}</h2>
        <a class="button" href={csvHref(campaign.id, state)} download>
          {text('campaigns.tasksCsv')}
        </a>
        {changes === 0 ? null : (
          <button type="button" onClick={page.reload}>
            {text('campaigns.refresh', { n: changes })}
          </button>
        )}
      </div>
      <Tabs campaign={campaign} state={state} />
      {page.problem === null ? null : <Refused problem={page.problem} onRetry={page.reload} />}
      {page.data !== null && live.tasks.length === 0 ? (
        <p class="dim">{text('campaigns.noTask')}</p>
      ) : (
        <Rows campaign={campaign} tasks={live.tasks} />
      )}
      <Pager next={page.data?.next ?? null} size={size} shown={live.tasks.length} isPending={page.isPending} stays />
    </section>
  )
}
