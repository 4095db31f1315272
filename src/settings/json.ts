// Where JSON text goes wrong: line, column and words, which JSON.parse gives only at times. It also finds a name that
// stands twice in one object, of which JSON.parse silently keeps the last. Knows nothing of settings.

/** `line` and `column` count from 1. */
export interface JsonFault {
  readonly line: number
  readonly column: number
  readonly message: string
}

const space = /[ \t\r\n]*/y
const string = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/uy
const plain = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)/y
const maxDepth = 64

const placed = (text: string, offset: number, message: string): JsonFault => {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message }
}

/** What stands where something else was wanted, in words that tell the remedy. */
const instead = (rest: string, wanted: string): string => {
  if (rest === '') return `the text ends where ${wanted} was wanted`
  if (/^(?:\/\/|\/\*|#)/.test(rest)) return 'comments are not allowed'
  if (rest.startsWith("'")) return 'texts and names stand in double quotes'
  if (rest.startsWith('"') && /name|value/.test(wanted)) return 'a text that does not end on its line, or with a wrong escape'
  return `found ${JSON.stringify(Array.from(rest)[0])} where ${wanted} was wanted`
}

/** The first fault of `text`, undefined where it is JSON whose objects hold every name once. */
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
  const fail = (wanted: string): string => instead(text.slice(at), wanted)

  const member = (names: Set<string>, depth: number): string | undefined => {
    skip()
    const start = at
    const name = take(string)
    if (name === undefined) return fail('a name in double quotes')
    if (names.has(name)) {
      at = start
      return `the name ${name} stands twice in one object`
    }
    names.add(name)
    return next(':') ? value(depth) : fail('a colon')
  }

  const list = (end: string, item: () => string | undefined): string | undefined => {
    if (next(end)) return undefined
    do {
      const fault = item()
      if (fault !== undefined) return fault
    } while (next(','))
    return next(end) ? undefined : fail(`a comma or ${end}`)
  }

  const value = (depth: number): string | undefined => {
    if (depth > maxDepth) return `nested deeper than ${maxDepth}`
    if (next('{')) {
      const names = new Set<string>()
      return list('}', () => member(names, depth + 1))
    }
    if (next('[')) return list(']', () => value(depth + 1))
    return (take(string) ?? take(plain)) === undefined ? fail('a value') : undefined
  }

  const fault = value(0)
  if (fault !== undefined) return placed(text, at, fault)
  skip()
  return at < text.length ? placed(text, at, fail('the end')) : undefined
}
