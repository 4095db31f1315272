// One thing that runs firmware: a device, a gateway, or a child behind one. Its versions, its running update, its outcome.

import type { FaultName, Traits } from './faults.ts'
import type { FlashImage } from './flash-image.ts'
import type { Login, Voice } from './wire.ts'

export interface UnitPlan extends Login {
  readonly secret: string
  readonly fault: FaultName | null
  readonly traits: Traits
  readonly version: string
  readonly modules: readonly string[]
}

/** The outcome of a unit, for summaries. `waiting`: was not notified. `silent`: was notified and did nothing. */
export type UnitOutcome =
  | 'waiting'
  | 'updating'
  | 'updated'
  | 'failed'
  | 'declined'
  | 'kept-old'
  | 'wrong-version'
  | 'silent'
  | 'dropped'
  | 'interrupted'
  | 'refused'
  | 'unreachable'

/** The result of flashing, to be reported at the next boot. */
export interface Flashed {
  readonly taskId: string
  readonly module: string
  readonly outcome: 'updated' | 'kept-old' | 'wrong-version'
}

export interface SimulatedUnit {
  readonly plan: UnitPlan
  readonly voice: Voice
  readonly versions: Map<string, string>
  /** Incomplete images, by module: in flash, so they survive a reboot. */
  readonly begun: Map<string, FlashImage>
  outcome: UnitOutcome
  flashed: Flashed | null
  /** Has installed an update: from then on it reports at every boot. */
  hasFlashed: boolean
  /** Power has failed once already (`diesAt`). */
  hasDied: boolean
}

export const createUnit = (plan: UnitPlan, voice: Voice): SimulatedUnit => ({
  plan,
  voice,
  versions: new Map(plan.modules.map((module) => [module, plan.version])),
  begun: new Map(),
  outcome: 'waiting',
  flashed: null,
  hasFlashed: false,
  hasDied: false,
})

/** Sets the module's version to the one sent, or to what the unit's fault makes of it; the next report has it. */
export const flash = (unit: SimulatedUnit, module: string, to: string, taskId: string): void => {
  const old = unit.versions.get(module) ?? unit.plan.version
  const runs = { new: to, old, other: `${to}-other` }[unit.plan.traits.boots]
  const outcome = ({ new: 'updated', old: 'kept-old', other: 'wrong-version' } as const)[unit.plan.traits.boots]
  unit.versions.set(module, runs)
  unit.begun.delete(module)
  unit.hasFlashed = true
  unit.flashed = { taskId, module, outcome }
}
