// Completes records that an earlier Fogbell wrote with the fields they lack, at the values that were implied then.
// Knows the earlier shapes; reads nothing itself.

import type { Campaign, DeviceKey } from '../ota/model.ts'
import { anyTime } from '../ota/policy.ts'

/** What campaigns had before phases: one number for the rate, and the waiting targets in the record itself. */
interface EarlierCampaign {
  readonly maxInProgress?: number
  readonly waiting?: readonly DeviceKey[]
  readonly planning: DeviceKey | null | boolean
}

const added = {
  phases: [],
  bounds: [],
  phase: null,
  abort: [],
  era: 0,
  fired: null,
  schedule: anyTime,
  overwrite: false,
} satisfies Partial<Campaign>

/** The campaign in its current shape, and the waiting targets of its record; undefined: it needs no upgrade. */
export const upgradedCampaign = (
  stored: Campaign & EarlierCampaign,
): { readonly campaign: Campaign; readonly waiting: readonly DeviceKey[] } | undefined => {
  if (stored.maxInProgress === undefined) return undefined
  const { maxInProgress, waiting = [], planning, ...rest } = stored
  const campaign: Campaign = { ...added, ...rest, rate: { perMinute: 1000, maxInProgress }, planning: planning !== null }
  return { campaign, waiting }
}
