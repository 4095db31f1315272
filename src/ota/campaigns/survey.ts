// Examines all devices for one campaign: which are targets, and where its phases end. In slices, without blocking the event loop.
// Changes nothing.

import type { Campaign, Device, DeviceKey } from '../model.ts'
import { type Eligibility, eligibility } from '../rules/eligibility.ts'
import { hashOrder } from '../rules/hash-order.ts'
import { newDevice } from '../rules/new-device.ts'
import { boundsOf, hashOf } from '../rules/phases.ts'
import type { Ports } from '../state/context.ts'
import { scopeOf } from '../state/scope.ts'

export interface Candidate {
  readonly key: DeviceKey
  readonly verdict: Eligibility
}

export interface Survey {
  /** Targets and those already on the version, in the order in which they are decided. */
  readonly candidates: readonly Candidate[]
  readonly targets: number
  /** Of them with the first phase's tag. */
  readonly tagged: number
  readonly bounds: readonly number[]
  /** Whether no device is a target, or would be, were it not on the version already. */
  readonly isEmpty: boolean
  /** The first that is not a target. */
  readonly refused: { readonly device: DeviceKey; readonly verdict: Eligibility } | null
}

const perSlice = 1000

type Surveying = Pick<Ports, 'reads' | 'families' | 'now' | 'breathe'>

const devicesOf = ({ reads, now }: Surveying, campaign: Campaign): Iterable<Device> =>
  campaign.target.devices.length > 0
    ? campaign.target.devices.map((key) => reads.device(key) ?? newDevice(key, now()))
    : Array.from(reads.devices())

/** The candidates in the order of their hashes, and the hashes of those that phases divide, ascending. */
const divided = async (
  { breathe }: Surveying,
  found: readonly Candidate[],
  tagged: ReadonlySet<DeviceKey>,
): Promise<{ readonly candidates: readonly Candidate[]; readonly hashes: readonly number[] }> => {
  const all: number[] = []
  for (const { key } of found) {
    all.push(hashOf(key))
    if (all.length % perSlice === 0) await breathe()
  }
  const candidates: Candidate[] = []
  const hashes: number[] = []
  for (const index of await hashOrder(all, breathe)) {
    const candidate = found[index] as Candidate
    if (candidates.push(candidate) % perSlice === 0) await breathe()
    if (candidate.verdict !== 'skip' && !tagged.has(candidate.key)) hashes.push(all[index] as number)
  }
  return { candidates, hashes }
}

/** `each` is called with every device of the product, and whether it is a target. */
export const survey = async (
  ports: Surveying,
  campaign: Campaign,
  each: (device: Device, verdict: Eligibility) => void = () => undefined,
): Promise<Survey> => {
  const scope = scopeOf(ports, campaign)
  const tag = campaign.phases[0]?.tag ?? null
  const found: Candidate[] = []
  const tagged = new Set<DeviceKey>()
  let [targets, seen] = [0, 0]
  let refused: Survey['refused'] = null
  for (const device of devicesOf(ports, campaign)) {
    seen += 1
    if (seen % perSlice === 0) await ports.breathe()
    const verdict = eligibility(scope, device)
    if (verdict !== 'other_product') each(device, verdict)
    if (verdict !== 'target' && verdict !== 'skip' && verdict !== 'step_first') {
      if (verdict !== 'other_product') refused ??= { device: device.key, verdict }
      continue
    }
    found.push({ key: device.key, verdict })
    if (verdict === 'skip') continue
    targets += 1
    if (tag !== null && device.tags.includes(tag)) tagged.add(device.key)
  }
  const { candidates, hashes } = campaign.phases.length === 0 ? { candidates: found, hashes: [] } : await divided(ports, found, tagged)
  return {
    // The order matters only where phases fill up one after the other; memory is read faster in its own order.
    candidates: campaign.target.continuous ? candidates : found,
    targets,
    tagged: tagged.size,
    bounds: boundsOf(campaign.phases, hashes, tagged.size, campaign.target.continuous),
    isEmpty: candidates.length === 0,
    refused,
  }
}
