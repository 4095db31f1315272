// A look at all devices for one campaign: who is a target, in the order of hashes, and where its phases end. In slices, so that the
// loop goes on. Changes nothing.

import { type Standing, standing } from './campaign.ts'
import type { Core } from './core.ts'
import type { Campaign, Device, DeviceKey } from './model.ts'
import { boundsOf, hashOf } from './phases.ts'
import { newDevice } from './registry.ts'
import { scopeOf } from './scope.ts'

export interface Candidate {
  readonly key: DeviceKey
  readonly hash: number
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

/** Decided by hash where there are phases, by name where there are none. */
export const candidateOf = ({ phases }: Campaign, key: DeviceKey, verdict: Standing = 'target'): Candidate => ({
  key,
  hash: phases.length > 0 ? hashOf(key) : 0,
  verdict,
})

/** Whether `a` is decided before `b`. */
export const isEarlier = (a: Candidate, b: Candidate): boolean => (a.hash === b.hash ? a.key < b.key : a.hash < b.hash)

const inOrder = (a: Candidate, b: Candidate): number => (isEarlier(a, b) ? -1 : 1)

/** Candidates are divided among so many, of about the same size, before each is sorted by itself. */
const buckets = 256
const samplesPerBucket = 8

/** Every so many-th one, sorted: where buckets begin. */
const limitsOf = (all: readonly Candidate[]): readonly Candidate[] => {
  const every = Math.max(1, Math.floor(all.length / (buckets * samplesPerBucket)))
  const sample = all.filter((_, at) => at % every === 0).sort(inOrder)
  return sample.filter((_, at) => at > 0 && at % samplesPerBucket === 0)
}

/** How many of the limits are not behind the candidate. */
const bucketOf = (limits: readonly Candidate[], candidate: Candidate): number => {
  let [low, high] = [0, limits.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isEarlier(candidate, limits[middle] as Candidate)) high = middle
    else low = middle + 1
  }
  return low
}

/** Sorted in many small pieces, between which the loop goes on. */
const sortedSlowly = async (core: Core, all: readonly Candidate[]): Promise<readonly Candidate[]> => {
  const limits = limitsOf(all)
  const pieces: Candidate[][] = Array.from({ length: limits.length + 1 }, () => [])
  for (const [at, candidate] of all.entries()) {
    if ((at + 1) % perSlice === 0) await core.breathe()
    pieces[bucketOf(limits, candidate)]?.push(candidate)
  }
  const sorted: Candidate[] = []
  let fresh = 0
  for (const piece of pieces) {
    fresh += piece.length
    if (fresh >= perSlice) {
      fresh = 0
      await core.breathe()
    }
    for (const candidate of piece.sort(inOrder)) sorted.push(candidate)
  }
  return sorted
}

const devicesOf = (core: Core, campaign: Campaign): Iterable<Device> =>
  campaign.target.devices.length > 0
    ? campaign.target.devices.map((key) => core.store.device(key) ?? newDevice(key, core.now()))
    : Array.from(core.store.devices())

/** Hashes of those that phases by hash divide, ascending as the candidates are. */
const hashesOf = async (core: Core, sorted: readonly Candidate[], tagged: ReadonlySet<DeviceKey>): Promise<readonly number[]> => {
  const hashes: number[] = []
  for (const [at, { key, hash, verdict }] of sorted.entries()) {
    if ((at + 1) % perSlice === 0) await core.breathe()
    if (verdict !== 'skip' && !tagged.has(key)) hashes.push(hash)
  }
  return hashes
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
    found.push(candidateOf(campaign, device.key, verdict))
    if (verdict === 'skip') continue
    targets += 1
    if (tag !== null && device.tags.includes(tag)) tagged.add(device.key)
  }
  const candidates = await sortedSlowly(core, found)
  const hashes = campaign.phases.length === 0 ? [] : await hashesOf(core, candidates, tagged)
  return {
    candidates,
    targets,
    tagged: tagged.size,
    bounds: boundsOf(campaign.phases, hashes, tagged.size, campaign.target.continuous),
    isEmpty: candidates.length === 0,
    refused,
  }
}
