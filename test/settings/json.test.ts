// Where JSON is invalid, as people read it.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { say } from '../../src/sentences/sentence.ts'
import { jsonFault } from '../../src/settings/json.ts'

const report = (text: string): string => {
  const fault = jsonFault(text)
  return fault ? `${fault.line}:${fault.column} ${say(fault.why)}` : 'valid'
}

it('names line, column and what was expected', () => {
  expect(report('{\n  "a": 1\n  "b": 2\n}')).toBe('3:3 found "\\"" where a comma or } was expected')
  expect(report('{"a" 1}')).toBe('1:6 found "1" where a colon was expected')
  expect(report('{"a":1,}')).toBe('1:8 found "}" where a name in double quotes was expected')
  expect(report('[1,]')).toBe('1:4 found "]" where a value was expected')
  expect(report('{a:1}')).toBe('1:2 found "a" where a name in double quotes was expected')
  expect(report('{"a":1} x')).toBe('1:9 found "x" where the end was expected')
  expect(report('{"a": 01}')).toBe('1:7 found "0" where a value was expected')
})

it('says where a file is cut off', () => {
  expect(report('')).toBe('1:1 the text ends where a value was expected')
  expect(report('{\n"a": [1, 2')).toBe('2:11 the text ends where a comma or ] was expected')
})

it('says what to do about comments, single quotes and broken strings', () => {
  expect(report('// mine\n{}')).toBe('1:1 comments are not allowed')
  expect(report('{\n  # mine\n}')).toBe('2:3 comments are not allowed')
  expect(report("{'a': 1}")).toBe('1:2 strings and names need double quotes')
  expect(report('{"a": "x\ny"}')).toBe('1:7 unterminated string or invalid escape')
})

it('finds a name that appears twice in one object, which JSON.parse accepts', () => {
  expect(report('{"mqtt": {},\n "log": {},\n "mqtt": {}}')).toBe('3:2 the name "mqtt" appears twice in one object')
  expect(report('[{"a": 1}, {"a": 1}]')).toBe('valid')
})

it('refuses deep nesting instead of overflowing the stack', () => {
  expect(report('['.repeat(100_000))).toMatch(/nested deeper than 64 levels/)
})

it('finds nothing wrong with any JSON', () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => jsonFault(JSON.stringify(value, null, 1)) === undefined))
})

it('finds a fault exactly where JSON.parse does', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"b"',
    '1',
    '-',
    '1.5e3',
    '.5',
    'true',
    'nul',
    'null',
    ' ',
    '\n',
    '"',
    '\\',
    '\u0007',
    '\u00e9',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = parts.join('')
      const fault = jsonFault(text)
      if (fault?.why.code === 'json_name_repeated') return
      let parses = true
      try {
        JSON.parse(text)
      } catch {
        parses = false
      }
      expect(fault === undefined).toBe(parses)
    }),
    { numRuns: 3000 },
  )
})
