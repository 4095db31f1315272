// Which regular expressions may read labels: none whose time could grow out of all proportion to the text. Judged by structure: where at a
// place only one way to go on can be right, nothing is tried twice; places with several ways multiply, and may not be repeated. Pure.

import { type Sentence, sentence } from '../../sentences/sentence.ts'
import { type CharSet, type PatternPart, readPattern } from './pattern-parts.ts'

const longest = 500
/** Of a label. */
const longestText = 256
/** Two places where any length is possible, or many of a few ways. */
const mostWays = longestText ** 2 * 2

interface Begin {
  readonly set: CharSet
  /** It can match nothing. */
  readonly canBeEmpty: boolean
}

/** With which characters a part can begin. */
const beginOf = (part: PatternPart): Begin => {
  if (part.kind === 'chars') return { set: part.set, canBeEmpty: false }
  const begins = part.parts.map(beginOf)
  if (part.kind === 'either')
    return { set: begins.reduce((set, each) => set | each.set, 0n), canBeEmpty: begins.some(({ canBeEmpty }) => canBeEmpty) }
  const hard = begins.findIndex(({ canBeEmpty }) => !canBeEmpty)
  const reached = hard < 0 ? begins : begins.slice(0, hard + 1)
  return { set: reached.reduce((set, each) => set | each.set, 0n), canBeEmpty: hard < 0 || part.least === 0 }
}

/** What can come first where this part and then `next` follow. */
const beginBefore = (part: PatternPart, next: CharSet): CharSet => {
  const { set, canBeEmpty } = beginOf(part)
  return canBeEmpty ? set | next : set
}

/** In how many ways a part can be matched, and where there are the most. */
interface Ways {
  readonly count: number
  readonly at: string
}

const oneWay: Ways = { count: 1, at: '' }

const times = (one: Ways, other: Ways): Ways => ({ count: one.count * other.count, at: one.count > other.count ? one.at : other.at })

const waysOfEither = ({ parts, text }: PatternPart, next: CharSet): Ways => {
  const ways = parts.map((each) => waysOf(each, next))
  const begins = parts.map((each) => beginBefore(each, next))
  const areApart = begins.every((set, index) => begins.slice(0, index).every((before) => (before & set) === 0n))
  const most = ways.reduce((one, other) => (other.count > one.count ? other : one), oneWay)
  return areApart ? most : { count: ways.reduce((sum, { count }) => sum + count, 0), at: most.count > 1 ? most.at : text }
}

const waysOfRepeat = ({ parts, text, least, most }: PatternPart, next: CharSet): Ways => {
  const [body] = parts
  if (body === undefined) return oneWay
  const { set, canBeEmpty } = beginOf(body)
  const inner = waysOf(body, most > 1 ? set | next : next)
  if (most > 1 && inner.count > 1) return { count: Number.POSITIVE_INFINITY, at: text }
  const lengths = Math.min(most, longestText) - Math.min(least, longestText) + 1
  const isChoice = lengths > 1 && ((set & next) !== 0n || canBeEmpty)
  return isChoice ? times({ count: lengths, at: text }, inner) : inner
}

const waysOf = (part: PatternPart, next: CharSet): Ways => {
  if (part.kind === 'chars') return oneWay
  if (part.kind === 'either') return waysOfEither(part, next)
  if (part.kind === 'repeat') return waysOfRepeat(part, next)
  return part.parts.reduceRight(
    ({ ways, follow }, each) => ({ ways: times(waysOf(each, follow), ways), follow: beginBefore(each, follow) }),
    { ways: oneWay, follow: next },
  ).ways
}

const syntaxFault = (pattern: string): Sentence | null => {
  try {
    new RegExp(pattern, 'u')
    return null
  } catch (error) {
    // The engine repeats the pattern before it says what is wrong.
    const why = error instanceof Error ? error.message : String(error)
    return sentence('pattern_unreadable', { why: why.split(': ').at(-1) ?? why })
  }
}

const slowFault = (pattern: string): Sentence | null => {
  const part = readPattern(pattern)
  if ('unknownAt' in part) return sentence('pattern_part_unknown', { part: pattern.slice(part.unknownAt, part.unknownAt + 4) })
  const { count, at } = waysOf(part, 0n)
  return count > mostWays ? sentence('pattern_slow', { part: at }) : null
}

/** null: it can be used. */
export const patternFault = (pattern: string): Sentence | null => {
  if (pattern.length > longest) return sentence('field_too_long', { most: longest })
  const fault = syntaxFault(pattern)
  if (fault !== null) return fault
  return /\(\?<(?:serial|name)>/.test(pattern) ? slowFault(pattern) : sentence('pattern_without_group')
}
