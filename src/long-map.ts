// A Map of a million keys that no single call to it takes long: V8 copies a whole Map when it has outgrown its table, which would be 80 ms at
// a million keys. Imports nothing.

/** What is used of a Map; a Map is one. */
export interface LongMap<K, V> extends Iterable<[K, V]> {
  readonly size: number
  get(key: K): V | undefined
  has(key: K): boolean
  set(key: K, value: V): unknown
  delete(key: K): boolean
  keys(): Iterable<K>
  values(): Iterable<V>
}

/** The copy of so many takes some milliseconds. */
const keysPerPart = 65_536

/** In the order in which keys were first set, as a Map. A look-up takes as long as in a Map for each 65,536 keys. */
export const createLongMap = <K, V>(perPart = keysPerPart): LongMap<K, V> => {
  let newest = new Map<K, V>()
  /** The oldest first; the last is the newest. */
  const parts = [newest]
  const partOf = (key: K): Map<K, V> | undefined => {
    if (newest.has(key)) return newest
    return parts.length === 1 ? undefined : parts.find((part) => part.has(key))
  }
  const grow = (): void => {
    newest = new Map()
    parts.push(newest)
  }
  /** Parts may come and go while it runs. By hand: a generator takes four times as long for each item. */
  const joined = <T>(itemsOf: (part: Map<K, V>) => Iterator<T, undefined>): IterableIterator<T, undefined> => {
    let at = 0
    let part = parts[at] ?? newest
    let items = itemsOf(part)
    const next = (): IteratorResult<T, undefined> => {
      for (;;) {
        const item = items.next()
        if (item.done !== true) return item
        const now = parts.indexOf(part)
        if (now >= 0) at = now + 1
        const following = parts[at]
        if (following === undefined) return item
        part = following
        items = itemsOf(part)
      }
    }
    const all = { next, [Symbol.iterator]: () => all }
    return all
  }
  return {
    get size() {
      return parts.reduce((sum, part) => sum + part.size, 0)
    },
    get(key) {
      for (let at = parts.length - 1; at >= 0; at--) {
        const value = parts[at]?.get(key)
        if (value !== undefined) return value
      }
      return undefined
    },
    has: (key) => partOf(key) !== undefined,
    set(key, value) {
      const part = partOf(key)
      if (part === undefined && newest.size >= perPart) grow()
      return (part ?? newest).set(key, value)
    },
    delete(key) {
      const part = partOf(key)
      if (part === undefined) return false
      part.delete(key)
      if (part.size === 0 && part !== newest) parts.splice(parts.indexOf(part), 1)
      return true
    },
    keys: () => joined((part) => part.keys()),
    values: () => joined((part) => part.values()),
    [Symbol.iterator]: () => joined((part) => part.entries()),
  }
}
