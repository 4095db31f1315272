import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyTime, type Schedule, type Window } from '../../../src/ota/policy.ts'
import { nextOpening, type Opening, openingAt, windowFault } from '../../../src/ota/rules/window.ts'
import { say } from '../../../src/sentences/sentence.ts'

const at = (iso: string): number => Date.parse(iso)
const night = (over: Partial<Window> = {}): Window => ({ cron: '0 2 * * *', minutes: 120, timeZone: 'Asia/Shanghai', ...over })
const schedule = (over: Partial<Schedule>): Schedule => ({ ...anyTime, ...over })
const isOpen = (over: Partial<Schedule>, iso: string): boolean => openingAt(schedule(over), at(iso)).open

/** The fault with its sentence as text. */
const fault = (window: Window) => {
  const found = windowFault(window)
  return found === null ? null : { field: found.field, message: say(found.said) }
}

describe('a window', () => {
  test.each([
    ['2026-05-01T17:59:59.999Z', false, '2026-05-01T18:00:00.000Z'],
    ['2026-05-01T18:00:00Z', true, '2026-05-01T20:00:00.000Z'],
    ['2026-05-01T19:59:59.999Z', true, '2026-05-01T20:00:00.000Z'],
    ['2026-05-01T20:00:00Z', false, '2026-05-02T18:00:00.000Z'],
  ])('at %s is open: %s, until %s', (moment, open, until) => {
    const found = openingAt(schedule({ windows: [night()] }), at(moment))
    expect([found.open, new Date(found.until ?? 0).toISOString()]).toEqual([open, until])
  })

  test.each([
    // Berlin skips from 02:00 to 03:00 on 2026-03-29, and repeats 02:00 to 03:00 on 2026-10-25.
    ['2026-03-28T01:30Z', true],
    ['2026-03-29T00:59Z', false],
    ['2026-03-29T01:30Z', true],
    ['2026-03-29T03:00Z', false],
    ['2026-03-30T00:30Z', true],
    ['2026-03-30T02:00Z', false],
    ['2026-10-25T00:30Z', true],
    ['2026-10-25T01:59Z', true],
    ['2026-10-25T02:00Z', false],
    ['2026-10-26T00:30Z', false],
    ['2026-10-26T01:30Z', true],
  ])('from 02:00 for two hours in Berlin at %s is open: %s', (moment, open) => {
    expect(isOpen({ windows: [night({ timeZone: 'Europe/Berlin' })] }, moment)).toBe(open)
  })

  test('that overlaps itself or another stays open, and so does one past midnight', () => {
    const hourly = night({ cron: '0 * * * *', minutes: 90 })
    expect(openingAt(schedule({ windows: [hourly] }), at('2026-05-01T05:59Z')).open).toBe(true)
    const late = night({ cron: '0 23 * * *', minutes: 180, timeZone: 'UTC' })
    expect([isOpen({ windows: [late] }, '2026-05-02T01:59Z'), isOpen({ windows: [late] }, '2026-05-02T02:00Z')]).toEqual([true, false])
    const early = night({ cron: '0 1 * * *', minutes: 120, timeZone: 'UTC' })
    expect(openingAt(schedule({ windows: [late, early] }), at('2026-05-02T01:30Z')).until).toBe(at('2026-05-02T03:00Z'))
    expect(isOpen({ windows: [late, early] }, '2026-05-02T02:59Z')).toBe(true)
  })

  test('that runs into the next one has no known end, one that does not has', () => {
    const opening = (minutes: number, over: Partial<Schedule> = {}): Opening =>
      openingAt(schedule({ windows: [night({ cron: '0 0 * * *', timeZone: 'UTC', minutes })], ...over }), at('2026-05-01T12:00Z'))
    expect(opening(1440)).toMatchObject({ open: true, endless: true })
    expect(opening(1439)).toEqual({ open: true, until: at('2026-05-01T23:59Z') })
    expect(opening(1440, { endAt: at('2026-05-03T00:00Z') })).toEqual({ open: true, until: at('2026-05-03T00:00Z') })
  })

  test('reports its faults by field', () => {
    expect(fault(night())).toBeNull()
    expect(fault(night({ cron: 'at night' }))).toMatchObject({
      field: 'cron',
      message: expect.stringMatching(/^has 2 fields, but needs five: minute,/),
    })
    expect(fault(night({ cron: '61 2 * * *' }))).toMatchObject({
      field: 'cron',
      message: expect.stringMatching(/^cannot be read: Invalid value for minute: 61; it needs five fields: minute,/),
    })
    expect(fault(night({ cron: '* * * * * *' }))).toMatchObject({ field: 'cron', message: expect.stringMatching(/^has 6 fields/) })
    expect(fault(night({ cron: '@daily' }))?.message).toMatch(/^nicknames such as @daily are not supported; use five fields: minute,/)
    expect(fault(night({ cron: 'daily' }))?.message).toMatch(/^has 1 field, but needs five/)
    expect(fault(night({ timeZone: 'Mars/Olympus' }))?.field).toBe('timeZone')
    expect(fault(night({ minutes: 0 }))?.field).toBe('minutes')
  })
})

describe('a schedule', () => {
  test('opens at its start and closes at its end, for good', () => {
    const span = { startAt: at('2026-05-01T00:00Z'), endAt: at('2026-05-02T00:00Z') }
    expect(openingAt(schedule(span), at('2026-04-30T00:00Z'))).toEqual({ open: false, until: span.startAt })
    expect(openingAt(schedule(span), at('2026-05-01T00:00Z'))).toEqual({ open: true, until: span.endAt })
    expect(openingAt(schedule(span), at('2026-05-02T00:00Z'))).toEqual({ open: false, until: null })
  })

  test('without times and windows is always open', () => {
    expect(openingAt(anyTime, 0)).toEqual({ open: true, until: null })
    expect(nextOpening(anyTime, 5)).toBe(5)
  })

  test('that never opens is detected', () => {
    const now = at('2026-05-01T12:00Z')
    expect(nextOpening(schedule({ windows: [night({ cron: '0 0 30 2 *' })] }), now)).toBeNull()
    const span = { startAt: at('2026-05-02T00:00Z'), endAt: at('2026-05-02T17:00Z') }
    expect(nextOpening(schedule({ ...span, windows: [night()] }), now)).toBeNull()
    expect(nextOpening(schedule({ ...span, endAt: at('2026-05-02T18:01Z'), windows: [night()] }), now)).toBe(at('2026-05-02T18:00Z'))
  })

  test('gives the same answer when the clock goes back', () => {
    const one = schedule({ windows: [night()] })
    const moments = ['2026-05-01T19:00Z', '2026-05-01T21:00Z', '2026-05-01T19:30Z', '2026-05-01T12:00Z', '2026-05-03T19:00Z'].map(at)
    expect(moments.map((moment) => openingAt(one, moment).open)).toEqual([true, false, true, false, true])
  })

  test('a stored answer equals a computed one, and holds until `until`', () => {
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Shanghai', 'Australia/Lord_Howe')
    const cron = fc.constantFrom('0 2 * * *', '30 1 * * 0', '0 */6 * * *', '15 23 1 * *', '0 3 * 3,10 *')
    fc.assert(
      fc.property(
        zone,
        cron,
        fc.integer({ min: 1, max: 2000 }),
        fc.array(fc.nat(400 * 86_400_000), { minLength: 1, maxLength: 8 }),
        (timeZone, text, minutes, offsets) => {
          const windows = [{ cron: text, minutes, timeZone }]
          const kept = schedule({ windows })
          let last: { readonly from: number; readonly opening: Opening } | undefined
          for (const offset of offsets) {
            const now = at('2026-01-01T00:00Z') + offset
            const fresh = openingAt(schedule({ windows: [{ cron: text, minutes, timeZone }] }), now)
            // The last answer while it holds, otherwise a new one.
            const holds = last !== undefined && now >= last.from && now < (last.opening.until ?? Number.POSITIVE_INFINITY)
            if (last === undefined || !holds) last = { from: now, opening: fresh }
            expect(openingAt(kept, now)).toEqual(last.opening)
            // Both agree. Where windows run into each other an answer looks only so far ahead: an older one ends earlier.
            expect(last.opening.open).toBe(fresh.open)
            expect(last.opening.until ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(fresh.until ?? Number.POSITIVE_INFINITY)
            if (!fresh.open) expect(last.opening.until).toBe(fresh.until)
            if (fresh.until === null) continue
            expect(fresh.until).toBeGreaterThan(now)
            if (!fresh.open) expect(openingAt(schedule({ windows }), fresh.until).open).toBe(true)
            expect(openingAt(schedule({ windows }), fresh.until - 1).open).toBe(fresh.open)
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})
