// Phases: which devices are in which, by a stable hash, and when the next one opens. Pure: the same functions decide and explain.

import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Campaign, Device, DeviceKey, Tally } from '../model.ts'
import type { Phase, PhaseState } from '../policy.ts'
import { openCount } from './counts.ts'

/** Hashes are whole numbers below this. */
export const hashSpace = 2 ** 53

/** FNV-1a over the UTF-16 units, then murmur3's finaliser, so that names that differ in one digit spread over the whole range. */
const mix = (text: string, seed: number): number => {
  let hash = seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Depends only on the device, so its place is the same in every campaign and every release: a canary stays one. */
export const hashOf = (key: DeviceKey): number => (mix(key, 0x811c9dc5) % 2 ** 21) * 2 ** 32 + mix(key, 0x9747b28c)

/** A fraction of 1 that is the same for the same numbers, on every machine: jitter without randomness. */
export const fractionOf = (...numbers: readonly number[]): number => mix(numbers.join('/'), 0x811c9dc5) / 2 ** 32

/** The parts of a device that decide its phase. */
type Member = Pick<Device, 'key' | 'tags'>

const hasTag = (device: Member, phase: Phase | undefined): boolean =>
  phase !== undefined && phase.tag !== null && device.tags.includes(phase.tag)

/** How many of `targets` the phases up to each one take: cumulative, never decreasing, at least one if there is one. */
export const sizesOf = (phases: readonly Phase[], targets: number, tagged: number): readonly number[] => {
  let taken = 0
  return phases.map(({ percent, count, tag }) => {
    const wanted = tag !== null ? tagged : (count ?? Math.ceil(((percent ?? 100) * targets) / 100 - 1e-9))
    taken = Math.min(targets, Math.max(taken, wanted))
    return taken
  })
}

/** The bound between the last hash inside and the first outside: as near as possible to the phase's share of all hashes. */
const boundBetween = (share: number, inside: number, outside: number): number => Math.max(inside, Math.min(share, outside - 1))

/**
 * The highest hash of each phase. `hashes`: of the targets without the first phase's tag, ascending; `tagged`: how many have it.
 * A continuous campaign with too few devices to divide uses shares of all hashes instead.
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
 * The device's phase. `members` gives how many each phase has: the first one takes any device while it has none, and one by count
 * while it has room, where the campaign continues to take devices in.
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

/** The newest open phase, counted from 0; 0 if there are no phases, -1 if none is open yet. */
export const openPhase = ({ phases, phase }: Pick<Campaign, 'phases' | 'phase'>): number => (phases.length === 0 ? 0 : (phase?.index ?? -1))

// ---------------------------------------------------------------- the gate to the next phase

export type GateStep = 'last' | 'empty' | 'sample' | 'success' | 'soak' | 'operator' | 'failed' | 'open'

/** The state of the gate between a phase and the next one, with its figures. */
export interface Gate {
  readonly step: GateStep
  readonly size: number
  readonly finished: number
  /** Of those not finished: devices that had finished and are retried. Until they end they count as not succeeded. */
  readonly again: number
  /** Percentage of those finished, rounded down. */
  readonly succeeded: number
  readonly needed: number
  readonly minFinished: number
  /** Whether enough have succeeded: the soak counts while this holds. */
  readonly met: boolean
  /** When the soak ends (ms); null: it has not begun. */
  readonly soakEnds: number | null
  /** What follows: the next phase, or that it waits for an operator. */
  readonly onward: Phase['onward']
}

const percentOf = (part: number, whole: number): number => (whole === 0 ? 0 : (part * 100) / whole)

/** A phase without devices proves nothing: only one that never had any, and need not wait, lets the next one open. */
const sizeless = (phase: Phase, state: PhaseState, canceled: number, isContinuous: boolean): GateStep => {
  if (isContinuous && state.index === 0 && canceled === 0) return 'empty'
  return canceled > 0 || phase.onward === 'wait' ? 'operator' : 'open'
}

interface Members {
  readonly open: number
  readonly canceled: number
  readonly isContinuous: boolean
}

const stepOf = (
  phase: Phase,
  state: PhaseState,
  gate: Omit<Gate, 'step'>,
  { open, canceled, isContinuous }: Members,
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

/** What belongs to an open phase and is not in its tally. */
export interface Underway {
  /** Its targets that have no task yet. */
  readonly waiting: number
  /** Of its open tasks: those of devices that had finished before. */
  readonly again: number
  /** Devices that count against it, and whose success is no longer in the tally because they are retried. */
  readonly undone: number
}

/**
 * Whether the phase after the one that is open may open. `tally`: of the phase's own newest attempts. Percentages are of those finished
 * and those that are retried; canceled ones no longer belong to a phase.
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
    onward: phase.onward,
  }
  if (state.index === phases.length - 1) return { ...figures, step: 'last' }
  const members = { open, canceled: tally.canceled, isContinuous: target.continuous }
  return { ...figures, step: stepOf(phase, state, figures, members, now) }
}

const figuresSentence = (gate: Gate, index: number): Sentence =>
  sentence('phase_figures', {
    phase: index + 1,
    finished: gate.finished,
    size: gate.size,
    again: gate.again,
    succeeded: gate.succeeded,
    needed: gate.needed,
  })

/** Why the next phase is not open, with the figures. `index` counts from 0. */
export const gateSentence = (gate: Gate, index: number): Sentence => {
  const phase = index + 1
  const figures = figuresSentence(gate, index)
  switch (gate.step) {
    case 'last':
    case 'open':
    case 'success':
      return figures
    case 'empty':
      return sentence('phase_empty', { phase })
    case 'sample':
      return sentence('phase_sample', { figures, minFinished: gate.minFinished })
    case 'soak':
      return sentence('phase_soak', { figures, until: new Date(gate.soakEnds ?? 0).toISOString(), onward: gate.onward })
    case 'operator':
      return gate.size === 0 ? sentence('phase_without_devices', { phase }) : sentence('phase_operator', { figures })
    case 'failed':
      return sentence('phase_failed', { figures })
  }
}

/** The phase's state after its gate: the soak begins or ends, or the next phase opens. The same object if nothing changes. */
export const advance = (state: PhaseState, gate: Gate, now: number): PhaseState => {
  if (gate.step === 'open') return nextState(state, now)
  const metAt = gate.met && gate.step !== 'last' ? (state.metAt ?? now) : null
  return metAt === state.metAt ? state : { ...state, metAt }
}

export const firstState = (now: number): PhaseState => ({ index: 0, openedAt: now, metAt: null, against: [], excused: 0 })

export const nextState = (state: PhaseState, now: number): PhaseState => ({ ...firstState(now), index: state.index + 1 })
