import { describe, expect, test } from 'vitest'
import { abortSpec, phaseSpec, timeSpec, windowSpec } from '../../src/cli/campaign-specs.ts'

describe('a phase', () => {
  test.each([
    ['5%', '{"percent":5}'],
    ['12.5%', '{"percent":12.5}'],
    ['count:20', '{"count":20}'],
    ['tag:canary,soak=1h,wait', '{"tag":"canary","soakSeconds":3600,"then":"wait"}'],
    ['50%, success=95%, min=20, next', '{"percent":50,"successPercent":95,"minFinished":20,"then":"next"}'],
  ])('"%s" is %s', (text, json) => expect(JSON.stringify(phaseSpec(text))).toBe(json))

  test.each([
    ['20', 'Write a share as 20%, or a number of devices as count:20.'],
    ['', 'It must begin with a share such as 5%, with count:20, or with tag:NAME.'],
    ['5%,soak', 'soak must be a time, such as soak=30m.'],
    ['5%,success=most', 'success must be a percentage, such as success=95.'],
    ['5%,min=-1', 'min must be a number, such as min=20.'],
    ['5%,hold', '"hold" is not one of success=, min=, soak= and wait.'],
  ])('"%s" is refused', (text, words) => expect(() => phaseSpec(text)).toThrow(words))
})

describe('an abort rule', () => {
  test.each([
    ['20%', { percent: 20 }],
    ['10', { percent: 10 }],
    ['failed:30%,min=10,cancel', { on: 'failed', percent: 30, minFinished: 10, action: 'cancel' }],
    ['timed_out:1%,pause', { on: 'timed_out', percent: 1, action: 'pause' }],
  ])('"%s" is read', (text, rule) => expect(abortSpec(text)).toEqual(rule))

  test.each([
    ['all:20%', '"all" is not one of any, failed, timed_out, rejected.'],
    ['', 'It must be a percentage, such as 20%.'],
    ['failed', 'It must be a percentage, such as 20%.'],
    ['20%,stop', '"stop" is not one of min=, pause and cancel.'],
    ['20%,min=few', 'min must be a number of at least 1, such as min=20.'],
    ['20%,min=0', 'min must be a number of at least 1, such as min=20.'],
    ['0%', 'The percentage must be more than 0 and at most 100.'],
    ['150%', 'The percentage must be more than 0 and at most 100.'],
  ])('"%s" is refused', (text, words) => expect(() => abortSpec(text)).toThrow(words))
})

describe('a window', () => {
  test.each([
    ['02:00-04:30', { cron: '0 2 * * *', minutes: 150 }],
    ['22:15-06:00', { cron: '15 22 * * *', minutes: 465 }],
    ['0:00-24:00', { cron: '0 0 * * *', minutes: 1440 }],
    ['mon-fri 22:00 - 23:00 in Asia/Shanghai', { cron: '0 22 * * mon-fri', minutes: 60, timeZone: 'Asia/Shanghai' }],
    ['0 2 1 * * for 3h', { cron: '0 2 1 * *', minutes: 180 }],
    ['*/30 * * * * for 5m in UTC', { cron: '*/30 * * * *', minutes: 5, timeZone: 'UTC' }],
  ])('"%s" is read', (text, window) => expect(windowSpec(text)).toEqual(window))

  test.each([
    ['at night', 'Write it as'],
    ['25:00-26:00', 'Write it as'],
    ['22:00-22:00', 'It ends when it begins. All day is 00:00-24:00; for any time, omit --window.'],
    ['0 2 * * * for ever', '"for" must be a time, such as "for 2h".'],
    ['0 2 * * * for 90', 'The length of a window must be whole minutes.'],
  ])('"%s" is refused', (text, words) => expect(() => windowSpec(text)).toThrow(words))
})

describe('a time', () => {
  const now = Date.parse('2026-03-01T12:00:00Z')
  test.each([
    ['2026-12-01T02:00Z', '2026-12-01T02:00:00.000Z'],
    ['2026-12-01 10:00:30 +08:00', '2026-12-01T02:00:30.000Z'],
    ['+2h', '2026-03-01T14:00:00.000Z'],
  ])('"%s" is %s', (text, iso) => expect(timeSpec(text, now)).toBe(iso))

  test('without an offset is local time, also for a date alone', () => {
    expect(timeSpec('2026-12-01 02:00', now)).toBe(new Date(2026, 11, 1, 2).toISOString())
    expect(timeSpec('2026-12-01', now)).toBe(new Date(2026, 11, 1).toISOString())
  })

  test.each(['', 'tomorrow', '2026-02-30', '2026-13-01T00:00Z', '2026-12-01T25:00Z', '+', '+x', '12:00'])('"%s" is refused', (text) =>
    expect(() => timeSpec(text, now)).toThrow('Write a time as'),
  )
})
