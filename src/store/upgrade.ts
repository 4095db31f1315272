// Records that an earlier Fogbell wrote, completed by what they lack: their fields had these values then, by not being there.
// Knows the shapes of before; reads nothing itself.

import type { Campaign, DeviceKey } from '../ota/model.ts'
import { anyTime } from '../ota/policy.ts'

/** What campaigns had before phases: one number for the rate, and lists of who waits in the record itself. */
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

/** The campaign as this Fogbell keeps it, and who waited in the record's own list; undefined: it is of today. */
export const upgradedCampaign = (
  stored: Campaign & EarlierCampaign,
): { readonly campaign: Campaign; readonly waiting: readonly DeviceKey[] } | undefined => {
  if (stored.maxInProgress === undefined) return undefined
  const { maxInProgress, waiting = [], planning, ...rest } = stored
  const campaign: Campaign = { ...added, ...rest, rate: { perMinute: 1000, maxInProgress }, planning: planning !== null }
  return { campaign, waiting }
}
