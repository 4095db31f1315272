// What a watch prints while no update is running and none fails: how many devices wait, for what, and that the campaign will continue by
// itself. Asks the server why tasks wait; prints nothing twice.

import type { CampaignView, TaskView } from './api-records.ts'
import type { Call } from './command.ts'
import { plural } from './format.ts'
import { openCount } from './progress.ts'
import { isStuck } from './stages.ts'

/** New tasks are about to be notified: for so long they are no stall, milliseconds. */
const settling = 1_500
/** The shortest time between two requests for reasons, milliseconds. */
const pace = 10_000

const reasons: Readonly<Record<string, string>> = {
  offline: 'offline',
  not_subscribed: 'connected but not subscribed',
  phase: 'in a later phase',
  retry: 'before their next attempt',
  busy: 'busy with another update',
  slot: 'for a slot',
  rate: 'for the rate limit',
  schedule: 'for a window',
  station: 'at a test station',
}

/** Nothing is notified or in progress, and no line about a stage says why. */
const isStalled = ({ status, counts, waiting, schedule, gate }: CampaignView): boolean =>
  status === 'running' &&
  schedule.open &&
  gate?.step !== 'soak' &&
  gate?.step !== 'operator' &&
  !isStuck(gate) &&
  counts.notified + counts.in_progress === 0 &&
  counts.queued + waiting > 0

const waitingText = ({ waiting, waitingFor }: CampaignView): string => {
  const others = waitingFor.length === 0 ? 'other campaigns' : `campaign ${waitingFor.join(', ')}`
  return `${waiting} until ${others} ${waitingFor.length === 1 ? 'has' : 'have'} finished with ${waiting === 1 ? 'it' : 'them'}`
}

/** The reasons of the first page, for all. */
const reasonsOf = async ({ client }: Pick<Call, 'client'>, { id }: CampaignView): Promise<readonly string[]> => {
  const sums = new Map<string, number>()
  for await (const page of client.pages<TaskView>('/tasks', { campaign: id, state: 'queued' })) {
    for (const { reason } of page) sums.set(reason ?? '', (sums.get(reason ?? '') ?? 0) + 1)
    break
  }
  return [...sums].map(([reason, count]) => `${count} ${reasons[reason] ?? (reason === '' ? 'not notified yet' : reason)}`)
}

const textOf = async (call: Pick<Call, 'client'>, campaign: CampaignView): Promise<string> => {
  const queued = campaign.counts.queued === 0 ? [] : await reasonsOf(call, campaign)
  const parts = [...queued, ...(campaign.waiting === 0 ? [] : [waitingText(campaign)])]
  const all = openCount(campaign.counts) + campaign.waiting
  return `campaign ${campaign.id}: no update is running now; ${plural(all, 'device')} ${all === 1 ? 'waits' : 'wait'}: ${parts.join(', ')}; it continues by itself (Ctrl-C leaves it running)`
}

/** Gives the line to print about the campaign now; undefined if there is none, or it was printed already. */
export const createStall = (call: Pick<Call, 'client' | 'io'>): ((campaign: CampaignView) => Promise<string | undefined>) => {
  let since: number | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let printed: string | undefined
  return async (campaign) => {
    const now = call.io.now()
    since = isStalled(campaign) ? (since ?? now) : undefined
    if (since === undefined || now - since < settling || now - askedAt < pace) return undefined
    askedAt = now
    const text = await textOf(call, campaign)
    if (text === printed) return undefined
    printed = text
    return text
  }
}
