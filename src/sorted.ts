// A long list sorted in pieces, so that no call takes long: `sort` takes 100 ms for 100,000 texts. Imports nothing.

/** So many are sorted at once: less than a millisecond. */
const runLength = 256

interface Pieces {
  isDue(): boolean
  next(): Promise<void>
}

type Compare<T> = (one: T, other: T) => number

interface Halves<T> {
  readonly from: readonly T[]
  readonly compare: Compare<T>
  readonly start: number
  readonly middle: number
  readonly end: number
}

/** Puts two sorted neighbours together at the same place of `to`. */
const merge = async <T>({ from, compare, start, middle, end }: Halves<T>, to: T[], pieces: Pieces): Promise<void> => {
  let [left, right] = [start, middle]
  for (let at = start; at < end; at++) {
    const [one, other] = [from[left] as T, from[right] as T]
    const takesLeft = right >= end || (left < middle && compare(one, other) <= 0)
    to[at] = takesLeft ? one : other
    if (takesLeft) left += 1
    else right += 1
    if (at % runLength === 0 && pieces.isDue()) await pieces.next()
  }
}

/** In order; equals stay as they are. `pieces`: when other work should get a turn, and that turn. */
export const sortedInPieces = async <T>(items: readonly T[], compare: Compare<T>, pieces: Pieces): Promise<readonly T[]> => {
  let from: T[] = []
  for (let at = 0; at < items.length; at += runLength) {
    from.push(...items.slice(at, at + runLength).sort(compare))
    if (pieces.isDue()) await pieces.next()
  }
  let to: T[] = from.slice()
  for (let width = runLength; width < items.length; width *= 2) {
    for (let start = 0; start < items.length; start += 2 * width) {
      const [middle, end] = [Math.min(start + width, items.length), Math.min(start + 2 * width, items.length)]
      await merge({ from, compare, start, middle, end }, to, pieces)
    }
    const other = from
    from = to
    to = other
  }
  return from
}
