// Shifts over the changes of daylight saving time, in places that have them and in one that has none.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { shiftOf, shiftsFault } from '../../src/station/rules/shifts.ts'
import { spanAt } from '../../src/station/rules/spans.ts'
import type { NamedSpan } from '../../src/station/station-model.ts'

const three = ['06:00', '14:00', '22:00']
const hour = 3_600_000

const at = (at: string, shifts: readonly string[], timeZone: string): readonly string[] => {
  const { from, to } = shiftOf(Date.parse(at), shifts, timeZone)
  return [new Date(from).toISOString(), new Date(to).toISOString()].map((text) => text.replace(':00.000Z', 'Z'))
}

it.each([
  ['early', '2026-07-01T04:00:00Z', '2026-07-01T04:00Z', '2026-07-01T12:00Z'],
  ['its last moment', '2026-07-01T11:59:59Z', '2026-07-01T04:00Z', '2026-07-01T12:00Z'],
  ['late', '2026-07-01T12:00:00Z', '2026-07-01T12:00Z', '2026-07-01T20:00Z'],
  ['night, after midnight', '2026-07-01T01:00:00Z', '2026-06-30T20:00Z', '2026-07-01T04:00Z'],
  ['the night of spring, 7 hours', '2026-03-29T01:30:00Z', '2026-03-28T21:00Z', '2026-03-29T04:00Z'],
  ['the night of autumn, 9 hours', '2026-10-25T01:30:00Z', '2026-10-24T20:00Z', '2026-10-25T05:00Z'],
])('Berlin: %s', (_what, time, from, to) => {
  expect(at(time, three, 'Europe/Berlin')).toEqual([from, to])
})

it.each([
  ['a day of spring', 'Europe/Berlin', '2026-03-29T10:00:00Z', '2026-03-28T23:00Z', '2026-03-29T22:00Z'],
  ['a day of autumn', 'Europe/Berlin', '2026-10-25T10:00:00Z', '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
  ['Shanghai', 'Asia/Shanghai', '2026-03-29T10:00:00Z', '2026-03-28T16:00Z', '2026-03-29T16:00Z'],
  ["St. John's in spring", 'America/St_Johns', '2026-03-08T12:00:00Z', '2026-03-08T03:30Z', '2026-03-09T02:30Z'],
  ["St. John's in autumn", 'America/St_Johns', '2026-11-01T12:00:00Z', '2026-11-01T02:30Z', '2026-11-02T03:30Z'],
])('without shifts a day is one: %s', (_what, zone, time, from, to) => {
  expect(at(time, [], zone)).toEqual([from, to])
})

it('a shift that begins in the hour that is left out begins at the change', () => {
  expect(at('2026-03-29T02:00:00Z', ['02:30', '10:00'], 'Europe/Berlin')).toEqual(['2026-03-29T01:00Z', '2026-03-29T08:00Z'])
  expect(at('2026-03-29T00:59:59Z', ['02:30', '10:00'], 'Europe/Berlin')).toEqual(['2026-03-28T09:00Z', '2026-03-29T01:00Z'])
})

it('a shift that begins in the hour that comes twice begins the first time', () => {
  expect(at('2026-10-25T01:15:00Z', ['02:30', '10:00'], 'Europe/Berlin')).toEqual(['2026-10-25T00:30Z', '2026-10-25T09:00Z'])
})

it('a day without midnight begins at the change', () => {
  expect(at('2026-04-24T12:00:00Z', [], 'Africa/Cairo')).toEqual(['2026-04-23T22:00Z', '2026-04-24T21:00Z'])
})

it('one begin is a shift of a day', () => {
  expect(at('2026-07-01T03:00:00Z', ['06:00'], 'Asia/Shanghai')).toEqual(['2026-06-30T22:00Z', '2026-07-01T22:00Z'])
})

it('shifts follow one another without gaps, and each time is in its own', () => {
  const zones = ['Europe/Berlin', 'Asia/Shanghai', 'America/St_Johns', 'Australia/Lord_Howe', 'Africa/Cairo', 'UTC']
  const from = Date.parse('2026-01-01T00:00:00Z')
  fc.assert(
    fc.property(
      fc.integer({ min: from, max: from + 365 * 24 * hour }),
      fc.constantFrom(...zones),
      fc.constantFrom([], three, ['00:00', '02:15', '23:59'], ['12:00']),
      (time, zone, shifts) => {
        const shift = shiftOf(time, shifts, zone)
        expect(shift.from).toBeLessThanOrEqual(time)
        expect(shift.to).toBeGreaterThan(time)
        expect(shiftOf(shift.to, shifts, zone).from).toBe(shift.to)
        expect(shiftOf(shift.from - 1, shifts, zone).to).toBe(shift.from)
        expect(shift.to - shift.from).toBeLessThanOrEqual(25 * hour)
      },
    ),
    { numRuns: 150 },
  )
})

it('the time zone of the machine is used where none is named', () => {
  const { from, to } = shiftOf(Date.parse('2026-07-01T12:00:00Z'), [], null)
  expect([new Date(from).getHours(), new Date(to).getHours()]).toEqual([0, 0])
})

it('it is asked ten thousand times at once', () => {
  const from = Date.parse('2026-07-01T12:00:00Z')
  const began = performance.now()
  for (let i = 0; i < 10_000; i++) shiftOf(from + i * 1000, three, 'Europe/Berlin')
  expect(performance.now() - began).toBeLessThan(500)
})

it.each([
  [[], undefined],
  [three, undefined],
  [['00:00'], undefined],
  [['6:00'], 'shift_form'],
  [['24:00'], 'shift_form'],
  [['06:60'], 'shift_form'],
  [['06:00', '06:00'], 'shifts_not_ascending'],
  [['14:00', '06:00'], 'shifts_not_ascending'],
  [Array.from({ length: 25 }, (_, index) => `${String(index % 24).padStart(2, '0')}:00`), 'field_too_many_items'],
])('%o', (shifts, code) => {
  expect(shiftsFault(shifts)?.code).toBe(code)
})

const span = (name: NamedSpan, time: string, shifts: readonly string[], timeZone: string): readonly string[] => {
  const { from, to } = spanAt(name, Date.parse(time), shifts, timeZone)
  return [new Date(from).toISOString(), new Date(to).toISOString()].map((text) => text.replace(':00.000Z', 'Z'))
}

it.each([
  ['today', '2026-07-01T02:00:00Z', '2026-06-30T22:00Z', '2026-07-01T22:00Z'],
  ['today', '2026-06-30T21:59:59Z', '2026-06-29T22:00Z', '2026-06-30T22:00Z'],
  ['current', '2026-07-01T02:00:00Z', '2026-06-30T22:00Z', '2026-07-01T06:00Z'],
  ['yesterday', '2026-07-01T02:00:00Z', '2026-06-29T22:00Z', '2026-06-30T22:00Z'],
  ['week', '2026-07-01T02:00:00Z', '2026-06-24T22:00Z', '2026-07-01T22:00Z'],
  ['month', '2026-07-01T02:00:00Z', '2026-06-01T22:00Z', '2026-07-01T22:00Z'],
] as const)('in Shanghai with three shifts from 06:00 %s at %s is a day of the factory', (name, time, from, to) => {
  expect(span(name, time, three, 'Asia/Shanghai')).toEqual([from, to])
})

it('days of the factory are those of the calendar, also where one has 23 hours', () => {
  expect(span('yesterday', '2026-03-30T10:00:00Z', three, 'Europe/Berlin')).toEqual(['2026-03-29T04:00Z', '2026-03-30T04:00Z'])
  expect(span('yesterday', '2026-03-29T10:00:00Z', three, 'Europe/Berlin')).toEqual(['2026-03-28T05:00Z', '2026-03-29T04:00Z'])
  expect(span('today', '2026-03-29T10:00:00Z', [], 'Europe/Berlin')).toEqual(['2026-03-28T23:00Z', '2026-03-29T22:00Z'])
})
