// Which package a device gets, and over which steps: packages of one version that differ in what they can be applied to (differential
// images, a full one), and versions that another campaign leads to first. Pure functions of data.

import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Firmware } from '../model.ts'

/** Why a package of that version cannot be applied to these versions; null: it can. */
export const fromFault = ({ from, version }: Pick<Firmware, 'from' | 'version'>): Sentence | null =>
  from.includes(version) ? sentence('from_names_own_version', { version }) : null

/** The packages of one product, module and version: those for certain versions first, in the order of their ids, full images last. */
export const packagesLike = (named: Firmware, firmwares: Iterable<Firmware>): readonly Firmware[] => {
  const alike = [...firmwares].filter(
    ({ product, module, version }) => product === named.product && module === named.module && version === named.version,
  )
  return alike.sort((a, b) => Number(a.from.length === 0) - Number(b.from.length === 0) || a.id - b.id)
}

/** The first that can be applied to the version; null: unknown, which only a full image fits. */
export const packageFor = (packages: readonly Firmware[], version: string | null): Firmware | undefined =>
  packages.find(({ from }) => from.length === 0 || (version !== null && from.includes(version)))

/** The versions that one of the packages can be applied to; empty: any. */
export const sourcesOfAll = (packages: readonly Firmware[]): readonly string[] =>
  packages.some(({ from }) => from.length === 0) ? [] : [...new Set(packages.flatMap(({ from }) => from))]

/** Another campaign's update from some versions (none named: from any) to one. */
export interface Step {
  readonly campaign: number
  readonly sources: readonly string[]
  readonly to: string
}

/**
 * The first step from `version` towards one of `wanted`, by the fewest steps; the oldest campaign where several are as short.
 * undefined: no steps lead there.
 */
export const firstStep = (version: string | null, wanted: readonly string[], steps: readonly Step[]): Step | undefined => {
  const seen = new Set<string>()
  let reached: { readonly at: string | null; readonly first: Step | undefined }[] = [{ at: version, first: undefined }]
  const ordered = [...steps].sort((a, b) => a.campaign - b.campaign)
  while (reached.length > 0) {
    const further: typeof reached = []
    for (const { at, first } of reached) {
      for (const step of ordered) {
        if (seen.has(step.to) || step.to === at) continue
        if (step.sources.length > 0 && (at === null || !step.sources.includes(at))) continue
        if (wanted.includes(step.to)) return first ?? step
        seen.add(step.to)
        further.push({ at: step.to, first: first ?? step })
      }
    }
    reached = further
  }
  return undefined
}
