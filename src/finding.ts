// What a check of an installation finds: one thing that was looked at, how it is, and what to do. Shared by the server, which knows its
// devices, and the command, which knows the machine.

import { type Params, type Sentence, say } from './sentences/sentence.ts'

export const areas = [
  'settings',
  'server',
  'directory',
  'store',
  'images',
  'disk',
  'rights',
  'ports',
  'descriptors',
  'clock',
  'certificates',
  'network',
  'devices',
] as const
export type Area = (typeof areas)[number]

/** `skipped`: it could not be looked at, so it is neither. */
export const results = ['ok', 'warning', 'fault', 'skipped'] as const
export type Result = (typeof results)[number]

export interface Finding {
  readonly area: Area
  readonly result: Result
  readonly said: Sentence
  /** What to do; commands are in backticks. */
  readonly remedy: Sentence | null
}

export const fine = (area: Area, said: Sentence): Finding => ({ area, result: 'ok', said, remedy: null })
export const doubtful = (area: Area, said: Sentence, remedy: Sentence): Finding => ({ area, result: 'warning', said, remedy })
export const faulty = (area: Area, said: Sentence, remedy: Sentence): Finding => ({ area, result: 'fault', said, remedy })
export const skipped = (area: Area, said: Sentence, remedy: Sentence | null = null): Finding => ({ area, result: 'skipped', said, remedy })

/** Names of which the first few are shown. */
export interface NameList {
  add(name: string): void
  readonly count: number
  /** As the parameters of a sentence. */
  params(): { readonly count: number; readonly names: readonly string[]; readonly more: number }
}

const shown = 5

export const createNameList = (): NameList => {
  const names = new Set<string>()
  let count = 0
  return {
    add(name) {
      count += 1
      if (names.size < shown) names.add(name)
    },
    get count() {
      return count
    },
    params: () => ({ count, names: [...names], more: count - names.size }),
  }
}

interface Shown {
  readonly text: string
  readonly code: string
  readonly params: Params
}

const shownOf = (said: Sentence): Shown => ({ text: say(said), code: said.code, params: said.params })

/** A finding as JSON has it: what is said, in English too. */
export interface ShownFinding extends Shown {
  readonly area: string
  readonly result: Result
  readonly remedy: Shown | null
}

export const showFinding = ({ area, result, said, remedy }: Finding): ShownFinding => ({
  area,
  result,
  ...shownOf(said),
  remedy: remedy === null ? null : shownOf(remedy),
})
