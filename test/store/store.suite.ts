// The contract of `Store` (src/ota/ports/store.ts), run against every kind of disk.

import { describe } from 'vitest'
import { commitCases } from './commit.suite.ts'
import { openingCases } from './opening.suite.ts'
import type { Valve } from './samples.ts'
import { taskCases } from './task.suite.ts'
import { createTrial, type Place } from './trial.ts'

export const storeSuite = (name: string, openPlace: (valve: Valve) => Promise<Place>): void => {
  describe(`a store on ${name}`, () => {
    const trial = createTrial(openPlace)
    commitCases(trial)
    taskCases(trial)
    openingCases(trial)
  })
}
