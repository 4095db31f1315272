// Measurements and their limits, and the messages that carry them, whatever is in them.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgeAll, judgeMeasurement } from '../../src/station/rules/limits.ts'
import { finishSelfTest } from '../../src/station/rules/self-test.ts'
import { mostSelfTestBytes, readSelfTest } from '../../src/station/rules/self-test-message.ts'
import { updateState } from '../../src/station/rules/task-verdict.ts'
import type { MeasuredValue } from '../../src/station/run-model.ts'
import type { Limit } from '../../src/station/station-model.ts'
import { queued } from '../support/ota-samples.ts'

const limit = (of: Partial<Limit>): Limit => ({ name: 'Vbat', unit: 'V', low: null, high: null, equals: null, ...of })
const judge = (of: Partial<Limit>, value: MeasuredValue) => judgeMeasurement(limit(of), { name: 'Vbat', value })
const outcome = (of: Partial<Limit>, value: MeasuredValue) => judge(of, value).outcome

const range = { low: 3.1, high: 3.5 }

it('bounds are inclusive', () => {
  expect([3.09, 3.1, 3.3, 3.5, 3.51].map((value) => outcome(range, value))).toEqual(['failed', 'passed', 'passed', 'passed', 'failed'])
  expect([outcome({ low: 3 }, 1e300), outcome({ low: 3 }, 2), outcome({ high: 3 }, -5), outcome({ high: 3 }, 4)]).toEqual([
    'passed',
    'failed',
    'passed',
    'failed',
  ])
})

it('a number may come as text, and is kept as a number', () => {
  expect(judge(range, '3.20')).toMatchObject({ outcome: 'passed', value: 3.2 })
  expect(judge({ low: -5 }, '-4')).toMatchObject({ outcome: 'passed', value: -4 })
  expect(['', ' 3.2', '3,2', '0x3', '3.2e0', 'NaN', '3.2V', '9'.repeat(400)].map((value) => outcome(range, value))).toEqual(
    Array.from({ length: 8 }, () => 'failed'),
  )
})

it('what is no number passes no range', () => {
  expect([Number.NaN, Number.POSITIVE_INFINITY, true, 'ok'].map((value) => outcome(range, value))).toEqual(
    Array.from({ length: 4 }, () => 'failed'),
  )
  expect(outcome({ low: 0 }, Number.POSITIVE_INFINITY)).toBe('failed')
})

it('a number that JSON has no form for is kept as text', () => {
  expect(judge(range, Number.POSITIVE_INFINITY).value).toBe('Infinity')
  expect(judgeMeasurement(undefined, { name: 'x', value: Number.NaN }).value).toBe('NaN')
})

it.each([
  ['ok', 'ok', 'passed'],
  ['ok', 'OK', 'failed'],
  ['1', 1, 'failed'],
  ['true', true, 'failed'],
  [true, true, 'passed'],
  [true, 'true', 'failed'],
  [true, 1, 'failed'],
  [3.2, '3.20', 'passed'],
  [3.2, 3.2, 'passed'],
  [3.2, '3.2 ', 'failed'],
  [0, false, 'failed'],
  [0, '', 'failed'],
] as const)('where %o is wanted, %o has %s', (equals, value, wanted) => {
  expect(outcome({ equals }, value)).toBe(wanted)
})

it('a value within 5 % of the range from an end is marginal, if it passes and there are both ends', () => {
  expect([3.1, 3.12, 3.121, 3.3, 3.48, 3.5, 3.51].map((value) => judge(range, value).marginal)).toEqual([
    true,
    true,
    false,
    false,
    true,
    true,
    false,
  ])
  expect([judge({ low: 3 }, 3).marginal, judge({ low: 3, high: 3 }, 3).marginal, judge({ equals: 3 }, 3).marginal]).toEqual([
    false,
    false,
    false,
  ])
})

it('marks that turn or hide text are kept as such, and do not change how a value is judged', () => {
  const other = judgeMeasurement(undefined, { name: 'V\u202ebat\u0007', value: 'B\u202e\n', unit: 'V\u200f' })
  expect(other).toMatchObject({ name: 'V\ufffdbat\ufffd', value: 'B\ufffd\ufffd', unit: 'V\ufffd' })
  const failed = judge({ equals: 'B' }, 'B\u202e')
  expect(failed).toMatchObject({ outcome: 'failed', value: 'B\ufffd' })
  expect(judge({ equals: 'B' }, failed.value).outcome).toBe('failed')
  const own = judge({ equals: 'a\u200db' }, 'a\u200db')
  expect(judge({ equals: 'a\u200db' }, own.value)).toMatchObject({ outcome: 'passed', value: 'a\u200db' })
  expect(judgeMeasurement(limit(range), { name: 'Vbat', value: 3.2, unit: 'm\u202eV' })).toMatchObject({
    outcome: 'failed',
    unit: 'm\ufffdV',
  })
})

it('the words of a board are one line without such marks; where nothing is left, they are the reason', () => {
  const said = (desc: string) => updateState([queued({ state: 'failed', reason: 'burn_error', desc })], '')
  expect(said('\u202eflash\u0007 full\u2028')).toMatchObject({ said: { params: { words: 'flash full' } } })
  expect(said('\u202e\u0000')).toMatchObject({ said: { params: { words: 'burn_error' } } })
})

it('the words of a jig are one line without such marks', () => {
  const finish = { outcome: 'failed', code: 'LED', text: '\u202eLED 3\r\nis dark\u0000' } as const
  const { verdict } = finishSelfTest({ source: 'jig', topic: 'property', limits: [], requireAll: false }, [], finish, 1)
  expect(verdict?.said?.params).toEqual({ text: 'LED: LED 3 is dark' })
})

it('the unit is that of the measurement, else that of the limit', () => {
  expect(judge(range, 3.2).unit).toBe('V')
  expect(judgeMeasurement(limit(range), { name: 'Vbat', value: 3.2, unit: 'mV' }).unit).toBe('mV')
})

describe('all of a test', () => {
  const limits = [limit({ name: 'a', low: 1 }), limit({ name: 'b', low: 1 }), limit({ name: 'c', equals: 'ok' })]
  const given = (values: readonly (readonly [string, MeasuredValue])[]) => values.map(([name, value]) => ({ name, value }))

  it('is judged in the order of the limits, others after them', () => {
    const { measurements, failed, missing } = judgeAll(
      { limits, requireAll: true },
      given([
        ['x', 1],
        ['c', 'no'],
        ['b', 0],
        ['a', 1],
      ]),
    )
    expect(measurements.map(({ name, outcome: of }) => [name, of])).toEqual([
      ['a', 'passed'],
      ['b', 'failed'],
      ['c', 'failed'],
      ['x', null],
    ])
    expect([failed?.name, missing]).toEqual(['b', []])
  })

  it('names what is missing, if all are required', () => {
    expect(judgeAll({ limits, requireAll: true }, given([['b', 1]])).missing).toEqual(['a', 'c'])
    expect(judgeAll({ limits, requireAll: false }, given([['b', 1]]))).toMatchObject({ missing: [], failed: null })
  })

  it('takes the first of those with one name that fails, else the last', () => {
    expect(
      judgeAll(
        { limits, requireAll: false },
        given([
          ['a', 1.5],
          ['a', 2],
        ]),
      ).measurements,
    ).toMatchObject([{ value: 2, outcome: 'passed' }])
    expect(
      judgeAll(
        { limits, requireAll: false },
        given([
          ['a', 0],
          ['a', 2],
        ]),
      ).measurements,
    ).toMatchObject([{ value: 0, outcome: 'failed' }])
  })

  it('is not misled by names that objects have', () => {
    const { missing, measurements } = judgeAll(
      { limits: [limit({ name: '__proto__', low: 1 })], requireAll: true },
      given([['constructor', 1]]),
    )
    expect([missing, measurements.length]).toEqual([['__proto__'], 1])
  })
})

// ---------------------------------------------------------------- messages

const message = (text: string) => readSelfTest(new TextEncoder().encode(text))

it.each([
  [
    '{"Vbat":3.2,"ok":true,"rev":"B"}',
    [
      ['Vbat', 3.2, null],
      ['ok', true, null],
      ['rev', 'B', null],
    ],
  ],
  ['{"params":{"Vbat":3.2}}', [['Vbat', 3.2, null]]],
  ['{"id":"1","version":"1.0","params":{"Vbat":{"value":3.2,"time":1}}}', [['Vbat', 3.2, null]]],
  ['{"params":{"Vbat":{"value":"3.2","unit":"V"},"list":[1],"none":null,"in":{"x":1}}}', [['Vbat', '3.2', 'V']]],
  [
    '{"measurements":[{"name":"Vbat","value":3.2,"unit":"V"},{"name":"ok","value":false}]}',
    [
      ['Vbat', 3.2, 'V'],
      ['ok', false, null],
    ],
  ],
  ['{"measurements":[]}', []],
  ['{"measurements":3}', [['measurements', 3, null]]],
  ['{}', []],
  [
    '{"__proto__":1,"constructor":{"value":2},"a":{"__proto__":{"value":3}}}',
    [
      ['__proto__', 1, null],
      ['constructor', 2, null],
    ],
  ],
])('%s is read', (text, values) => {
  const read = message(text)
  expect(read.ok && read.measurements.map(({ name, value, unit }) => [name, value, unit])).toEqual(values)
})

it.each([
  ['', 'selftest_not_json'],
  ['[1]', 'selftest_not_json'],
  ['null', 'selftest_not_json'],
  ['{"a":1', 'selftest_not_json'],
  [`{"a":${'['.repeat(30_000)}`, 'selftest_not_json'],
  [`{"a":"${'x'.repeat(mostSelfTestBytes)}"}`, 'selftest_too_large'],
  [JSON.stringify(Object.fromEntries(Array.from({ length: 501 }, (_, index) => [index, 1]))), 'selftest_too_many'],
  [JSON.stringify({ measurements: Array.from({ length: 501 }, () => 1) }), 'selftest_too_many'],
  ['{"measurements":[{"name":"a","value":1},{"name":"b"}]}', 'selftest_measurement_form'],
  ['{"measurements":[{"value":1}]}', 'selftest_measurement_form'],
  ['{"measurements":[null]}', 'selftest_measurement_form'],
  ['{"":1}', 'selftest_name_long'],
  [`{"${'x'.repeat(129)}":1}`, 'selftest_name_long'],
  [`{"a":"${'x'.repeat(1025)}"}`, 'selftest_value_long'],
])('%.40s is refused', (text, code) => {
  const read = message(text)
  expect(read.ok ? null : read.fault.code).toBe(code)
})

it('bytes that are no text are refused', () => {
  expect(readSelfTest(Uint8Array.of(0x7b, 0xff, 0x7d))).toMatchObject({ ok: false, fault: { code: 'selftest_not_json' } })
})

it('a number beyond all bounds is read, and fails', () => {
  const read = message('{"Vbat":1e999}')
  expect(read.ok && judgeAll({ limits: [limit({ low: 0 })], requireAll: true }, read.measurements).failed?.value).toBe('Infinity')
})

it('no message is thrown at', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map((text) => new TextEncoder().encode(text)),
      ),
      (payload) => {
        const read = readSelfTest(payload)
        if (read.ok) judgeAll({ limits: [limit(range)], requireAll: true }, read.measurements)
      },
    ),
    { numRuns: 300 },
  )
})
