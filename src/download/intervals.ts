// A set of bytes of an image as disjoint intervals: counts each byte once, however often it is sent. Knows only numbers.

type Interval = readonly [start: number, end: number]

export interface Intervals {
  /** Adds `[start, end)`. */
  add(start: number, end: number): void
  /** How many bytes are in the set. */
  readonly size: () => number
  clear(): void
}

/** The first interval that ends at `start` or later. */
const firstTouching = (list: readonly Interval[], start: number): number => {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const at = list[middle]
    if (at !== undefined && at[1] < start) low = middle + 1
    else high = middle
  }
  return low
}

const lengthOf = ([start, end]: Interval = [0, 0]): number => end - start

const shortestBut = (list: readonly Interval[], spared: number): number => {
  const lengths = list.map((interval, at) => (at === spared ? Number.POSITIVE_INFINITY : lengthOf(interval)))
  return lengths.indexOf(Math.min(...lengths))
}

/** Beyond `limit` intervals the shortest other one is dropped: the count may become too small, never too large. */
export const createIntervals = (limit = 1_024): Intervals => {
  let list: Interval[] = []
  let total = 0
  return {
    add: (start, end) => {
      if (end <= start) return
      const at = firstTouching(list, start)
      const first = list[at]
      if (first !== undefined && first[0] <= start && end <= first[1]) return
      let [low, high, next] = [start, end, at]
      for (let hit = list[next]; hit !== undefined && hit[0] <= end; hit = list[next]) {
        ;[low, high, next] = [Math.min(low, hit[0]), Math.max(high, hit[1]), next + 1]
        total -= hit[1] - hit[0]
      }
      if (next - at === 1) list[at] = [low, high]
      else list.splice(at, next - at, [low, high])
      total += high - low
      if (list.length > limit) total -= lengthOf(list.splice(shortestBut(list, at), 1)[0])
    },
    size: () => total,
    clear: () => {
      list = []
      total = 0
    },
  }
}
