// A look at all devices for one campaign: who is a target, and where its phases end. In slices, so that the loop goes on. Changes nothing.

import type { Core } from '../memory/core.ts'
import { scopeOf } from '../memory/scope.ts'
import type { Campaign, Device, DeviceKey } from '../model.ts'
import { type Standing, standing } from '../rules/campaign.ts'
import { hashOrder } from '../rules/hash-order.ts'
import { newDevice } from '../rules/new-device.ts'
import { boundsOf, hashOf } from '../rules/phases.ts'

export interface Candidate {
  readonly key: DeviceKey
  readonly verdict: Standing
}

export interface Survey {
  /** Targets and those already on the version, in the order in which they are decided. */
  readonly candidates: readonly Candidate[]
  readonly targets: number
  /** Of them with the first phase's tag. */
  readonly tagged: number
  readonly bounds: readonly number[]
  /** Whether anybody is a target, or would be, were it not on the version already. */
  readonly isEmpty: boolean
  /** The first that is no target. */
  readonly refused: { readonly device: DeviceKey; readonly standing: Standing } | null
}

const perSlice = 1000

const devicesOf = (core: Core, campaign: Campaign): Iterable<Device> =>
  campaign.target.devices.length > 0
    ? campaign.target.devices.map((key) => core.store.reads.device(key) ?? newDevice(key, core.now()))
    : Array.from(core.store.reads.devices())

/** The candidates in the order of their hashes, and the hashes of those that phases divide, ascending. */
const divided = async (
  core: Core,
  found: readonly Candidate[],
  tagged: ReadonlySet<DeviceKey>,
): Promise<{ readonly candidates: readonly Candidate[]; readonly hashes: readonly number[] }> => {
  const all: number[] = []
  for (const { key } of found) {
    all.push(hashOf(key))
    if (all.length % perSlice === 0) await core.breathe()
  }
  const candidates: Candidate[] = []
  const hashes: number[] = []
  for (const index of await hashOrder(all, core.breathe)) {
    const candidate = found[index] as Candidate
    if (candidates.push(candidate) % perSlice === 0) await core.breathe()
    if (candidate.verdict !== 'skip' && !tagged.has(candidate.key)) hashes.push(all[index] as number)
  }
  return { candidates, hashes }
}

/** `each` is told of every device of the product and what it is. */
export const survey = async (
  core: Core,
  campaign: Campaign,
  each: (device: Device, verdict: Standing) => void = () => undefined,
): Promise<Survey> => {
  const scope = scopeOf(core, campaign)
  const tag = campaign.phases[0]?.tag ?? null
  const found: Candidate[] = []
  const tagged = new Set<DeviceKey>()
  let [targets, seen] = [0, 0]
  let refused: Survey['refused'] = null
  for (const device of devicesOf(core, campaign)) {
    seen += 1
    if (seen % perSlice === 0) await core.breathe()
    const verdict = standing(scope, device)
    if (verdict !== 'other_product') each(device, verdict)
    if (verdict !== 'target' && verdict !== 'skip' && verdict !== 'step_first') {
      if (verdict !== 'other_product') refused ??= { device: device.key, standing: verdict }
      continue
    }
    found.push({ key: device.key, verdict })
    if (verdict === 'skip') continue
    targets += 1
    if (tag !== null && device.tags.includes(tag)) tagged.add(device.key)
  }
  const { candidates, hashes } = campaign.phases.length === 0 ? { candidates: found, hashes: [] } : await divided(core, found, tagged)
  return {
    // Only where phases fill up one after the other does it matter who comes first; memory is walked faster in its own order.
    candidates: campaign.target.continuous ? candidates : found,
    targets,
    tagged: tagged.size,
    bounds: boundsOf(campaign.phases, hashes, tagged.size, campaign.target.continuous),
    isEmpty: candidates.length === 0,
    refused,
  }
}
