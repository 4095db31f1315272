// What scanners send: labels as they are, commands in any case, and nothing that could be mistaken for either.

import { expect, it } from 'vitest'
import { inChinese } from '../../src/sentences/chinese.ts'
import { say } from '../../src/sentences/sentence.ts'
import { commandCodes, readScan, reasonCodes, shortened } from '../../src/station/rules/scan.ts'

it('a label is its text, without control characters and outer spaces', () => {
  expect(readScan(' \t\x02SN-1\r\n')).toEqual({ kind: 'serial', text: 'SN-1' })
  expect(readScan('SN\x1d-1\u200B')).toEqual({ kind: 'serial', text: 'SN-1' })
  expect(readScan('\uFEFFSN 1 a')).toEqual({ kind: 'serial', text: 'SN 1 a' })
})

it('characters are composed', () => {
  expect(readScan('e\u0301')).toEqual({ kind: 'serial', text: '\u00e9' })
})

it('half a character is left out', () => {
  expect(readScan('SN\ud800-1')).toEqual({ kind: 'serial', text: 'SN-1' })
})

it('marks of direction, which nobody sees, are left out', () => {
  expect(readScan('\u202eSN\u00ad-1\u2069')).toEqual({ kind: 'serial', text: 'SN-1' })
})

it('of a long text a screen gets the begin, in whole characters', () => {
  expect(shortened('x'.repeat(40))).toBe('x'.repeat(40))
  expect(shortened('😀'.repeat(41))).toBe(`${'😀'.repeat(40)}…`)
})

it('nothing, and too much, is no serial number', () => {
  expect(readScan(' \n')).toEqual({ kind: 'bad', text: '' })
  expect(readScan('x'.repeat(256)).kind).toBe('serial')
  expect(readScan('x'.repeat(257))).toEqual({ kind: 'bad', text: 'x'.repeat(256) })
  expect(readScan('x'.repeat(1_000_000)).kind).toBe('bad')
})

it.each([
  ['FB:OK', { name: 'ok' }],
  ['fb:abort', { name: 'abort' }],
  ['FB:Retest\r', { name: 'retest' }],
  ['FB：OK', { name: 'ok' }],
  ['FB:SLOT:1', { name: 'slot', slot: 1 }],
  ['fb:slot:16', { name: 'slot', slot: 16 }],
  ['FB:OP:Li Wei', { name: 'operator', operator: 'Li Wei' }],
  ['FB:OP:', { name: 'operator', operator: null }],
  ['FB:OP', { name: 'operator', operator: null }],
  ['FB:WO:4711:a', { name: 'order', order: '4711:a' }],
  ['FB:WO:', { name: 'order', order: null }],
  ['FB:REASON: loose cable ', { name: 'reason', reason: 'loose cable' }],
])('%s is a command', (text, command) => {
  expect(readScan(text)).toEqual({ kind: 'command', command })
})

it.each([
  'FB:',
  'FB:NO',
  'FB:SLOT:0',
  'FB:SLOT:17',
  'FB:SLOT:1.5',
  'FB:SLOT:',
  'FB:REASON:',
  'FB:OK:1',
  'FB:constructor',
  'FB:__proto__:x',
])('%s is no command that there is, and no serial number', (text) => {
  expect(readScan(text)).toEqual({ kind: 'bad', text })
})

it('every code of the printed sheet is a command, with a word for it in both languages', () => {
  const codes = [...commandCodes({ slots: 4, operator: 'scan' }, ['Li Wei'], ['4711']), ...reasonCodes(['loose cable'])]
  expect(codes.map(({ code }) => readScan(code).kind)).toEqual(codes.map(() => 'command'))
  expect(codes.map(({ code }) => code)).toEqual([
    'FB:OK',
    'FB:ABORT',
    'FB:RETEST',
    'FB:SLOT:1',
    'FB:SLOT:2',
    'FB:SLOT:3',
    'FB:SLOT:4',
    'FB:OP:Li Wei',
    'FB:OP:',
    'FB:WO:4711',
    'FB:WO:',
    'FB:REASON:loose cable',
  ])
  expect(codes.slice(3, 4).map(({ label }) => [say(label), say(label, inChinese)])).toEqual([['Choose slot 1', '选择 1 号槽位']])
})

it('a station with one slot and no operators has three codes', () => {
  expect(commandCodes({ slots: 1, operator: 'none' })).toHaveLength(3)
})
