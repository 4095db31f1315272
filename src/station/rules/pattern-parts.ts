// A regular expression as a tree: characters, sequences, alternatives, repetitions. For patterns that the engine has accepted (flag u).
// Pure; knows nothing of labels.

/** Characters: a bit for each of ASCII, and one for all others. */
export type CharSet = bigint

export interface PatternPart {
  readonly kind: 'chars' | 'all' | 'either' | 'repeat'
  /** As it is written. */
  readonly text: string
  /** Of `chars`. */
  readonly set: CharSet
  /** In their order, one after another (`all`), as alternatives (`either`), or the one that is repeated. */
  readonly parts: readonly PatternPart[]
  readonly least: number
  readonly most: number
}

const other: CharSet = 1n << 128n
const none: CharSet = 0n

/** What can match characters beyond ASCII; rather too much than too little. */
const wide = /^\.|^\[\^|\\[WDSsPpuxck]|[^\0-\x7F]/

const setOf = (atom: string): CharSet => {
  const pattern = new RegExp(`^${atom}$`, 'u')
  let set = wide.test(atom) ? other : none
  for (let code = 0; code < 128; code++) if (pattern.test(String.fromCharCode(code))) set |= 1n << BigInt(code)
  return set
}

const part = (kind: PatternPart['kind'], text: string, more: Partial<PatternPart>): PatternPart => ({
  kind,
  text,
  set: none,
  parts: [],
  least: 1,
  most: 1,
  ...more,
})

/** The longest of these at a place: a group's begin, an assertion, an atom, a quantifier. */
const groupStart = /\((?:\?:|\?<[\p{L}$_][\p{L}\p{N}$_]*>)?(?!\?)/uy
const assertion = /[$^]|\\[bB]/uy
const atomForm = /\[(?:\\.|[^\]\\])*\]|\\(?:u\{[^}]*\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[pP]\{[^}]*\}|c[A-Za-z]|[^1-9k])|[^\\()|]/uy
const quantifier = /(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/uy

interface Reader {
  readonly pattern: string
  at: number
}

const taken = (reader: Reader, form: RegExp): RegExpExecArray | null => {
  form.lastIndex = reader.at
  const found = form.exec(reader.pattern)
  if (found !== null) reader.at += found[0].length
  return found
}

const boundsOf = ([text, least, comma, most]: RegExpExecArray): Pick<PatternPart, 'least' | 'most'> => {
  if (text.startsWith('?')) return { least: 0, most: 1 }
  if (least === undefined) return { least: text.startsWith('+') ? 1 : 0, most: Number.POSITIVE_INFINITY }
  if (comma === '') return { least: Number(least), most: Number(least) }
  return { least: Number(least), most: most === '' ? Number.POSITIVE_INFINITY : Number(most) }
}

const readOne = (reader: Reader): PatternPart | null => {
  const start = reader.at
  if (taken(reader, assertion) !== null) return part('all', '', {})
  if (taken(reader, groupStart) !== null) {
    const inner = readEither(reader)
    reader.at++
    return inner === null ? null : { ...inner, text: reader.pattern.slice(start, reader.at) }
  }
  const [atom] = taken(reader, atomForm) ?? []
  return atom === undefined ? null : part('chars', atom, { set: setOf(atom) })
}

const readRepeated = (reader: Reader): PatternPart | null => {
  const start = reader.at
  const one = readOne(reader)
  if (one === null) return null
  const found = taken(reader, quantifier)
  return found === null ? one : part('repeat', reader.pattern.slice(start, reader.at), { parts: [one], ...boundsOf(found) })
}

const isEnd = ({ pattern, at }: Reader, ends: string): boolean => at >= pattern.length || ends.includes(pattern[at] ?? '')

const readAll = (reader: Reader): PatternPart | null => {
  const start = reader.at
  const parts: PatternPart[] = []
  while (!isEnd(reader, '|)')) {
    const next = readRepeated(reader)
    if (next === null) return null
    parts.push(next)
  }
  return part('all', reader.pattern.slice(start, reader.at), { parts })
}

const readEither = (reader: Reader): PatternPart | null => {
  const start = reader.at
  const parts: PatternPart[] = []
  for (;;) {
    const next = readAll(reader)
    if (next === null) return null
    parts.push(next)
    if (isEnd(reader, ')')) break
    reader.at++
  }
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : part('either', reader.pattern.slice(start, reader.at), { parts })
}

/** Or the place of what it does not know: references to groups, looking ahead or behind. */
export const readPattern = (pattern: string): PatternPart | { readonly unknownAt: number } => {
  const reader: Reader = { pattern, at: 0 }
  return readEither(reader) ?? { unknownAt: reader.at }
}
