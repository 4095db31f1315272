// Phases: who is in which, by a stable hash, and when the next one opens. Pure functions of data: the same ones decide and explain.

import type { Campaign, Device, DeviceKey, Tally } from '../model.ts'
import type { Phase, PhaseState } from '../policy.ts'
import { openCount } from './counts.ts'

/** Hashes are whole numbers below this. */
export const hashSpace = 2 ** 53

/** FNV-1a over the UTF-16 units, then murmur3's finaliser, so that names that differ in a digit spread all over. */
const mix = (text: string, seed: number): number => {
  let hash = seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Of the device alone, so that it falls in the same place in every campaign, today and after the next release: a canary stays one. */
export const hashOf = (key: DeviceKey): number => (mix(key, 0x811c9dc5) % 2 ** 21) * 2 ** 32 + mix(key, 0x9747b28c)

/** A fraction of 1 that is the same for the same numbers, on every machine: jitter without randomness. */
export const fractionOf = (...numbers: readonly number[]): number => mix(numbers.join('/'), 0x811c9dc5) / 2 ** 32

/** What of a device decides its phase. */
type Member = Pick<Device, 'key' | 'tags'>

const hasTag = (device: Member, phase: Phase | undefined): boolean =>
  phase !== undefined && phase.tag !== null && device.tags.includes(phase.tag)

/** How many of `targets` the phases up to each take: cumulative, never falling, at least one where there is one. */
export const sizesOf = (phases: readonly Phase[], targets: number, tagged: number): readonly number[] => {
  let taken = 0
  return phases.map(({ percent, count, tag }) => {
    const wanted = tag !== null ? tagged : (count ?? Math.ceil(((percent ?? 100) * targets) / 100 - 1e-9))
    taken = Math.min(targets, Math.max(taken, wanted))
    return taken
  })
}

/** Where the bound lies between the last hash inside and the first outside: as near as can be to the phase's share of all hashes. */
const boundBetween = (share: number, inside: number, outside: number): number => Math.max(inside, Math.min(share, outside - 1))

/**
 * The highest hash of each phase. `hashes`: of the targets without the first phase's tag, ascending; `tagged`: how many have it.
 * A continuous campaign with too few devices to divide goes by shares of all hashes instead.
 */
export const boundsOf = (phases: readonly Phase[], hashes: readonly number[], tagged: number, continuous: boolean): readonly number[] => {
  const sizes = sizesOf(phases, hashes.length + tagged, tagged)
  return phases.map(({ percent, tag }, index) => {
    if (tag !== null) return -1
    if (index === phases.length - 1) return hashSpace
    const inside = (sizes[index] ?? 0) - tagged
    const share = percent === null ? 0 : Math.floor((percent / 100) * hashSpace)
    const isTooFew = continuous && (percent === null ? hashes.length <= inside : (hashes.length * percent) / 100 < 1)
    if (isTooFew) return share
    return boundBetween(share, hashes[inside - 1] ?? -1, hashes[inside] ?? hashSpace)
  })
}

/**
 * The device's phase. `members` tells how many each phase has: the first one takes who comes while it has nobody, and one by count
 * while it has room, where the campaign goes on taking devices in.
 */
export const phaseOf = (
  campaign: Pick<Campaign, 'phases' | 'bounds' | 'target'>,
  device: Member,
  members: (phase: number) => number,
): number => {
  const { phases, bounds, target } = campaign
  if (phases.length === 0) return 0
  if (hasTag(device, phases[0])) return 0
  const hash = hashOf(device.key)
  const byHash = bounds.findIndex((bound) => hash <= bound)
  const found = byHash < 0 ? phases.length - 1 : byHash
  if (!target.continuous) return found
  let before = 0
  for (const [index, { count, percent }] of phases.entries()) {
    if (index >= found) break
    before += members(index)
    if ((index === 0 && percent !== null && before === 0) || (count !== null && before < count)) return index
  }
  return found
}

// ---------------------------------------------------------------- the gate to the next phase

export type GateStep = 'last' | 'empty' | 'sample' | 'success' | 'soak' | 'operator' | 'failed' | 'open'

/** What the gate between a phase and the next one says, with its figures. */
export interface Gate {
  readonly step: GateStep
  readonly size: number
  readonly finished: number
  /** Of those not finished: they finished before, and are tried again. Until they end they have not succeeded. */
  readonly again: number
  /** Of a hundred finished, rounded down. */
  readonly succeeded: number
  readonly needed: number
  readonly minFinished: number
  /** Whether enough have succeeded: the soak counts while this holds. */
  readonly met: boolean
  /** When the soak ends (ms); null: it has not begun. */
  readonly soakEnds: number | null
}

const percentOf = (part: number, whole: number): number => (whole === 0 ? 0 : (part * 100) / whole)

/** A phase that nobody is in (any more) shows nothing: only one that never had anybody, and need not wait, lets the next one through. */
const sizeless = (phase: Phase, state: PhaseState, canceled: number, isContinuous: boolean): GateStep => {
  if (isContinuous && state.index === 0 && canceled === 0) return 'empty'
  return canceled > 0 || phase.onward === 'wait' ? 'operator' : 'open'
}

interface Standing {
  readonly open: number
  readonly canceled: number
  readonly isContinuous: boolean
}

const stepOf = (
  phase: Phase,
  state: PhaseState,
  gate: Omit<Gate, 'step'>,
  { open, canceled, isContinuous }: Standing,
  now: number,
): GateStep => {
  if (gate.size === 0) return sizeless(phase, state, canceled, isContinuous)
  if (!gate.met) {
    if (open === 0 && gate.finished > state.excused && !isContinuous) return 'failed'
    return gate.finished < gate.minFinished ? 'sample' : 'success'
  }
  if (gate.soakEnds !== null && now < gate.soakEnds) return 'soak'
  return phase.onward === 'wait' ? 'operator' : 'open'
}

/** What of an open phase its tally does not tell. */
export interface Underway {
  /** Its targets that have no task yet. */
  readonly waiting: number
  /** Of its open tasks: those of devices that had finished before. */
  readonly again: number
  /** Devices that count against it, and whose success is in the tally no more, since they are tried again. */
  readonly undone: number
}

/**
 * Whether the phase after the one that is open may open. `tally`: of the phase's own newest attempts. Percentages are of those finished,
 * and of those that are tried again; canceled ones belong to no phase any more.
 */
export const gateOf = (campaign: Campaign, tally: Tally, { waiting, again, undone }: Underway, now: number): Gate | null => {
  const { phase: state, phases, target } = campaign
  const phase = state === null ? undefined : phases[state.index]
  if (state === null || phase === undefined) return null
  const finished = tally.succeeded + tally.failed + tally.timed_out + tally.rejected
  const open = openCount(tally) + waiting
  const size = finished + open
  const good = Math.max(0, tally.succeeded - (state.against.length - undone))
  const minFinished = Math.min(phase.minFinished, size)
  const percent = percentOf(good, finished + again)
  const met = size > 0 && finished >= minFinished && percent >= phase.successPercent
  const figures = {
    size,
    finished,
    again,
    succeeded: Math.floor(percent),
    needed: phase.successPercent,
    minFinished,
    met,
    soakEnds: met ? (state.metAt ?? now) + phase.soakSeconds * 1000 : null,
  }
  if (state.index === phases.length - 1) return { ...figures, step: 'last' }
  const standing = { open, canceled: tally.canceled, isContinuous: target.continuous }
  return { ...figures, step: stepOf(phase, state, figures, standing, now) }
}

/** Why the next phase is not open, in words with the figures. */
export const gateText = (gate: Gate, index: number): string => {
  const again = gate.again === 0 ? '' : `, ${gate.again} ${gate.again === 1 ? 'is' : 'are'} tried again`
  const figures = `phase ${index + 1} has ${gate.finished} of ${gate.size} finished${again}, ${gate.succeeded} % succeeded of ${gate.needed} % needed`
  switch (gate.step) {
    case 'last':
    case 'open':
      return figures
    case 'empty':
      return `phase ${index + 1} has no device yet`
    case 'sample':
      return `${figures}, ${gate.minFinished} must have finished`
    case 'success':
      return figures
    case 'soak':
      return `${figures}; it soaks until ${new Date(gate.soakEnds ?? 0).toISOString()}`
    case 'operator':
      return gate.size === 0
        ? `phase ${index + 1} has nobody (left), which shows nothing; it waits for an operator's \`next\``
        : `${figures}; it waits for an operator's \`next\``
    case 'failed':
      return `${figures}: it has failed`
  }
}

/** What becomes of the phase's state by its gate: the soak's beginning, its end, the next phase. The same object where nothing changes. */
export const advance = (state: PhaseState, gate: Gate, now: number): PhaseState => {
  if (gate.step === 'open') return nextState(state, now)
  const metAt = gate.met && gate.step !== 'last' ? (state.metAt ?? now) : null
  return metAt === state.metAt ? state : { ...state, metAt }
}

export const firstState = (now: number): PhaseState => ({ index: 0, openedAt: now, metAt: null, against: [], excused: 0 })

export const nextState = (state: PhaseState, now: number): PhaseState => ({ ...firstState(now), index: state.index + 1 })
