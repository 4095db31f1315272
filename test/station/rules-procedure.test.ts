// Procedures and stations of inputs: what they are where an input says nothing, and every fault with its path.

import { describe, expect, it } from 'vitest'
import { OtaError } from '../../src/errors.ts'
import type { ProcedureInput, StationInput } from '../../src/station/ports.ts'
import { newProcedure } from '../../src/station/rules/procedure.ts'
import { newStation, stationFaults } from '../../src/station/rules/station.ts'
import { sampleProcedure } from '../support/station-samples.ts'

const images = new Map([
  [1, { product: 'lamp', module: 'main', version: '1.0', sha256: 'aa' }],
  [2, { product: 'lamp', module: 'radio', version: '2.0', sha256: 'bb' }],
  [3, { product: 'bulb', module: 'main', version: '3.0', sha256: 'cc' }],
])

const made = (input: Partial<ProcedureInput> = {}, id = 'lamp-fct') =>
  newProcedure(
    { product: 'lamp', process: 'FCT', ...input },
    { id, rev: 1, createdAt: 0, createdBy: 'admin', firmware: (number) => images.get(number) },
  )

/** Path and code of each fault. */
const faultsOf = (make: () => unknown): readonly string[] => {
  try {
    make()
    return []
  } catch (error) {
    if (!(error instanceof OtaError) || error.code !== 'OTA_BAD_REQUEST') throw error
    return error.faults.map(({ path, code }) => `${path} ${code}`)
  }
}

it('a procedure that says nothing has the defaults', () => {
  expect(made()).toEqual(sampleProcedure())
  expect(made({ selfTest: { source: 'device' } }).selfTest).toEqual({
    source: 'device',
    topic: 'event/selftest',
    limits: [],
    requireAll: true,
  })
})

it('a procedure keeps what it says, with the versions of its packages', () => {
  const limit = { name: 'Vbat', unit: 'V', low: 3.1, high: 3.5, equals: null }
  const procedure = made({
    bind: 'secret',
    serial: { pattern: '(?<name>[^,]+),(?<secret>.+)' },
    firmware: [
      { module: 'main', firmware: 1 },
      { module: 'radio', firmware: 2 },
    ],
    reflash: 'always',
    requires: ['ICT'],
    steps: { updateSeconds: 30 },
    selfTest: { source: 'jig', limits: [limit], requireAll: false },
    retest: { max: 0 },
    reference: { everySeconds: 3600, golden: ['G-1'], bad: ['B-1'] },
    label: { template: '^XA{serial}^XZ', printer: '10.0.0.9:9100' },
  })
  expect(procedure.firmware).toEqual([
    { module: 'main', firmware: 1, version: '1.0', sha256: 'aa' },
    { module: 'radio', firmware: 2, version: '2.0', sha256: 'bb' },
  ])
  expect(procedure.steps).toEqual({ connectSeconds: 90, updateSeconds: 30, restartSeconds: 120, selfTestSeconds: 120 })
  expect(procedure).toMatchObject({ bind: 'secret', retest: { max: 0, reasonNeeded: false }, selfTest: { limits: [limit] } })
})

/** A limit of that name and no more. */
const limit = (more: object) => ({ name: 'a', unit: null, low: null, high: null, equals: null, ...more })
const withLimits = (...limits: readonly object[]) => ({ selfTest: { source: 'device' as const, limits: limits.map(limit) } })

describe('every fault of a procedure has its path', () => {
  it.each<[Partial<ProcedureInput>, readonly string[]]>([
    [{ product: 'a/b' }, ['product name_holds_reserved']],
    [{ product: '' }, ['product name_empty']],
    [{ process: 'F T' }, ['process station_id_form']],
    [{ process: '..' }, ['process station_id_form']],
    [{ serial: { pattern: '(a+)+' } }, ['serial.pattern pattern_without_group']],
    [{ serial: { pattern: '(?<serial>(a+)+)' } }, ['serial.pattern pattern_slow']],
    [{ firmware: [{ module: 'main', firmware: 9 }] }, ['firmware[0].firmware procedure_firmware_unknown']],
    [{ firmware: [{ module: 'main', firmware: 3 }] }, ['firmware[0].firmware procedure_firmware_of_other_product']],
    [{ firmware: [{ module: 'main', firmware: 2 }] }, ['firmware[0].module procedure_firmware_of_other_module']],
    [
      {
        firmware: [
          { module: 'main', firmware: 1 },
          { module: 'main', firmware: 1 },
        ],
      },
      ['firmware[1].module procedure_listed_twice'],
    ],
    [{ requires: ['FCT'] }, ['requires[0] procedure_requires_itself']],
    [{ requires: ['ICT', 'ICT', 'a b'] }, ['requires[2] station_id_form', 'requires[1] procedure_listed_twice']],
    [
      { steps: { connectSeconds: 0, updateSeconds: 1.5, restartSeconds: 86_401 } },
      ['steps.connectSeconds', 'steps.updateSeconds', 'steps.restartSeconds'].map((path) => `${path} station_whole_number`),
    ],
    [withLimits({}), ['selfTest.limits[0] limit_without_bound']],
    [withLimits({ low: 2, high: 1 }), ['selfTest.limits[0] limit_low_above_high']],
    [withLimits({ low: 2, equals: 3 }), ['selfTest.limits[0] limit_equals_alone']],
    [withLimits({ low: Number.NaN }), ['selfTest.limits[0] field_type']],
    [withLimits({ name: '', low: 2 }), ['selfTest.limits[0].name station_text_form']],
    [withLimits({ low: 1 }, { low: 2 }), ['selfTest.limits[1].name procedure_listed_twice']],
    [
      { selfTest: { source: 'device', limits: Array.from({ length: 501 }, (_, low) => limit({ name: `n${low}`, low })) } },
      ['selfTest.limits field_too_many_items'],
    ],
    [{ retest: { max: -1 } }, ['retest.max station_whole_number']],
    [{ reference: { everySeconds: 3600, golden: [], bad: [] } }, ['reference procedure_reference_empty']],
    [
      { reference: { everySeconds: 1, golden: ['G'], bad: [''] } },
      ['reference.everySeconds station_whole_number', 'reference.bad[0] station_text_form'],
    ],
    [
      { reference: { everySeconds: 3600, golden: ['G', 'G'], bad: ['B', 'G'] } },
      ['reference.golden[1] procedure_listed_twice', 'reference.bad[1] procedure_reference_both'],
    ],
    [{ label: { template: '{colour}', printer: 'p:9100' } }, ['label.template procedure_label_field_unknown']],
    [{ label: { template: '', printer: 'p:9100' } }, ['label.template field_length']],
    ...['p', 'p:0', 'p:65536', 'http://p:9100', 'p:9100/', '::1:9100'].map((printer): [Partial<ProcedureInput>, readonly string[]] => [
      { label: { template: 'x', printer } },
      ['label.printer procedure_printer_form'],
    ]),
  ])('%j', (input, faults) => {
    expect(faultsOf(() => made(input))).toEqual(faults)
  })

  it('ids are parts of addresses', () => {
    const ids = ['', 'a b', 'a/b', '.', '..', 'x'.repeat(65), '\u677f']
    expect(ids.map((id) => faultsOf(() => made({}, id)))).toEqual(ids.map(() => ['id station_id_form']))
    expect(faultsOf(() => made({}, 'x'.repeat(64)))).toEqual([])
  })

  it('a printer may have an address of IPv6', () => {
    expect(faultsOf(() => made({ label: { template: 'x', printer: '[fd00::9]:9100' } }))).toEqual([])
  })
})

// ---------------------------------------------------------------- stations

const station = (input: Partial<StationInput> = {}, id = 'fct-1') => newStation({ procedure: 'lamp-fct', ...input }, { id, createdAt: 5 })

it('a station that says nothing has one slot and no operators', () => {
  expect(station()).toEqual({
    id: 'fct-1',
    name: 'fct-1',
    slots: 1,
    slotAddresses: [],
    procedure: 'lamp-fct',
    operator: 'none',
    language: 'en',
    passSeconds: 0,
    sound: true,
    createdAt: 5,
  })
})

it('a station with an address for each slot', () => {
  expect(station({ slots: 2, slotAddresses: ['10.0.1.0/24', '10.0.2.7'] })).toMatchObject({ slots: 2 })
})

it.each<[Partial<StationInput>, readonly string[]]>([
  [{ slots: 0 }, ['slots station_whole_number']],
  [{ slots: 17 }, ['slots station_whole_number']],
  [{ name: 'a\nb' }, ['name station_text_form']],
  [{ name: '' }, ['name station_text_form']],
  [{ procedure: 'a b' }, ['procedure station_id_form']],
  [{ passSeconds: -1 }, ['passSeconds station_whole_number']],
  [{ slots: 2, slotAddresses: ['10.0.1.1'] }, ['slotAddresses station_addresses_count']],
  [{ slots: 2, slotAddresses: ['10.0.1.1', 'here'] }, ['slotAddresses[1] station_block_form']],
  [{ slots: 2, slotAddresses: ['10.0.1.0/24', '10.0.1.7'] }, ['slotAddresses[1] station_addresses_overlap']],
])('the faults of %j', (input, faults) => {
  expect(faultsOf(() => station(input))).toEqual(faults)
  expect(stationFaults('fct-1', { procedure: 'lamp-fct', ...input }).map(({ path, code }) => `${path} ${code}`)).toEqual(faults)
})

it('an input of other words is refused, as they come from outside', () => {
  const input: unknown = JSON.parse('{"procedure":"lamp-fct","operator":"all","language":"de"}')
  expect(faultsOf(() => newStation(input as StationInput, { id: 'a b', createdAt: 0 }))).toEqual([
    'id station_id_form',
    'operator field_not_allowed',
    'language field_not_allowed',
  ])
})
