// Sets and maps that are empty for most of their many owners: until its first item each owner has the same empty one. Whoever adds or removes
// keeps what is returned in place of what was given. Imports nothing.

const noItems: ReadonlySet<never> = new Set<never>()
const noEntries: ReadonlyMap<never, never> = new Map<never, never>()

/** The empty set that is shared. */
export const noneOf = <T>(): ReadonlySet<T> => noItems

/** The empty map that is shared. */
export const noneBy = <K, V>(): ReadonlyMap<K, V> => noEntries as ReadonlyMap<K, V>

/** With the item. */
export const withItem = <T>(set: ReadonlySet<T>, item: T): ReadonlySet<T> => (set === noItems ? new Set([item]) : (set as Set<T>).add(item))

/** Without the item. */
export const withoutItem = <T>(set: ReadonlySet<T>, item: T): ReadonlySet<T> => {
  if (set !== noItems) (set as Set<T>).delete(item)
  return set
}

/** With the value under the key. */
export const withEntry = <K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> =>
  map === (noEntries as ReadonlyMap<K, V>) ? new Map([[key, value]]) : (map as Map<K, V>).set(key, value)

/** Without a value under the key. */
export const withoutEntry = <K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> => {
  if (map !== (noEntries as ReadonlyMap<K, V>)) (map as Map<K, V>).delete(key)
  return map
}
