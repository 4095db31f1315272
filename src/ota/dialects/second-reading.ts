// Reads text that is no JSON as its sender meant it (protocol.md §2): devices build their messages with printf into a fixed buffer. What has
// more than one meaning is not read. Pure: it knows text and values, no methods. What a strict parse takes, it reads the same.

/** A bigint where a number has more digits than a double holds: names and ids are its digits. */
export type Scalar = string | number | bigint | boolean | null
export type Read = Scalar | Read[] | { [name: string]: Read }

/** Marks an object that the end of the text has cut: a member that it lacks may have been sent. */
export const cut: unique symbol = Symbol('cut')

/**
 * How much of a text is taken as data, from what JSON says to what can only be meant so. `ends`: a quote behind a backslash may end its text
 * (`"C:\fw\"`, or the second byte of a GBK character); `inner`: a quote that nothing of JSON follows is data (`"no "a.bin" here"`);
 * `object`: so are those within brackets of the text (`"answer: {"code":-1,"msg":"no space"}"`).
 */
interface Leniency {
  readonly ends: boolean
  readonly inner: boolean
  readonly object: boolean
}

const leniencies: readonly Leniency[] = [
  { ends: false, inner: false, object: false },
  { ends: true, inner: false, object: false },
  { ends: false, inner: true, object: true },
  { ends: false, inner: true, object: false },
  { ends: true, inner: true, object: false },
]

/** Thrown where the text has no such meaning, and caught in `readAs`. */
const unreadable = (): Error => Object.assign(new Error('the text has no such meaning'), { name: 'Unreadable' })

/** Far more than any message has: what has more is not worth the time. */
const maxDepth = 32
const maxMembers = 256
const maxElementsOfAllLists = 20_000

interface Scan extends Leniency {
  readonly text: string
  at: number
  elements: number
  /** The end of the text came first. */
  isCut: boolean
}

/** What the end of the text has cut off is no value. */
const nothing: unique symbol = Symbol('nothing')

// ---------------------------------------------------------------- space and words

const skipSpace = (scan: Scan): void => {
  while (scan.text.charCodeAt(scan.at) <= 32) scan.at += 1
}

const isOver = (scan: Scan): boolean => {
  skipSpace(scan)
  scan.isCut ||= scan.at >= scan.text.length
  return scan.isCut
}

const words: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ['true', true],
  ['false', false],
  ['null', null],
  // As Python writes them.
  ['True', true],
  ['False', false],
  ['None', null],
])

/** A number as JSON writes it. Others, such as `007` and `+1`, stay the text that was printed. */
const numberOf = (word: string): number | bigint | null => {
  if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(word)) return null
  const value = Number(word)
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(word) ? value : BigInt(word)
}

/** A word without quotes: a number, what JSON and Python name, or text that lacks its quotes (`"version":1.0.2`). */
const readWord = (scan: Scan): Scalar | typeof nothing => {
  const from = scan.at
  const word = /[^\s,:{}[\]"'\\]*/y
  word.lastIndex = from
  const text = word.exec(scan.text)?.[0] ?? ''
  if (text === '') throw unreadable()
  scan.at = from + text.length
  // A number that ends with the text may have lost digits.
  if (scan.at >= scan.text.length) {
    scan.isCut = true
    return nothing
  }
  const known = words.get(text)
  return known === undefined ? (numberOf(text) ?? text) : known
}

// ---------------------------------------------------------------- quoted text

/** Where a quoted text stands, which says what must follow it. */
type Place = 'key' | 'member' | 'element'

const followers: { readonly [P in Place]: RegExp } = {
  key: /[\0-\x20]*:/y,
  member: /[\0-\x20]*(?:[}\]]|$|,[\0-\x20]*(?:[}\]]|$|(["']?)[\w.-]{1,64}\1[\0-\x20]*:))/y,
  element: /[\0-\x20]*(?:[\]},]|$)/y,
}

/** The next character alone decides nearly always. */
const mayFollow = (code: number): boolean => !(code > 32) || code === 44 || code === 58 || code === 93 || code === 125

const isFollowed = (text: string, at: number, place: Place): boolean => {
  if (!mayFollow(text.charCodeAt(at))) return false
  const follower = followers[place]
  follower.lastIndex = at
  return follower.test(text)
}

const stops = { '"': /["\\]/g, "'": /['\\]/g } as const
type Quote = keyof typeof stops

/** A quote before the next member: a comma is missing, and the member is no part of the text. */
const memberAhead = /[\0-\x20]*(["'])[\w.-]{1,64}\1[\0-\x20]*:/y

/** Whether the quote at `at` ends a text whose own brackets are closed. */
const isEnd = (text: string, at: number, place: Place): boolean => {
  memberAhead.lastIndex = at + 1
  if (place === 'member' && memberAhead.test(text)) throw unreadable()
  return isFollowed(text, at + 1, place)
}

const openedIn = (text: string): number => (text.match(/[{[]/g)?.length ?? 0) - (text.match(/[\]}]/g)?.length ?? 0)

/** Where the text that began before `from` ends; -1: nowhere. */
const endOf = ({ text, ends, inner, object }: Scan, from: number, quote: Quote, place: Place): number => {
  const stop = stops[quote]
  let opened = 0
  for (let at = from; at < text.length; at++) {
    const before = at
    stop.lastIndex = at
    if (!stop.test(text)) return -1
    at = stop.lastIndex - 1
    if (object) opened += openedIn(text.slice(before, at))
    if (text[at] === quote && (!inner || (opened <= 0 && isEnd(text, at, place)))) return at
    if (text[at] === quote) continue
    at += 1
    if (ends && text[at] === quote && isFollowed(text, at + 1, place)) return at
  }
  return -1
}

const escapes: { readonly [letter: string]: string } = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** The character that is escaped behind the backslash at `at`; null: the escape is invalid. */
const escapedAt = (raw: string, at: number, quote: Quote): string | null => {
  const letter = raw[at + 1] ?? ''
  if (letter === quote) return quote
  if (letter !== 'u') return (Object.hasOwn(escapes, letter) ? escapes[letter] : undefined) ?? null
  const hex = raw.slice(at + 2, at + 6)
  return /^[0-9a-fA-F]{4}$/.test(hex) ? String.fromCharCode(Number.parseInt(hex, 16)) : null
}

/** If one escape is invalid, all backslashes but those before a quote are data: a path, a pattern, the second byte of a character. */
const unescaped = (raw: string, quote: Quote): string => {
  let text = ''
  let from = 0
  for (let at = raw.indexOf('\\'); at >= 0; at = raw.indexOf('\\', from)) {
    const character = escapedAt(raw, at, quote)
    if (character === null) return raw.replaceAll(`\\${quote}`, quote)
    text += raw.slice(from, at) + character
    from = at + (raw[at + 1] === 'u' ? 6 : 2)
  }
  return text + raw.slice(from)
}

const isQuote = (character: string | undefined): character is Quote => character === '"' || character === "'"

const readQuoted = (scan: Scan, place: Place): string | typeof nothing => {
  const { text, at } = scan
  const quote: Quote = text[at] === "'" ? "'" : '"'
  const end = endOf(scan, at + 1, quote, place)
  if (end < 0) {
    scan.isCut = true
    return nothing
  }
  scan.at = end + 1
  return unescaped(text.slice(at + 1, end), quote)
}

// ---------------------------------------------------------------- lists and objects

/** Takes the comma or the closing bracket that must follow; true: closed. */
const isClosed = (scan: Scan, bracket: string): boolean => {
  const character = scan.text[scan.at]
  scan.at += 1
  if (character === bracket) return true
  if (character !== ',') throw unreadable()
  // A comma behind the last one.
  if (!isOver(scan) && scan.text[scan.at] === bracket) {
    scan.at += 1
    return true
  }
  return false
}

const isEmptyOne = (scan: Scan, bracket: string): boolean => {
  scan.at += 1
  if (isOver(scan) || scan.text[scan.at] !== bracket) return false
  scan.at += 1
  return true
}

const readList = (scan: Scan, depth: number): Read[] => {
  const list: Read[] = []
  if (isEmptyOne(scan, ']')) return list
  while (!isOver(scan)) {
    scan.elements += 1
    if (scan.elements > maxElementsOfAllLists) throw unreadable()
    const value = readValue(scan, depth, 'element')
    if (value !== nothing) list.push(value)
    if (isOver(scan) || isClosed(scan, ']')) break
  }
  return list
}

const readKey = (scan: Scan): string | typeof nothing => {
  const { text, at } = scan
  const key = isQuote(text[at]) ? readQuoted(scan, 'key') : readWord(scan)
  if (isOver(scan)) return nothing
  if (text[scan.at] !== ':' || typeof key !== 'string') throw unreadable()
  scan.at += 1
  return key
}

/** Nothing was printed for the member's value. */
const isLeftOut = ({ text, at }: Scan): boolean => text[at] === ',' || text[at] === '}'

const readObject = (scan: Scan, depth: number): Read => {
  const members: [string, Read][] = []
  if (isEmptyOne(scan, '}')) return {}
  while (!isOver(scan)) {
    if (members.length >= maxMembers) throw unreadable()
    const key = readKey(scan)
    if (key === nothing || isOver(scan)) break
    const value = isLeftOut(scan) ? nothing : readValue(scan, depth, 'member')
    if (value !== nothing) members.push([key, value])
    if (isOver(scan)) break
    if (isClosed(scan, '}')) return Object.fromEntries(members)
  }
  return Object.assign(Object.fromEntries(members), { [cut]: true })
}

const readValue = (scan: Scan, depth: number, place: Place): Read | typeof nothing => {
  if (depth >= maxDepth) throw unreadable()
  const character = scan.text[scan.at]
  if (character === '{') return readObject(scan, depth + 1)
  if (character === '[') return readList(scan, depth + 1)
  return isQuote(character) ? readQuoted(scan, place) : readWord(scan)
}

// ---------------------------------------------------------------- texts

type Reading = { readonly value: Read; readonly isCut: boolean }

const readAs = (text: string, leniency: Leniency): Reading | null => {
  const scan: Scan = { ...leniency, text, at: 0, elements: 0, isCut: false }
  skipSpace(scan)
  if (text[scan.at] !== '{') return null
  try {
    return { value: readObject(scan, 0), isCut: scan.isCut }
  } catch (error) {
    if (error instanceof Error && error.name === 'Unreadable') return null
    throw error
  }
}

/** As little is taken as data as need be. What is only cut has no fault that more of it would explain, but for a quote behind a backslash. */
const readText = (text: string): Reading | null => {
  const hasEscapedQuote = text.includes('\\"') || text.includes("\\'")
  let first: Reading | null = null
  for (const leniency of leniencies) {
    if ((leniency.ends && !hasEscapedQuote) || (leniency.inner && first !== null)) continue
    const found = readAs(text, leniency)
    if (found?.isCut === false) return found
    if (!leniency.object) first ??= found
  }
  return first
}

/**
 * The object at the start of `text`; undefined: none can be read. What follows its end is what was in the buffer before. A NUL ends a text of
 * C, unless the object goes on behind it. Where the end is missing, what was complete before it: see `cut`.
 */
export const readAsMeant = (text: string): Read | undefined => {
  const nul = text.indexOf('\0')
  const found = readText(nul < 0 ? text : text.slice(0, nul))
  if (nul < 0 || found?.isCut === false) return found?.value
  const whole = readText(text)
  return (whole?.isCut === false ? whole : found)?.value
}
