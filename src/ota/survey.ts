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

/** Two sorted runs as one, in slices: the last merge of a large fleet has all of it in hand. */
const merged = async (
  core: Core,
  left: readonly Candidate[],
  right: readonly Candidate[],
  before: Before,
): Promise<readonly Candidate[]> => {
  const result: Candidate[] = []
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    const [a, b] = [left[i], right[j]]
    const takesLeft = b === undefined || (a !== undefined && before(a, b))
    const taken = takesLeft ? a : b
    if (taken !== undefined) result.push(taken)
    if (takesLeft) i++
    else j++
    if (result.length % perSlice === 0) await core.breathe()
  }
  return result
}

/** Sorted in short runs, and those merged two by two: the loop goes on between any two slices. */
const sortedSlowly = async (core: Core, all: readonly Candidate[], before: Before): Promise<readonly Candidate[]> => {
  let runs: (readonly Candidate[])[] = []
  for (let from = 0; from < all.length; from += perSlice) {
    runs.push(all.slice(from, from + perSlice).sort((a, b) => (before(a, b) ? -1 : 1)))
    await core.breathe()
  }
  while (runs.length > 1) {
    const next: (readonly Candidate[])[] = []
    for (let i = 0; i < runs.length; i += 2) next.push(await merged(core, runs[i] ?? [], runs[i + 1] ?? [], before))
    runs = next
  }
  return runs[0] ?? []
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
    found.push(candidateOf(device.key, verdict))
    if (verdict === 'skip') continue
    targets += 1
    if (tag !== null && device.tags.includes(tag)) tagged.add(device.key)
  }
  const candidates = await sortedSlowly(core, found, (a, b) => isEarlier(campaign, a, b))
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
