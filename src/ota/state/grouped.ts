// Sets of values by key; a key without values takes no memory. Pure but for its own memory.

export interface Grouped<K, V> {
  of(key: K): ReadonlySet<V>
  add(key: K, value: V): void
  delete(key: K, value: V): void
  /** Those that have values. */
  keys(): Iterable<K>
  /** Values of all keys. */
  readonly size: () => number
}

const none: ReadonlySet<never> = new Set()

export const createGrouped = <K, V>(): Grouped<K, V> => {
  const groups = new Map<K, Set<V>>()
  let size = 0
  return {
    keys: () => groups.keys(),
    of: (key) => groups.get(key) ?? none,
    add(key, value) {
      const group = groups.get(key)
      size += group?.has(value) === true ? 0 : 1
      if (group === undefined) groups.set(key, new Set([value]))
      else group.add(value)
    },
    delete(key, value) {
      const group = groups.get(key)
      if (group?.delete(value) !== true) return
      size -= 1
      if (group.size === 0) groups.delete(key)
    },
    size: () => size,
  }
}
