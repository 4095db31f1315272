// MQTT topic filters: which are valid, what one matches, which one covers another. Pure; knows nothing of devices or users. Wildcards at the first level never match topics that start with `$` [MQTT-4.7.2-1].

export const isWild = (filter: string): boolean => filter.includes('+') || filter.includes('#')

const slash = 47
const plus = 43
const hash = 35

/** Whether `filter` is well formed [MQTT-4.7.1-2, MQTT-4.7.1-3, MQTT-4.7.3-1]. */
export const validFilter = (filter: string): boolean => {
  const last = filter.length - 1
  for (let at = 0; at <= last; at++) {
    const sign = filter.charCodeAt(at)
    if (sign === 0) return false
    if (sign !== plus && sign !== hash) continue
    if (at > 0 && filter.charCodeAt(at - 1) !== slash) return false
    if (at < last && (sign === hash || filter.charCodeAt(at + 1) !== slash)) return false
  }
  return filter !== ''
}

const startsWild = (levels: readonly string[]): boolean => levels[0] === '+' || levels[0] === '#'

const matchesLevels = (filter: readonly string[], topic: readonly string[]): boolean => {
  if (startsWild(filter) && topic[0]?.startsWith('$') === true) return false
  for (const [at, level] of filter.entries()) {
    if (level === '#') return topic.length >= at
    if (at >= topic.length || (level !== '+' && level !== topic[at])) return false
  }
  return filter.length === topic.length
}

/** Whether the valid `filter` matches `topic`; `a/#` matches `a` too. */
export const matches = (filter: string, topic: string): boolean =>
  isWild(filter) ? matchesLevels(filter.split('/'), topic.split('/')) : filter === topic

/** The same for many filters and topics: the filters are split only once. */
export const matcher = (filters: readonly string[]): ((topic: string) => boolean) => {
  const split = filters.map((filter) => filter.split('/'))
  return (topic) => {
    const levels = topic.split('/')
    return split.some((filter) => matchesLevels(filter, levels))
  }
}

/** `#` and `/#` match their parents too, but these are no valid topics, so they equal `+/#` and `/+/#`. */
const expanded = (filter: string): readonly string[] => (filter === '#' ? ['+', '#'] : filter === '/#' ? ['', '+', '#'] : filter.split('/'))

/** Whether every topic that the valid filter `narrow` matches is matched by the valid filter `wide` too. */
export const covers = (wide: string, narrow: string): boolean => {
  const [a, b] = [wide.split('/'), expanded(narrow)]
  if (startsWild(a) && b[0]?.startsWith('$') === true) return false
  for (const [at, level] of a.entries()) {
    if (level === '#') return b.length >= at
    // `#` matches its parent too, so only `#` covers it.
    if (at >= b.length || b[at] === '#' || (level !== '+' && level !== b[at])) return false
  }
  return a.length === b.length
}
