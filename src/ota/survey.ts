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

/** Whether `a` is decided before `b`: by hash where there are phases, by name where there are none. */
export const isEarlier = (campaign: Campaign, a: Candidate, b: Candidate): boolean =>
  campaign.phases.length > 0 && a.hash !== b.hash ? a.hash < b.hash : a.key < b.key

export const candidateOf = (key: DeviceKey, verdict: Standing = 'target'): Candidate => ({ key, hash: hashOf(key), verdict })

type Before = (a: Candidate, b: Candidate) => boolean

const merged = (left: readonly Candidate[], right: readonly Candidate[], before: Before): readonly Candidate[] => {
  const result: Candidate[] = []
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    const [a, b] = [left[i], right[j]]
    const takesLeft = b === undefined || (a !== undefined && before(a, b))
    const taken = takesLeft ? a : b
    if (taken !== undefined) result.push(taken)
    if (takesLeft) i++
    else j++
  }
  return result
}

/** Sorted in short runs, and those merged two by two: the loop goes on between any two steps. */
const sortedSlowly = async (core: Core, all: readonly Candidate[], before: Before): Promise<readonly Candidate[]> => {
  let runs: (readonly Candidate[])[] = []
  for (let from = 0; from < all.length; from += perSlice) {
    runs.push(all.slice(from, from + perSlice).sort((a, b) => (before(a, b) ? -1 : 1)))
    await core.breathe()
  }
  while (runs.length > 1) {
    const next: (readonly Candidate[])[] = []
    for (let i = 0; i < runs.length; i += 2) {
      next.push(merged(runs[i] ?? [], runs[i + 1] ?? [], before))
      await core.breathe()
    }
    runs = next
  }
  return runs[0] ?? []
}

const devicesOf = (core: Core, campaign: Campaign): Iterable<Device> =>
  campaign.target.devices.length > 0
    ? campaign.target.devices.map((key) => core.store.device(key) ?? newDevice(key, core.now()))
    : Array.from(core.store.devices())

/** `each` is told of every device of the product and what it is. */
export const survey = async (
  core: Core,
  campaign: Campaign,
  each: (device: Device, verdict: Standing) => void = () => undefined,
): Promise<Survey> => {
  const scope = scopeOf(core, campaign)
  const tag = campaign.phases[0]?.tag ?? null
  const candidates: Candidate[] = []
  const hashes: number[] = []
  let [tagged, skipped, seen] = [0, 0, 0]
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
    const candidate = candidateOf(device.key, verdict)
    candidates.push(candidate)
    if (verdict === 'skip') skipped += 1
    else if (tag !== null && device.tags.includes(tag)) tagged += 1
    else hashes.push(candidate.hash)
  }
  const sorted = campaign.phases.length === 0 ? [] : Array.from(Float64Array.from(hashes).sort())
  return {
    candidates: await sortedSlowly(core, candidates, (a, b) => isEarlier(campaign, a, b)),
    targets: hashes.length + tagged,
    tagged,
    bounds: boundsOf(campaign.phases, sorted, tagged, campaign.target.continuous),
    isEmpty: hashes.length + tagged + skipped === 0,
    refused,
  }
}
