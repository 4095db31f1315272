// Packages by what an operator looks for, and who runs and uses them: one pass over all of them, which is short. Knows no HTTP.

import type { Campaign, Firmware } from '../ota/model.ts'
import type { Operators } from '../ota/ports/operators.ts'
import type { Reads } from '../ota/ports/store.ts'
import type { FirmwareQuery } from './input-schemas.ts'
import { idOfCursor, smallest } from './paging.ts'
import type { FirmwareJson } from './schemas.ts'
import { pattern } from './text-search.ts'
import { firmwareView } from './views.ts'

export interface FoundPackages {
  readonly items: readonly Firmware[]
  readonly next: string | null
  /** Of all that match. */
  readonly count: number
  readonly total: number
}

const testOf = ({ q, product, module, version }: FirmwareQuery): ((firmware: Firmware) => boolean) => {
  const wanted = q === undefined ? null : pattern(q)
  return (firmware) =>
    (product === undefined || firmware.product === product) &&
    (module === undefined || firmware.module === module) &&
    (version === undefined || firmware.version === version) &&
    (wanted === null ||
      [firmware.product, firmware.module, firmware.version, firmware.description, firmware.sha256].some((text) => wanted.test(text)))
}

export const findPackages = (reads: Pick<Reads, 'firmwares'>, query: FirmwareQuery): FoundPackages => {
  const all = [...reads.firmwares()]
  const matching = all.filter(testOf(query))
  const last = idOfCursor(query.after)
  const sign = query.sort === '-id' ? -1 : 1
  const { items, more } = smallest(matching, ({ id }) => sign * id, last === undefined ? undefined : sign * last, query.limit)
  return { items, next: more ? String(items.at(-1)?.id) : null, count: matching.length, total: all.length }
}

const mostCampaigns = 10

/** The campaigns of each of these packages, the newest first. */
const campaignsOf = (reads: Pick<Reads, 'campaigns'>, packages: readonly Firmware[]): ReadonlyMap<number, readonly Campaign[]> => {
  const found = new Map<number, Campaign[]>(packages.map(({ id }) => [id, []]))
  for (const campaign of reads.campaigns()) found.get(campaign.firmware)?.push(campaign)
  for (const campaigns of found.values()) campaigns.sort((one, other) => other.id - one.id)
  return found
}

/** As JSON, with who runs and who uses them. */
export const withUsage = ({ reads, fleet }: Pick<Operators, 'reads' | 'fleet'>, packages: readonly Firmware[]): FirmwareJson[] => {
  const users = campaignsOf(reads, packages)
  return packages.map((firmware) => {
    const campaigns = users.get(firmware.id) ?? []
    const shown = campaigns.slice(0, mostCampaigns)
    return {
      ...firmwareView(firmware),
      usage: {
        devices: fleet.running(firmware),
        campaigns: shown.map(({ id, name, status }) => ({ campaign: String(id), name, status })),
        otherCampaigns: campaigns.length - shown.length,
      },
    }
  })
}
