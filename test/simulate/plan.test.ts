// Fleets as data: the same options give the same fleet, and invalid options are refused.

import { expect, test } from 'vitest'
import { OtaError } from '../../src/errors.ts'
import { type FleetOptions, fleetCsv, planFleet } from '../../src/simulate/plan.ts'

const refusal = (options: Partial<FleetOptions>): OtaError => {
  try {
    planFleet(options)
  } catch (error) {
    if (error instanceof OtaError) return error
  }
  throw new Error('the options were not refused')
}

test('the same options give the same fleet, another seed gives another', () => {
  const options = { devices: 20, gateways: 2, children: 3, faults: 'bad-hash:3,child.keeps-old:2', seed: 7 }
  expect(planFleet(options)).toEqual(planFleet(options))
  expect(planFleet({ ...options, seed: 8 }).devices).not.toEqual(planFleet(options).devices)
})

test('each fault is given to as many devices as requested, and never to gateways', () => {
  const { devices } = planFleet({ devices: 20, gateways: 2, children: 3, faults: 'bad-hash:3,drop-at-40,child.keeps-old:2' })
  const count = (fault: string) => devices.filter((device) => device.fault === fault && device.children.length === 0).length
  expect([count('bad-hash'), count('drop-at-40')]).toEqual([3, 1])
  expect(devices.slice(0, 2).map(({ name, fault }) => [name, fault])).toEqual([
    ['sim-gw-01', null],
    ['sim-gw-02', null],
  ])
  expect(devices.flatMap(({ children }) => children).filter(({ fault }) => fault === 'keeps-old')).toHaveLength(2)
})

test('a fleet is mixed: persistent and clean sessions, one GET and many ranges, some with firmware.get', () => {
  const { devices } = planFleet({ devices: 100 })
  expect(devices.filter(({ clean }) => clean).length).toBeGreaterThan(40)
  expect(devices.filter(({ clean }) => !clean).length).toBeGreaterThan(20)
  expect(new Set(devices.map(({ style }) => style))).toEqual(new Set(['whole', 'ranges']))
  expect(devices.filter(({ asks }) => asks).length).toBeGreaterThan(10)
  expect(planFleet({ devices: 100, ask: 'none' }).devices.some(({ asks }) => asks)).toBe(false)
  expect(planFleet({ devices: 100, ask: 'all' }).devices.every(({ asks }) => asks)).toBe(true)
})

test('names are padded so that they sort, and connects are spread', () => {
  const { devices } = planFleet({ devices: 100, connectsPerSecond: 10 })
  expect(devices.map(({ name }) => name).toSorted()).toEqual(devices.map(({ name }) => name))
  expect(devices.at(-1)).toMatchObject({ name: 'sim-100', startMs: 9900 })
})

test('invalid options are refused with all their faults', () => {
  const error = refusal({ broker: '127.0.0.1:1883', product: 'a/b', devices: 1.5, rate: -1, modules: [], version: '' })
  expect(error.code).toBe('OTA_BAD_REQUEST')
  expect(error.faults.map(({ path }) => path)).toEqual(['devices', 'rate', 'broker', 'product or prefix', 'modules', 'version or module'])
})

test('more faults than devices are refused', () => {
  expect(refusal({ devices: 2, faults: 'bad-hash:2,declines' }).message).toContain('faults for 3 devices, but there are 2')
  expect(refusal({ devices: 2, faults: 'child.bad-hash' }).message).toContain('faults for 1 children, but there are 0')
})

test('a fleet can be listed for import, with secrets and gateways', () => {
  const lines = fleetCsv({ product: 'p,1', devices: 1, gateways: 1, children: 1, secret: 's3' }).split('\n')
  expect(lines).toEqual([
    'product,name,secret,gateway,tags',
    '"p,1",sim-gw-01,s3,,',
    '"p,1",sim-gw-01-c01,s3,"p,1/sim-gw-01",',
    '"p,1",sim-01,s3,,',
  ])
})

test('a prefix that ends with a dash gets no second one', () => {
  const names = (prefix: string): string[] => planFleet({ prefix, devices: 1, gateways: 1, children: 1 }).devices.map(({ name }) => name)
  expect(names('L-')).toEqual(['L-gw-01', 'L-01'])
  expect(names('L')).toEqual(names('L-'))
})
