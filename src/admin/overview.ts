// The overview: the state of the server and the fleet in one answer, from figures that are kept anyway. Knows no route.

import type { Campaign, Task, TaskState } from '../ota/model.ts'
import { taskStates } from '../ota/model.ts'
import { sentence } from '../sentences/sentence.ts'
import type { ApiContext } from './api.ts'
import { campaignSaid } from './campaign-view.ts'
import { isoOrNull, isoTime } from './iso-time.ts'
import type { FiguresJson, OverviewJson } from './overview-schemas.ts'
import { warningsNow } from './overview-warnings.ts'
import { smallest } from './paging.ts'
import { maybeSaidView, saidView } from './sentence-views.ts'
import { refusedView } from './views.ts'

const most = { modules: 20, versions: 10 }
const mostCampaigns = 20
const mostFailures = 20
const mostRefusals = 20

const devicesNow = async ({ operators: { fleet } }: ApiContext): Promise<FiguresJson['devices']> => {
  const modules = fleet.modules(most)
  return {
    known: fleet.known(),
    online: await fleet.online(),
    modules: modules.map(({ versions, others, ...group }) => ({ ...group, versions: [...versions], others: { ...others } })),
    otherModules: fleet.moduleCount() - modules.length,
  }
}

const tasksNow = ({ operators: { reads } }: ApiContext): FiguresJson['tasks'] => {
  const sums = Object.fromEntries(taskStates.map((state) => [state, 0])) as Record<TaskState, number>
  for (const { id, station } of reads.campaigns()) {
    if (station !== undefined) continue
    const tally = reads.tally(id)
    for (const state of taskStates) sums[state] += tally[state]
  }
  return sums
}

const packagesNow = ({ operators: { reads } }: ApiContext): FiguresJson['packages'] => {
  let known = 0
  let newest = 0
  for (const { id } of reads.firmwares()) {
    known += 1
    newest = Math.max(newest, id)
  }
  return { known, newest: newest === 0 ? null : String(newest) }
}

const active: ReadonlySet<string> = new Set(['scheduled', 'running', 'paused'])

/** The phase that waits for an operator: all that it needs has happened. */
const phaseToOpen = (campaigns: ApiContext['operators']['campaigns'], campaign: Campaign): number | null =>
  campaign.status === 'running' && campaign.phase !== null && campaigns.gate(campaign)?.step === 'operator'
    ? campaign.phase.index + 2
    : null

const runningView = ({ operators, now }: ApiContext, campaign: Campaign): FiguresJson['campaigns'][number] => {
  const { id, name, status, reason, product, module, version, phase, phases, startedAt } = campaign
  return {
    id: String(id),
    name,
    status,
    reason,
    ...maybeSaidView(campaignSaid(operators, campaign, now())),
    product,
    module,
    version,
    phase: phase === null ? null : phase.index + 1,
    phases: phases.length,
    opens: phaseToOpen(operators.campaigns, campaign),
    counts: { ...operators.reads.tally(id) },
    waiting: operators.reads.waiting(id).size,
    startedAt: isoOrNull(startedAt),
  }
}

const campaignsNow = (context: ApiContext): Pick<FiguresJson, 'campaigns' | 'otherCampaigns'> => {
  const all = [...context.operators.reads.campaigns()].filter(({ status, station }) => active.has(status) && station === undefined)
  const { items } = smallest(all, ({ id }) => -id, undefined, mostCampaigns)
  return { campaigns: items.map((campaign) => runningView(context, campaign)), otherCampaigns: all.length - items.length }
}

const failureView = (task: Task): FiguresJson['failures'][number]['tasks'][number] => {
  const said = task.history.at(-1)?.said ?? ''
  return {
    task: String(task.id),
    campaign: String(task.campaign),
    device: task.device,
    module: task.module,
    version: task.to,
    at: isoTime(task.endedAt ?? task.createdAt),
    ...saidView(typeof said === 'string' ? sentence('as_text', { text: said }) : said),
  }
}

/** By state and reason, those of most tasks first. */
const failuresNow = ({ operators: { fleet } }: ApiContext): FiguresJson['failures'] => {
  const groups = new Map<string, FiguresJson['failures'][number]>()
  for (const task of fleet.failures(mostFailures)) {
    const key = `${task.state} ${task.reason}`
    const group = groups.get(key) ?? { state: task.state, reason: task.reason, count: 0, tasks: [] }
    group.count += 1
    group.tasks.push(failureView(task))
    groups.set(key, group)
  }
  return [...groups.values()].sort((one, other) => other.count - one.count)
}

/** What changes, and so is sent to those who watch. */
export const figuresNow = async (context: ApiContext): Promise<FiguresJson> => {
  const { operators, site, pulse, now } = context
  const { active: serving, waiting } = site.downloads()
  return {
    at: isoTime(now()),
    devices: await devicesNow(context),
    connections: site.connections(),
    packages: packagesNow(context),
    tasks: tasksNow(context),
    downloads: { active: serving, waiting },
    rates: { ...pulse.latest() },
    ...campaignsNow(context),
    failures: failuresNow(context),
    refusals: operators.connections.refused().slice(0, mostRefusals).map(refusedView),
    warnings: warningsNow(context).map(saidView),
  }
}

export const overviewNow = async (context: ApiContext): Promise<OverviewJson> => {
  const history = context.pulse.history()
  return {
    version: context.version,
    ...(await figuresNow(context)),
    history: {
      messagesReceived: history.map((second) => second.messagesReceived),
      messagesSent: history.map((second) => second.messagesSent),
      downloadBytes: history.map((second) => second.downloadBytes),
    },
  }
}
