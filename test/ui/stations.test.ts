// What the pages of test stations compute: spans of shifts, places of values, percentages, procedures as they are typed.

import { expect, test } from 'vitest'
import { namedSpans } from '../../src/station/station-model.ts'
import type { Firmware, Measurement, Procedure } from '../../src/ui/api/records.d.ts'
import {
  limitPath,
  modulesOf,
  procedureBody,
  procedureValues,
  withoutEmptyLimits,
  withoutLimit,
  wrongBounds,
} from '../../src/ui/app/stations/procedure-values.ts'
import { stationBody, stationValues } from '../../src/ui/app/stations/station-values.ts'
import { placeOf } from '../../src/ui/app/stations/value-place.ts'
import { groupOf, spanNames, spanOf } from '../../src/ui/app/stations/yield-span.ts'
import { perHour, shareValue } from '../../src/ui/app/stations/yield-words.ts'

test('what the address does not name is the first choice', () => {
  expect([spanOf(null), spanOf('never'), spanOf('month')]).toEqual(['today', 'today', 'month'])
  expect(spanNames).toEqual(namedSpans)
  expect([groupOf('x'), groupOf('version')]).toEqual(['station,process', 'version'])
})

const measured = (value: Measurement['value'], low: number | null, high: number | null) => ({ value, low, high })

test('a value lies on its bar where it lies between its limits', () => {
  expect(placeOf(measured(5, 0, 10))).toMatchObject({ value: 50 })
  const { from = 0, to = 0, value = 0 } = placeOf(measured(0, 0, 10)) ?? {}
  expect(value).toBe(from)
  expect(to).toBeGreaterThan(from)
  expect(placeOf(measured(1e9, 0, 10))).toMatchObject({ value: 100 })
  expect(placeOf(measured(-1e9, 0, 10))).toMatchObject({ value: 0 })
  expect(placeOf(measured('ok', 0, 10))).toBeNull()
  expect(placeOf(measured(5, null, null))).toBeNull()
})

test('with one limit a value is on its right side, also where both are zero', () => {
  for (const value of [-80, -75, -60, 0, 5]) {
    const place = placeOf(measured(value, -75, null))
    expect(place !== null && place.value >= place.from).toBe(value >= -75)
  }
  expect(placeOf(measured(0, 0, null))).toMatchObject({ to: 100 })
  expect(placeOf(measured(3, 3, 3))).toMatchObject({ value: 50 })
})

test('a share of nothing is no percentage, and nearly all is not all', () => {
  expect([shareValue(null), shareValue({ part: 0, of: 0 })]).toEqual([null, null])
  const shown = (part: number, of: number) => shareValue({ part, of })
  expect([shown(2, 5), shown(5, 5), shown(0, 5), shown(99_999, 100_000), shown(1, 100_000)]).toEqual([40, 100, 0, 99.9, 0.1])
})

test('units per hour are whole but for few, and a dash where they have no meaning', () => {
  expect([perHour(120.4), perHour(2.25), perHour(null)]).toEqual(['120', '2.3', '-'])
})

const procedure: Procedure = {
  id: 'lamp-fct',
  rev: 3,
  product: 'lamp',
  process: 'FCT',
  bind: 'next',
  serial: { pattern: '(?<serial>.+)' },
  firmware: [{ module: 'default', firmware: '7', version: '2.0.0', sha256: 'ab' }],
  reflash: 'always',
  requires: ['ICT', 'AOI'],
  steps: { connectSeconds: 30, updateSeconds: 60, restartSeconds: 90, selfTestSeconds: 10 },
  selfTest: {
    source: 'device',
    topic: 'property',
    limits: [
      { name: 'vbat', unit: 'V', low: 3.1, high: 3.5, equals: null },
      { name: 'led', unit: null, low: null, high: null, equals: true },
      { name: 'code', unit: null, low: null, high: null, equals: 'ok' },
    ],
    requireAll: false,
  },
  retest: { max: 0, reasonNeeded: true },
  reference: { everySeconds: 5400, golden: ['G1', 'G2'], bad: ['B1'] },
  label: { template: '^XA{serial}^XZ', printer: '10.0.0.9:9100' },
  createdAt: '2026-01-01T00:00:00Z',
  createdBy: 'li',
  releasedAt: null,
  releasedBy: null,
  campaigns: [],
}

test('a procedure that is edited without a change is what it was', () => {
  const { product, process, bind, serial, reflash, requires, steps, retest, reference, label } = procedure
  const { limits: _limits, ...selfTest } = procedure.selfTest ?? { limits: [] }
  expect(procedureBody(procedureValues(procedure), ['default'])).toEqual({
    product,
    process,
    bind,
    serial,
    reflash,
    requires,
    steps,
    retest,
    reference,
    label,
    firmware: [{ module: 'default', firmware: '7' }],
    selfTest: {
      ...selfTest,
      limits: [
        { name: 'vbat', unit: 'V', low: 3.1, high: 3.5 },
        { name: 'led', equals: true },
        { name: 'code', equals: 'ok' },
      ],
    },
  })
})

test('a new procedure has the defaults of the server, and what is no number goes to the server as it is typed', () => {
  const body = procedureBody({ ...procedureValues(null), 'steps.connectSeconds': 'soon' }, [])
  expect(body).toMatchObject({ selfTest: null, reference: null, label: null, steps: { connectSeconds: 'soon', updateSeconds: 600 } })
})

test('a limit that is removed leaves the others in their order', () => {
  const values = procedureValues(procedure)
  const left = { ...values, ...withoutLimit(values, 0) }
  expect([left['limits'], left[limitPath(0, 'name')], left[limitPath(1, 'name')]]).toEqual(['2', 'led', 'code'])
  expect(left[limitPath(0, 'low')]).toBe('')
})

test('rows of limits in which nothing is typed are left out, and the others keep their order', () => {
  const values = { ...procedureValues(procedure), limits: '5', [limitPath(4, 'name')]: 'rssi', [limitPath(0, 'name')]: ' ' }
  const emptied = { ...values, [limitPath(0, 'unit')]: '', [limitPath(0, 'low')]: '', [limitPath(0, 'high')]: '' }
  const left = withoutEmptyLimits(emptied)
  expect(left['limits']).toBe('3')
  expect([0, 1, 2].map((row) => left[limitPath(row, 'name')])).toEqual(['led', 'code', 'rssi'])
  expect(procedureBody(emptied, []).selfTest).toEqual(procedureBody(left, []).selfTest)
})

test('a bound that is no number is found where it was typed', () => {
  const values = { ...procedureValues(procedure), [limitPath(0, 'low')]: '3,1', [limitPath(1, 'high')]: ' -2e3 ' }
  expect(wrongBounds(values)).toEqual([limitPath(0, 'low')])
  expect(wrongBounds({ ...values, source: 'none' })).toEqual([])
})

test('the packages of a product are offered by module, the newest first', () => {
  const one = (id: string, product: string, module: string): Firmware => ({ id, product, module }) as Firmware
  const all = [one('1', 'lamp', 'mcu'), one('2', 'lamp', 'default'), one('3', 'lamp', 'mcu'), one('4', 'sign', 'default')]
  expect(modulesOf(all, 'lamp').map(([module, packages]) => [module, packages.map(({ id }) => id)])).toEqual([
    ['default', ['2']],
    ['mcu', ['3', '1']],
  ])
})

test('a station keeps what is not changed of it', () => {
  const station = {
    id: 'fct-1',
    name: 'Line 1',
    slots: 2,
    slotAddresses: ['10.0.3.1', '10.0.3.2'],
    procedure: 'lamp-fct',
    operator: 'scan',
    language: 'zh',
    passSeconds: 5,
    sound: false,
    createdAt: '2026-01-01T00:00:00Z',
  } as const
  const { id: _id, createdAt: _at, ...rest } = station
  expect(stationBody(stationValues(station, '', 'en'))).toEqual(rest)
})
