import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstStep, packageFor, packagesLike, type Step, sourcesOfAll } from '../../../src/ota/rules/chains.ts'
import { sampleFirmware } from '../../support/store-samples.ts'

const image = (id: number, ...from: string[]) => sampleFirmware(id, { from })

test('of several packages a device gets the first that fits, a full image last', () => {
  const packages = packagesLike(image(1), [image(1), image(2, '1.0'), image(3, '1.1', '1.0'), sampleFirmware(4, { version: 'other' })])
  expect(packages.map(({ id }) => id)).toEqual([2, 3, 1])
  expect(['1.0', '1.1', '0.9', null].map((version) => packageFor(packages, version)?.id)).toEqual([2, 3, 1, 1])
  expect(sourcesOfAll(packages)).toEqual([])
  const onlyDeltas = packages.slice(0, 2)
  expect(sourcesOfAll(onlyDeltas)).toEqual(['1.0', '1.1'])
  expect(['0.9', null].map((version) => packageFor(onlyDeltas, version))).toEqual([undefined, undefined])
})

const step = (campaign: number, to: string, ...sources: string[]): Step => ({ campaign, to, sources })

test.each([
  ['1.0', ['1.5'], [step(1, '1.5', '1.0')], 1],
  ['1.0', ['1.5'], [step(1, '1.5')], 1],
  ['1.0', ['1.5'], [step(1, '1.5', '1.4')], undefined],
  ['1.0', ['1.5'], [step(1, '1.5', '1.2'), step(2, '1.2', '1.0')], 2],
  ['1.0', ['1.5'], [step(1, '1.5', '1.2'), step(2, '1.2', '1.0'), step(3, '1.5', '1.0')], 3],
  ['1.0', ['1.5'], [step(1, '1.2', '1.0'), step(2, '1.0', '1.2')], undefined],
  [null, ['1.5'], [step(1, '1.5', '1.0')], undefined],
  [null, ['1.5'], [step(1, '1.5')], 1],
  ['1.5', ['1.5'], [step(1, '1.5')], undefined],
])('from %s to one of %j by %j the first step is of campaign %s', (version, wanted, steps, campaign) => {
  expect(firstStep(version, wanted, steps)?.campaign).toBe(campaign)
})

const version = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const steps = fc
  .array(fc.record({ to: version, sources: fc.array(version, { maxLength: 2 }) }), { maxLength: 8 })
  .map((list) => list.map((one, at) => ({ campaign: at + 1, ...one })))

test('repeating the first step reaches the version, even if campaigns form a cycle', () => {
  fc.assert(
    fc.property(version, version, steps, (from, wanted, list) => {
      let at: string = from
      for (let taken = 0; at !== wanted; taken++) {
        const next = firstStep(at, [wanted], list)
        if (next === undefined) {
          expect(taken).toBe(0)
          return
        }
        expect(next.sources.length === 0 || next.sources.includes(at)).toBe(true)
        expect(taken).toBeLessThan(6)
        at = next.to
      }
    }),
  )
})
