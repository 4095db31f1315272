// Future times by key, one each, the earliest first. A binary heap; moving a time later costs nothing until it is due.

interface Entry<K> {
  readonly at: number
  readonly key: K
}

export interface Timers<K> {
  /** Makes `key` due at `at` at the latest; an earlier time is kept, and its owner sets the next one then. */
  set(key: K, at: number): void
  delete(key: K): void
  /** Removes and returns the keys whose time has come, the earliest first; at most `most` of them. */
  due(now: number, most?: number): readonly K[]
  readonly size: number
  /** No key is due before this; infinite if there is none. */
  readonly next: number
}

/** Fewer leftovers than this, beside as many keys, are not worth a pass. */
const fewLeftovers = 64

const parent = (index: number): number => (index - 1) >> 1

export const createTimers = <K>(): Timers<K> => {
  const heap: Entry<K>[] = []
  const times = new Map<K, number>()
  const at = (index: number): number => heap[index]?.at ?? Number.POSITIVE_INFINITY
  const swap = (a: number, b: number): void => {
    const entry = heap[a]
    const other = heap[b]
    if (entry === undefined || other === undefined) return
    heap[a] = other
    heap[b] = entry
  }
  const rise = (index: number): void => {
    for (let i = index; i > 0 && at(i) < at(parent(i)); i = parent(i)) swap(i, parent(i))
  }
  const sink = (index: number): void => {
    for (let i = index; ; ) {
      const left = 2 * i + 1
      const least = at(left + 1) < at(left) ? left + 1 : left
      if (at(least) >= at(i)) return
      swap(i, least)
      i = least
    }
  }
  /** Deleted keys leave entries that may be due in a day only: not more of them are kept than there are keys. */
  const sweep = (): void => {
    heap.length = 0
    for (const [key, time] of times) heap.push({ at: time, key })
    // A sorted list is a heap.
    heap.sort((one, other) => one.at - other.at)
  }
  const pop = (): Entry<K> | undefined => {
    const first = heap[0]
    const last = heap.pop()
    if (last !== undefined && heap.length > 0) {
      heap[0] = last
      sink(0)
    }
    return first
  }
  return {
    set(key, time) {
      const known = times.get(key)
      if (known !== undefined && known <= time) return
      times.set(key, time)
      heap.push({ at: time, key })
      rise(heap.length - 1)
      if (heap.length > 2 * times.size + fewLeftovers) sweep()
    },
    delete: (key) => void times.delete(key),
    due(now, most = Number.POSITIVE_INFINITY) {
      const keys: K[] = []
      while (at(0) <= now && keys.length < most) {
        const entry = pop()
        // An entry whose key was deleted or made due earlier since is a leftover.
        if (entry !== undefined && times.get(entry.key) === entry.at && times.delete(entry.key)) keys.push(entry.key)
      }
      return keys
    },
    get size() {
      return heap.length
    },
    get next() {
      return at(0)
    },
  }
}
