// Sorts by hash in linear time: four counting passes, in slices, without blocking the event loop. Knows numbers only.

/** The digits of a number below 2^53, the lowest first: 16, 16, 11 and 10 bits. */
const digits: readonly ((value: number) => number)[] = [
  (value) => value & 0xffff,
  (value) => (value >>> 16) & 0xffff,
  (value) => Math.floor(value / 2 ** 32) & 0x7ff,
  (value) => Math.floor(value / 2 ** 43),
]
const base = 0x10000

const perSlice = 10_000

/** Does `work` on all of 0 to `size`, a slice at a time. */
const inSlices = async (size: number, breathe: () => Promise<void>, work: (from: number, to: number) => void): Promise<void> => {
  for (let from = 0; from < size; from += perSlice) {
    work(from, Math.min(size, from + perSlice))
    await breathe()
  }
}

/** Turns the count of each digit into the index at which its numbers begin. */
const sumUp = (counts: Uint32Array): void => {
  let sum = 0
  for (let digit = 0; digit < counts.length; digit++) {
    const count = counts[digit] ?? 0
    counts[digit] = sum
    sum += count
  }
}

/** Indices of `hashes` (whole numbers, 0 to 2^53 - 1), ascending; where two are equal, the earlier comes first. */
export const hashOrder = async (hashes: readonly number[], breathe: () => Promise<void>): Promise<Uint32Array> => {
  const size = hashes.length
  let [order, next] = [new Uint32Array(size), new Uint32Array(size)]
  for (let index = 0; index < size; index++) order[index] = index
  for (const digitOf of digits) {
    const places = new Uint32Array(base)
    await inSlices(size, breathe, (from, to) => {
      for (let index = from; index < to; index++) {
        const digit = digitOf(hashes[index] ?? 0)
        places[digit] = (places[digit] ?? 0) + 1
      }
    })
    sumUp(places)
    await inSlices(size, breathe, (from, to) => {
      for (let at = from; at < to; at++) {
        const index = order[at] ?? 0
        const digit = digitOf(hashes[index] ?? 0)
        const place = places[digit] ?? 0
        next[place] = index
        places[digit] = place + 1
      }
    })
    ;[order, next] = [next, order]
  }
  return order
}
