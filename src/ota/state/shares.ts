// A campaign's fair share of the slots of the whole server, and of its offers per minute.

import type { Campaign } from '../model.ts'
import { type Claim, fairShares } from '../rules/fair-shares.ts'
import { openPhase } from '../rules/phases.ts'
import type { Part } from './context.ts'
import type { Queue } from './queue.ts'

/** Queued tasks of the open phases whose devices can be reached. */
export const readyCount = (queue: Queue, campaign: Campaign): number => {
  let count = 0
  const open = openPhase(campaign)
  for (let phase = 0; phase <= open; phase++) count += queue.ready(campaign.id, phase).size
  return count
}

const wants = ({ ports, queue }: Part<'ports' | 'queue'>, campaign: Campaign, asking: number): number => {
  if (campaign.id !== asking && (!campaign.push || queue.shares.idle.has(campaign.id))) return 0
  const { perMinute, maxInProgress } = campaign.rate
  const own = Math.min(maxInProgress - queue.slots(campaign.id), perMinute - queue.rates.used(campaign.id, ports.now()))
  return Math.max(0, Math.min(own, Math.max(readyCount(queue, campaign), campaign.id === asking ? 1 : 0)))
}

const claims = (context: Part<'ports' | 'queue'>, asking: number, holds: (campaign: number) => number): readonly Claim[] =>
  [...context.ports.reads.campaigns()]
    .filter(({ status, station }) => status === 'running' && station === undefined)
    .map((campaign) => ({ campaign: campaign.id, holds: holds(campaign.id), wants: wants(context, campaign, asking) }))
    .filter((claim) => claim.wants > 0)

const shareOf = (
  context: Part<'ports' | 'queue'>,
  campaign: number,
  { free, holds }: { readonly free: number; readonly holds: (campaign: number) => number },
): number => (free <= 0 ? 0 : (fairShares(claims(context, campaign, holds), free).get(campaign) ?? 0))

/** How many places all campaigns share; 0: no bound. */
export const placesInAll = ({ ports }: Part<'ports'>): number => ports.settings.serverInProgress ?? 0

/** The few boards of stations do not wait for the fleet: nothing is divided for them. */
const isUnbounded = ({ ports }: Part<'ports'>, campaign: number): boolean => ports.reads.campaign(campaign)?.station !== undefined

/** How many more tasks of the campaign may be notified, by the places that all campaigns share. Call only if they are bounded. */
export const placeShare = (context: Part<'ports' | 'queue'>, campaign: number): number => {
  if (isUnbounded(context, campaign)) return Number.MAX_SAFE_INTEGER
  const { places, readyInAll } = context.queue
  const free = placesInAll(context) - places.inAll()
  // Where there are enough for all, nothing is divided.
  return free > readyInAll() ? free : shareOf(context, campaign, { free, holds: places.of })
}

/** How many more offers of the campaign may go out in this minute, by the bound of the whole server. Call only if there is one. */
export const rateShare = (context: Part<'ports' | 'queue'>, campaign: number): number => {
  if (isUnbounded(context, campaign)) return Number.MAX_SAFE_INTEGER
  const { ports, queue } = context
  const now = ports.now()
  const free = ports.settings.serverPerMinute - queue.rates.usedInAll(now)
  return shareOf(context, campaign, { free, holds: (id) => queue.rates.used(id, now) })
}
