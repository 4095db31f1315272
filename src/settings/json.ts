// Where JSON text is invalid: line, column and a sentence, which JSON.parse gives only sometimes. It also finds a name that
// appears twice in one object, of which JSON.parse silently keeps the last. Knows nothing of settings.

import { type Sentence, sentence } from '../sentences/sentence.ts'

/** `line` and `column` count from 1. */
export interface JsonFault {
  readonly line: number
  readonly column: number
  readonly why: Sentence
}

/** What the grammar allows at a place; `list_end`, `object_end`: a comma or the closing bracket. */
type Expected = 'name' | 'value' | 'colon' | 'list_end' | 'object_end' | 'end'

const space = /[ \t\r\n]*/y
const string = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/uy
const plain = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)/y
const maxDepth = 64

const placed = (text: string, offset: number, why: Sentence): JsonFault => {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, why }
}

/** What was found where something else was expected. */
const instead = (rest: string, expected: Expected): Sentence => {
  if (rest === '') return sentence('json_truncated', { expected })
  if (/^(?:\/\/|\/\*|#)/.test(rest)) return sentence('json_comment')
  if (rest.startsWith("'")) return sentence('json_single_quotes')
  if (rest.startsWith('"') && (expected === 'name' || expected === 'value')) return sentence('json_string_broken')
  return sentence('json_unexpected', { found: JSON.stringify(Array.from(rest)[0]), expected })
}

/** The first fault of `text`; undefined if it is JSON without repeated names. */
export const jsonFault = (text: string): JsonFault | undefined => {
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    at += found?.length ?? 0
    return found
  }
  const skip = (): string | undefined => take(space)
  const next = (character: string): boolean => {
    skip()
    if (text[at] !== character) return false
    at += 1
    return true
  }
  const fail = (expected: Expected): Sentence => instead(text.slice(at), expected)

  const member = (names: Set<string>, depth: number): Sentence | undefined => {
    skip()
    const start = at
    const name = take(string)
    if (name === undefined) return fail('name')
    if (names.has(name)) {
      at = start
      return sentence('json_name_repeated', { name })
    }
    names.add(name)
    return next(':') ? value(depth) : fail('colon')
  }

  const list = (end: '}' | ']', item: () => Sentence | undefined): Sentence | undefined => {
    if (next(end)) return undefined
    do {
      const fault = item()
      if (fault !== undefined) return fault
    } while (next(','))
    return next(end) ? undefined : fail(end === '}' ? 'object_end' : 'list_end')
  }

  const value = (depth: number): Sentence | undefined => {
    if (depth > maxDepth) return sentence('json_too_deep', { depth: maxDepth })
    if (next('{')) {
      const names = new Set<string>()
      return list('}', () => member(names, depth + 1))
    }
    if (next('[')) return list(']', () => value(depth + 1))
    return (take(string) ?? take(plain)) === undefined ? fail('value') : undefined
  }

  const fault = value(0)
  if (fault !== undefined) return placed(text, at, fault)
  skip()
  return at < text.length ? placed(text, at, fail('end')) : undefined
}
