// What the log shows of the audit and of refused connections.

import { expect, test } from 'vitest'
import { changesOf, localTime, momentOf, shortText, valueText } from '../../src/ui/app/log/audit-values.ts'
import { countNewer, newestOf } from '../../src/ui/app/log/newer.ts'

test('a field that was empty and still is, is no change', () => {
  const changes = { role: [null, 'viewer'], station: [null, null], tags: [['a'], []] }
  expect(changesOf({ changes })).toEqual([
    { field: 'role', before: null, after: 'viewer' },
    { field: 'tags', before: ['a'], after: [] },
  ])
})

test('values are written as JSON has them, texts as they are, and long ones are cut in a row', () => {
  expect([null, undefined, 'x', 3, ['a'], { count: 2 }].map(valueText)).toEqual(['–', '–', 'x', '3', '["a"]', '{"count":2}'])
  expect(shortText('x'.repeat(48))).toHaveLength(48)
  expect(shortText('x'.repeat(49))).toBe(`${'x'.repeat(48)}…`)
})

test('a moment of the address is the same one in the field, to the minute', () => {
  expect(momentOf(localTime('2026-11-29T10:14:00.000Z'))).toBe('2026-11-29T10:14:00.000Z')
  expect([localTime(null), localTime('soon'), momentOf(''), momentOf('soon')]).toEqual(['', '', '', ''])
})

test('refused connections after the newest that is shown are new', () => {
  const groups = [{ last: '2026-11-29T10:00:00.000Z' }, { last: '2026-11-29T10:00:02.500Z' }]
  const refusals = [{ at: '2026-11-29T10:00:03.000Z' }, { at: '2026-11-29T10:00:02.500Z' }]
  expect([countNewer(refusals, newestOf(groups)), countNewer(refusals, newestOf([]))]).toEqual([1, 2])
})
