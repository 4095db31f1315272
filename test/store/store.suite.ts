// The contract of `Store` (src/ota/ports/store.ts), run against every kind of disk.

import { describe } from 'vitest'
import { createStoreFixture, type DiskFixture, type Valve } from '../support/store-fixture.ts'
import { commitCases } from './commit.suite.ts'
import { openingCases } from './opening.suite.ts'
import { taskCases } from './task.suite.ts'

export const storeSuite = (name: string, openPlace: (valve: Valve) => Promise<DiskFixture>): void => {
  describe(`a store on ${name}`, () => {
    const fixture = createStoreFixture(openPlace)
    commitCases(fixture)
    taskCases(fixture)
    openingCases(fixture)
  })
}
