// How much memory is kept by what a test holds on to: the heap after a collection, with it and without it.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export const heapInUse = (): number => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

/** Bytes of the heap that `count` results of `make` keep. */
export const keptBytes = async (count: number, make: (at: number) => unknown): Promise<number> => {
  const kept: unknown[] = []
  // What the first calls compile is not theirs.
  for (let at = 0; at < 3; at++) await make(at)
  const before = heapInUse()
  for (let at = 0; at < count; at++) kept.push(await make(at))
  const bytes = heapInUse() - before
  return kept.length === count ? bytes : Number.NaN
}
