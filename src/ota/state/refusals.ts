// The last CONNECTs that were refused, whoever they came from. Memory only.

import type { RefusedConnect } from '../ports/mqtt.ts'
import type { KeptRefusal } from '../ports/operators.ts'

const kept = 1000

export interface Refusals {
  add(refused: RefusedConnect, at: number): void
  /** Newest first. */
  all(): readonly KeptRefusal[]
}

export const createRefusals = (): Refusals => {
  const ring: KeptRefusal[] = []
  let lastId = 0
  return {
    add(refused, at) {
      lastId += 1
      ring[(lastId - 1) % kept] = { ...refused, id: lastId, at }
    },
    all: () => ring.toSorted((a, b) => b.id - a.id),
  }
}
