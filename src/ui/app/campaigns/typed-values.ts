// What is typed into a field, as the API takes it: numbers, times, lists. What cannot be read is passed on as it was typed, so that the API says
// what is wrong with it. Pure.

/** undefined: nothing was typed. */
export const numberIn = (typed: string): number | string | undefined => {
  const text = typed.trim()
  if (text === '') return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : text
}

const unitSeconds: readonly (readonly [RegExp, number])[] = [
  [/^(?:s|sec|seconds?|秒)?$/, 1],
  [/^(?:m|min|minutes?|分|分钟)$/, 60],
  [/^(?:h|hours?|小时|时)$/, 3600],
  [/^(?:d|days?|天)$/, 86_400],
]

const piece = /(\d+(?:\.\d+)?)\s*([a-z一-鿿]*)\s*/gy

/** `90`, `90 s`, `10 min`, `1 h 30 min`, `2 天` in seconds. */
export const secondsIn = (typed: string): number | string | undefined => {
  const text = typed.trim().toLowerCase()
  if (text === '') return undefined
  let sum = 0
  let read = 0
  for (const [whole, count = '', unit = ''] of text.matchAll(piece)) {
    const size = unitSeconds.find(([pattern]) => pattern.test(unit))?.[1]
    if (size === undefined) return typed.trim()
    sum += Number(count) * size
    read += whole.length
  }
  return read === text.length ? sum : typed.trim()
}

const shownUnits = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const

/** The other way: the largest unit of which it is a whole number. */
export const secondsText = (seconds: number | null): string => {
  if (seconds === null) return ''
  const [unit, size] = shownUnits.find(([, each]) => seconds > 0 && seconds % each === 0) ?? ['s', 1]
  return `${seconds / size} ${unit}`
}

/** Words of a list; `within`: what may not be in a word. */
const partsOf = (typed: string, separators: RegExp): readonly string[] =>
  typed
    .split(separators)
    .map((part) => part.trim())
    .filter((part) => part !== '')

export const wordsIn = (typed: string): readonly string[] => partsOf(typed, /[\s,;，；、]+/)
export const linesIn = (typed: string): readonly string[] => partsOf(typed, /[\n,;，；]+/)

/** Names of devices; one without a product is of `product`. */
export const devicesIn = (typed: string, product: string): readonly string[] =>
  linesIn(typed).map((name) => (name.includes('/') || product === '' ? name : `${product}/${name}`))

/** Of `<input type="datetime-local">`, which is in the browser's zone, to ISO 8601 UTC. */
export const timeIn = (typed: string): string | undefined => {
  if (typed === '') return undefined
  const at = new Date(typed)
  return Number.isNaN(at.getTime()) ? typed : at.toISOString()
}

/** The other way. */
export const timeText = (at: string | null): string => {
  if (at === null) return ''
  const moment = new Date(at)
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
