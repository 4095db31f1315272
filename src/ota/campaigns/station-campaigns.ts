// The hidden campaigns of test stations: one for each package of each released revision of a procedure, running as long as the server is
// there, without targets.

import type { StationCampaignInput } from '../inputs.ts'
import type { Campaign } from '../model.ts'
import type { Reads } from '../ports/store.ts'
import type { Context, Ports } from '../state/context.ts'
import { checkedCampaign } from './lifecycle.ts'
import { changeCampaign } from './turn.ts'

const known = (reads: Reads, { procedure, rev, firmware }: StationCampaignInput): Campaign | undefined => {
  for (const campaign of reads.campaigns()) {
    const { station } = campaign
    if (station?.procedure === procedure && station.rev === rev && campaign.firmware === firmware) return campaign
  }
  return undefined
}

/** As many as the types can express: a station never waits for a rate. */
const endless = Number.MAX_SAFE_INTEGER

/**
 * The station judges each step by its own clock, and cancels: these end what a station has left. The core counts from the offer or the first
 * byte to the report of the version, so that the restart is within its times.
 */
const timesOf = ({ updateSeconds, restartSeconds }: StationCampaignInput) => ({
  noResponseSeconds: updateSeconds,
  upgradeSeconds: updateSeconds + restartSeconds,
  stallSeconds: updateSeconds + restartSeconds,
})

const opened = (ports: Ports, input: StationCampaignInput): Campaign => {
  const { procedure, rev, firmware, reflash, restartSeconds } = input
  const given = { firmware, reflash, abort: [], rate: { perMinute: endless, maxInProgress: endless }, timeouts: timesOf(input) }
  const campaign = checkedCampaign(ports, { ...given, name: `${procedure} revision ${rev}` })
  const station = { procedure, rev, graceSeconds: restartSeconds }
  return { ...campaign, id: ports.writes.nextId('campaign'), station, status: 'running', startedAt: ports.now() }
}

/** `StationOperations.openCampaign`. */
export const openCampaign = async (context: Context, input: StationCampaignInput): Promise<number> => {
  const { ports } = context
  const before = known(ports.reads, input)
  if (before === undefined) {
    const campaign = opened(ports, input)
    await changeCampaign(context, campaign, {})
    return campaign.id
  }
  // It may be on its way to the disk still, and not arrive there.
  await ports.writes.settled()
  return ports.reads.campaign(before.id) === undefined ? await openCampaign(context, input) : before.id
}
