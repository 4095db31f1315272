// Where JSON goes wrong, as people are told.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonFault } from '../../src/settings/json.ts'

const told = (text: string): string => {
  const fault = jsonFault(text)
  return fault ? `${fault.line}:${fault.column} ${fault.message}` : 'sound'
}

it('names line, column and what was wanted', () => {
  expect(told('{\n  "a": 1\n  "b": 2\n}')).toBe('3:3 found "\\"" where a comma or } was wanted')
  expect(told('{"a" 1}')).toBe('1:6 found "1" where a colon was wanted')
  expect(told('{"a":1,}')).toBe('1:8 found "}" where a name in double quotes was wanted')
  expect(told('[1,]')).toBe('1:4 found "]" where a value was wanted')
  expect(told('{a:1}')).toBe('1:2 found "a" where a name in double quotes was wanted')
  expect(told('{"a":1} x')).toBe('1:9 found "x" where the end was wanted')
  expect(told('{"a": 01}')).toBe('1:7 found "0" where a value was wanted')
})

it('says where a file is cut off', () => {
  expect(told('')).toBe('1:1 the text ends where a value was wanted')
  expect(told('{\n"a": [1, 2')).toBe('2:11 the text ends where a comma or ] was wanted')
})

it('says what to do about comments, single quotes and broken texts', () => {
  expect(told('// mine\n{}')).toBe('1:1 comments are not allowed')
  expect(told('{\n  # mine\n}')).toBe('2:3 comments are not allowed')
  expect(told("{'a': 1}")).toBe('1:2 texts and names stand in double quotes')
  expect(told('{"a": "x\ny"}')).toBe('1:7 a text that does not end on its line, or with a wrong escape')
})

it('finds a name that stands twice in one object, which JSON.parse would pass over', () => {
  expect(told('{"mqtt": {},\n "log": {},\n "mqtt": {}}')).toBe('3:2 the name "mqtt" stands twice in one object')
  expect(told('[{"a": 1}, {"a": 1}]')).toBe('sound')
})

it('refuses nesting that no settings have, instead of running out of stack', () => {
  expect(told('['.repeat(100_000))).toMatch(/nested deeper than 64/)
})

it('finds nothing wrong with any JSON', () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => jsonFault(JSON.stringify(value, null, 1)) === undefined))
})

it('finds a fault in just the texts that JSON.parse refuses', () => {
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
      if (fault?.message.includes('stands twice')) return
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
