// What a watch says where nothing is under way and nothing fails either: who waits, for what, and that it goes on by itself.
// Asks the server why tasks wait; says nothing that it has said before.

import type { CampaignView, TaskView } from './api-records.ts'
import type { Call } from './command.ts'
import { plural } from './format.ts'
import { openCount } from './progress.ts'
import { isStuck } from './stages.ts'

/** Tasks that were just made are about to be told: they are no stall, milliseconds. */
const settling = 1_500
/** While it stays so, the server is asked for reasons no more often than this, milliseconds. */
const pace = 10_000

const reasons: Readonly<Record<string, string>> = {
  offline: 'offline',
  not_subscribed: 'connected and not subscribed',
  phase: 'in a later phase',
  retry: 'until their next attempt',
  busy: 'busy with another update',
  slot: 'for a place in line',
  rate: 'for the pace',
  schedule: 'for a window',
}

/** Nothing is told or in progress, and no line of a stage says why. */
const isStalled = ({ status, counts, waiting, schedule, gate }: CampaignView): boolean =>
  status === 'running' &&
  schedule.open &&
  gate?.step !== 'soak' &&
  gate?.step !== 'operator' &&
  !isStuck(gate) &&
  counts.notified + counts.in_progress === 0 &&
  counts.queued + waiting > 0

const lineText = ({ waiting, waitingFor }: CampaignView): string => {
  const others = waitingFor.length === 0 ? 'other campaigns' : `campaign ${waitingFor.join(', ')}`
  return `${waiting} in line until ${others} ${waitingFor.length === 1 ? 'is' : 'are'} done with them`
}

/** The reasons of the first page stand for all. */
const reasonsOf = async ({ client }: Pick<Call, 'client'>, { id }: CampaignView): Promise<readonly string[]> => {
  const sums = new Map<string, number>()
  for await (const page of client.pages<TaskView>('/tasks', { campaign: id, state: 'queued' })) {
    for (const { reason } of page) sums.set(reason ?? '', (sums.get(reason ?? '') ?? 0) + 1)
    break
  }
  return [...sums].map(([reason, count]) => `${count} ${reasons[reason] ?? (reason === '' ? 'not told yet' : reason)}`)
}

const textOf = async (call: Pick<Call, 'client'>, campaign: CampaignView): Promise<string> => {
  const queued = campaign.counts.queued === 0 ? [] : await reasonsOf(call, campaign)
  const parts = [...queued, ...(campaign.waiting === 0 ? [] : [lineText(campaign)])]
  const all = openCount(campaign.counts) + campaign.waiting
  return `campaign ${campaign.id}: nothing is under way now, and ${plural(all, 'device')} ${all === 1 ? 'waits' : 'wait'}: ${parts.join(', ')}; it goes on by itself (Ctrl-C leaves it running)`
}

/** Gives the line that is to be said of the campaign as it stands now; undefined where there is none, or it was said. */
export const createStall = (call: Pick<Call, 'client' | 'io'>): ((campaign: CampaignView) => Promise<string | undefined>) => {
  let since: number | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let said: string | undefined
  return async (campaign) => {
    const now = call.io.now()
    since = isStalled(campaign) ? (since ?? now) : undefined
    if (since === undefined || now - since < settling || now - askedAt < pace) return undefined
    askedAt = now
    const text = await textOf(call, campaign)
    if (text === said) return undefined
    said = text
    return text
  }
}
