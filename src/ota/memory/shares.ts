// A campaign's fair part of what the whole server may have in progress and tell in a minute.

import type { Campaign } from '../model.ts'
import type { Core } from './core.ts'
import { type Claim, fairShares, type Shares } from './pace.ts'

/** Tasks in line in the phases that are open. */
export const inLine = (core: Core, campaign: Campaign): number => {
  let count = 0
  const open = campaign.phase?.index ?? 0
  for (let phase = 0; phase <= open; phase++) count += core.index.ready(campaign.id, phase).size
  return count
}

const wantsOf = (core: Core, campaign: Campaign, asking: number): number => {
  if (campaign.id !== asking && (!campaign.push || core.shares.idle.has(campaign.id))) return 0
  const { perMinute, maxInProgress } = campaign.rate
  const own = Math.min(maxInProgress - core.index.slots(campaign.id), perMinute - core.pace.told(campaign.id, core.now()))
  return Math.max(0, Math.min(own, Math.max(inLine(core, campaign), campaign.id === asking ? 1 : 0)))
}

const claims = (core: Core, asking: number, holds: (campaign: number) => number): readonly Claim[] =>
  [...core.store.reads.campaigns()]
    .filter(({ status }) => status === 'running')
    .map((campaign) => ({ campaign: campaign.id, holds: holds(campaign.id), wants: wantsOf(core, campaign, asking) }))
    .filter(({ wants }) => wants > 0)

export const createShares = (core: () => Core): Shares => ({
  slots(campaign) {
    const c = core()
    const free = c.settings.serverInProgress - c.index.slotsInAll()
    return free <= 0 ? 0 : (fairShares(claims(c, campaign, c.index.slots), free).get(campaign) ?? 0)
  },
  rate(campaign) {
    const c = core()
    const free = c.settings.serverPerMinute - c.pace.toldInAll(c.now())
    return free <= 0
      ? 0
      : (fairShares(
          claims(c, campaign, (id) => c.pace.told(id, c.now())),
          free,
        ).get(campaign) ?? 0)
  },
  idle: new Set(),
  short: new Set(),
})
