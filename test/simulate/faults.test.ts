// The grammar of fault specs and what is refused.

import { expect, test } from 'vitest'
import { OtaError } from '../../src/errors.ts'
import { faultNames, faultText, goodTraits, parseFaults, traitsOf } from '../../src/simulate/faults.ts'

const refusal = (spec: string): OtaError => {
  try {
    parseFaults(spec)
  } catch (error) {
    if (error instanceof OtaError) return error
  }
  throw new Error(`"${spec}" was not refused`)
}

test('a spec lists faults with the number of devices, one by default', () => {
  expect(parseFaults('drop-at-40:2, bad-hash ,child.keeps-old:3')).toEqual([
    { name: 'drop-at-40', count: 2, child: false },
    { name: 'bad-hash', count: 1, child: false },
    { name: 'keeps-old', count: 3, child: true },
  ])
  expect(parseFaults('')).toEqual([])
})

test('an unknown fault is refused with all known names', () => {
  const error = refusal('bad-hash,explodes:1')
  expect(error.code).toBe('OTA_BAD_REQUEST')
  expect(error.message).toContain('unknown fault "explodes"')
  for (const name of faultNames) expect(error.message).toContain(name)
})

test('every invalid part is reported at once', () => {
  expect(refusal('nope,bad-hash:0,bad-hash:x,toString:1,child.drop-at-40,:2').faults.map(({ path }) => path)).toEqual([
    'faults "nope"',
    'faults "bad-hash:0"',
    'faults "bad-hash:x"',
    'faults "toString:1"',
    'faults "child.drop-at-40"',
    'faults ":2"',
  ])
  expect(refusal('child.drop-at-40').message).toContain('"drop-at-40" is not for children; faults for children: bad-hash,')
})

test('every fault has a description and differs from a good device', () => {
  for (const name of faultNames) {
    expect(faultText(name)).not.toBe('')
    expect(traitsOf(name)).not.toEqual(goodTraits)
  }
  expect(traitsOf(null)).toEqual(goodTraits)
})
