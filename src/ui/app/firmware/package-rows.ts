// What an event or a newer answer means for the rows that are shown. Pure.

import type { Campaign, Firmware } from '../../api/records.d.ts'

type Shown = Pick<Campaign, 'id' | 'firmware' | 'name' | 'status'>

/** Whether a campaign changes what the rows say of it. */
export const changesUsage = (rows: readonly Firmware[], { id, firmware, name, status }: Shown): boolean => {
  const usage = rows.find((row) => row.id === firmware)?.usage
  if (usage === undefined) return false
  const known = usage.campaigns.find(({ campaign }) => campaign === id)
  if (known !== undefined) return known.status !== status || known.name !== name
  return usage.otherCampaigns === 0 || Number(id) > Number(usage.campaigns[0]?.campaign ?? 0)
}

/** The rows that are shown, with what is known of them now. */
export const heldRows = (shown: readonly Firmware[], now: readonly Firmware[]) => {
  const newest = new Map(now.map((row) => [row.id, row]))
  const ids = new Set(shown.map(({ id }) => id))
  const gone = new Set([...ids].filter((id) => !newest.has(id)))
  return {
    items: shown.map((row) => newest.get(row.id) ?? row),
    gone,
    changes: gone.size + now.filter(({ id }) => !ids.has(id)).length,
  }
}
