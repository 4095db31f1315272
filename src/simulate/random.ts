// Seeded randomness: the same seed gives the same fleet on every machine. Knows nothing of devices.

/** A number in [0, 1). */
export type Random = () => number

/** The mulberry32 generator: 32 bits of state, good enough to vary a fleet, never for secrets. */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A new list with the same elements in a seeded order (Fisher and Yates). */
export const shuffled = <T>(list: readonly T[], random: Random): T[] => {
  const rest = [...list]
  const out: T[] = []
  while (rest.length > 0) out.push(...rest.splice(Math.floor(random() * rest.length), 1))
  return out
}
