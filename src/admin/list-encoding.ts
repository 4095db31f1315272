// The encodings in which spreadsheets save lists: which one a list has, and its text in pieces. Knows no rows and no columns.

import { isUtf8 } from 'node:buffer'
import { countCharacter, looksChinese } from '../gbk.ts'
import type { Turns } from '../ota/ports/store.ts'

export type ListEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'gb18030'

export interface TextPiece {
  readonly text: string
  readonly isLast: boolean
  /** Its last character could not be read: the text ends with U+FFFD in its place. */
  readonly isBroken: boolean
}

/** Bytes that are looked at before other work may get a turn. */
const bytesAtOnce = 262_144
const unreadable = '\uFFFD'

const marks: readonly (readonly [ListEncoding, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]

/** Some programs write UTF-16 without a mark. The first line is ASCII or Chinese, so the first character shows it where it is ASCII. */
const unmarked = ([first, second]: Uint8Array): ListEncoding | undefined =>
  second === 0 && first !== 0 ? 'utf-16le' : first === 0 && second !== 0 && second !== undefined ? 'utf-16be' : undefined

/** Ends of pieces, none within a character of UTF-8. */
function* pieceEnds(bytes: Uint8Array): Generator<readonly [from: number, to: number]> {
  for (let from = 0; from < bytes.length; ) {
    let to = Math.min(bytes.length, from + bytesAtOnce)
    for (let back = 0; back < 3 && ((bytes[to] ?? 0) & 0xc0) === 0x80; back++) to -= 1
    yield [from, to]
    from = to
  }
}

const isAllUtf8 = async (bytes: Uint8Array, turns: Turns): Promise<boolean> => {
  for (const [from, to] of pieceEnds(bytes)) {
    if (!isUtf8(bytes.subarray(from, to))) return false
    if (turns.isDue()) await turns.next()
  }
  return true
}

/** Whether the bytes are GB18030, and look like Chinese. */
const isChineseText = async (bytes: Uint8Array, turns: Turns): Promise<boolean> => {
  const seen = { usual: 0, rare: 0 }
  let until = bytesAtOnce
  for (let at = 0; at < bytes.length; ) {
    const length = countCharacter(bytes, at, seen)
    if (length === 0) return false
    at += length
    if (at < until) continue
    until = at + bytesAtOnce
    if (turns.isDue()) await turns.next()
  }
  return looksChinese(seen)
}

/** The encoding, and whether all of it is known to be in that. What is in none counts as UTF-8 with faults. */
export const encodingOf = async (
  bytes: Uint8Array,
  turns: Turns,
): Promise<{ readonly encoding: ListEncoding; readonly isSound: boolean }> => {
  const [marked] = marks.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte)) ?? [unmarked(bytes)]
  if (marked !== undefined && marked !== 'utf-8') return { encoding: marked, isSound: false }
  if (await isAllUtf8(bytes, turns)) return { encoding: 'utf-8', isSound: true }
  const isChinese = marked === undefined && (await isChineseText(bytes, turns))
  return { encoding: isChinese ? 'gb18030' : 'utf-8', isSound: false }
}

/** The text in pieces, without a byte order mark; it ends where it cannot be read. */
export function* textPieces(bytes: Uint8Array, encoding: ListEncoding, isSound: boolean): Generator<TextPiece> {
  const decoder = new TextDecoder(encoding)
  for (let at = 0; ; at += bytesAtOnce) {
    const isLast = at >= bytes.length
    const text = isLast ? decoder.decode() : decoder.decode(bytes.subarray(at, at + bytesAtOnce), { stream: true })
    const broken = isSound ? -1 : text.indexOf(unreadable)
    if (broken >= 0) return yield { text: text.slice(0, broken + 1), isLast: true, isBroken: true }
    yield { text, isLast, isBroken: false }
    if (isLast) return
  }
}
