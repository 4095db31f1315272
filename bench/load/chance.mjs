// Chance from a seed: the same text gives the same numbers, bytes and choices, so that each case of the fuzz can be repeated.

/** FNV-1a. */
const hashOf = (text) => {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

/** Mulberry32: numbers from 0 to below 1. */
const numbersOf = (seed) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `seed` is a text, such as `7/mqtt/123`: seed, part and number of the case. */
export const createChance = (seed) => {
  const next = numbersOf(hashOf(seed))
  const below = (count) => Math.floor(next() * count)
  const one = (list) => list[below(list.length)]
  return {
    below,
    one,
    between: (least, most) => least + below(most - least + 1),
    happens: (part) => next() < part,
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => below(256))),
    /** A copy in another order. */
    shuffled: (list) => {
      const copy = [...list]
      for (let at = copy.length - 1; at > 0; at -= 1) {
        const other = below(at + 1)
        ;[copy[at], copy[other]] = [copy[other], copy[at]]
      }
      return copy
    },
  }
}

const oddBytes = [0, 1, 0x0a, 0x0d, 0x1b, 0x22, 0x5c, 0x7f, 0x80, 0xc0, 0xed, 0xff]

const flip = (chance, bytes) => {
  const copy = Buffer.from(bytes)
  for (let left = chance.between(1, 4); left > 0; left -= 1) copy[chance.below(copy.length)] ^= 1 << chance.below(8)
  return copy
}

const overwrite = (chance, bytes) => {
  const copy = Buffer.from(bytes)
  copy[chance.below(copy.length)] = chance.one(oddBytes)
  return copy
}

const insert = (chance, bytes) => {
  const at = chance.below(bytes.length + 1)
  const added = chance.happens(0.5) ? Buffer.from([chance.one(oddBytes)]) : chance.bytes(chance.between(1, 16))
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)])
}

const remove = (chance, bytes) => {
  const at = chance.below(bytes.length)
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + chance.between(1, 8))])
}

const repeat = (chance, bytes) => {
  const at = chance.below(bytes.length)
  const end = at + chance.between(1, bytes.length - at)
  return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)])
}

const cut = (chance, bytes) => bytes.subarray(0, chance.below(bytes.length))

/** The bytes with one to three random changes: bits, odd bytes, insertions, removals, repetitions, an early end. */
export const mutate = (chance, bytes) => {
  let changed = bytes
  for (let left = chance.between(1, 3); left > 0 && changed.length > 0; left -= 1)
    changed = chance.one([flip, flip, overwrite, overwrite, insert, remove, repeat, cut])(chance, changed)
  return changed
}
