import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptyTally, type Tally } from '../../../src/ota/model.ts'
import type { Phase } from '../../../src/ota/policy.ts'
import {
  advance,
  boundsOf,
  firstState,
  gateOf,
  gateSentence,
  hashOf,
  hashSpace,
  phaseOf,
  sizesOf,
  type Underway,
} from '../../../src/ota/rules/phases.ts'
import { say } from '../../../src/sentences/sentence.ts'
import { sampleCampaign, sampleDevice } from '../../support/store-samples.ts'

const phase = (over: Partial<Phase>): Phase => ({
  percent: null,
  count: null,
  tag: null,
  successPercent: 100,
  minFinished: 1,
  soakSeconds: 0,
  onward: 'next',
  ...over,
})
const shares = (...percents: number[]): readonly Phase[] => percents.map((percent) => phase({ percent }))
const tally = (over: Partial<Tally>): Tally => ({ ...emptyTally, ...over })

describe('hashes', () => {
  test('never change: a canary of this release is the canary of the next', () => {
    expect(['pk/d1', 'pk/d2', '设备/一'].map(hashOf)).toMatchInlineSnapshot(`
      [
        8875376469771744,
        6576049791435277,
        7102612016821522,
      ]
    `)
  })

  test('spread over the whole range, also for names that differ in one digit', () => {
    const hashes = Array.from({ length: 10_000 }, (_, at) => hashOf(`pk/sn-${at}`))
    expect(new Set(hashes).size).toBe(10_000)
    for (let tenth = 0; tenth < 10; tenth++) {
      const inside = hashes.filter((hash) => Math.floor((hash / hashSpace) * 10) === tenth).length
      expect(Math.abs(inside - 1000)).toBeLessThan(150)
    }
  })
})

describe('sizes', () => {
  test.each([
    [shares(5, 100), 100, 0, [5, 100]],
    [shares(5, 100), 1, 0, [1, 1]],
    [shares(5, 100), 21, 0, [2, 21]],
    [shares(7, 100), 100, 0, [7, 100]],
    [shares(10, 50, 100), 3, 0, [1, 2, 3]],
    [shares(10, 100), 0, 0, [0, 0]],
    [[phase({ count: 10 }), phase({ percent: 50 }), phase({ percent: 100 })], 100, 0, [10, 50, 100]],
    [[phase({ count: 10 }), phase({ percent: 5 }), phase({ percent: 100 })], 100, 0, [10, 10, 100]],
    [[phase({ count: 10 }), phase({ percent: 100 })], 4, 0, [4, 4]],
    [[phase({ tag: 'lab' }), phase({ percent: 10 }), phase({ percent: 100 })], 100, 3, [3, 10, 100]],
    [[phase({ tag: 'lab' }), phase({ percent: 10 }), phase({ percent: 100 })], 100, 30, [30, 30, 100]],
  ])('of %j for %i targets, %i with the tag, are %j', (phases, targets, tagged, sizes) => {
    expect(sizesOf(phases, targets, tagged)).toEqual(sizes)
  })
})

const percents = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 4 }).map((list) => [...list.sort((a, b) => a - b), 100])

test('a snapshot divides its targets exactly: the first ceil(p·n) in hash order, at least one, each in one phase', () => {
  fc.assert(
    fc.property(percents, fc.integer({ min: 1, max: 300 }), fc.nat(1000), (list, n, salt) => {
      const phases = shares(...list)
      const keys = Array.from({ length: n }, (_, at) => `pk/${salt}-${at}`)
      const hashes = keys.map(hashOf).sort((a, b) => a - b)
      const bounds = boundsOf(phases, hashes, 0, false)
      const campaign = sampleCampaign(1, { phases, bounds })
      const of = (key: string): number => phaseOf(campaign, sampleDevice(key.slice(3)), () => 0)
      for (const [index, percent] of list.entries()) {
        const inside = keys.filter((key) => of(key) <= index)
        expect(inside.length).toBe(Math.ceil((percent * n) / 100))
        expect(new Set(inside)).toEqual(new Set(keys.filter((key) => hashOf(key) <= (hashes[inside.length - 1] ?? -1))))
      }
    }),
  )
})

test('devices that join later move no other device, and are divided in about the same shares', () => {
  const phases = shares(10, 50, 100)
  const first = Array.from({ length: 200 }, (_, at) => sampleDevice(`first-${at}`))
  const hashes = first.map((device) => hashOf(device.key)).sort((a, b) => a - b)
  const target = { ...sampleCampaign(1).target, continuous: true }
  const campaign = sampleCampaign(1, { phases, target, bounds: boundsOf(phases, hashes, 0, true) })
  const before = first.map((device) => phaseOf(campaign, device, () => 20))
  const later = Array.from({ length: 2000 }, (_, at) => phaseOf(campaign, sampleDevice(`later-${at}`), () => 20))
  expect(first.map((device) => phaseOf(campaign, device, () => 500))).toEqual(before)
  expect(Math.abs(later.filter((index) => index === 0).length - 200)).toBeLessThan(100)
  expect(Math.abs(later.filter((index) => index <= 1).length - 1000)).toBeLessThan(200)
})

test('a continuous campaign that starts without devices makes its first device the canary, and then divides by shares', () => {
  const phases = shares(5, 100)
  const target = { ...sampleCampaign(1).target, continuous: true }
  const campaign = sampleCampaign(1, { phases, target, bounds: boundsOf(phases, [], 0, true) })
  const members = [0, 0]
  for (let at = 0; at < 2000; at++) {
    const index = phaseOf(campaign, sampleDevice(`d${at}`), (one) => members[one] ?? 0)
    if (at === 0) expect(index).toBe(0)
    members[index] = (members[index] ?? 0) + 1
  }
  expect(Math.abs((members[0] ?? 0) - 100)).toBeLessThan(50)
})

test('a count takes the first devices that join, and no more', () => {
  const phases = [phase({ count: 3 }), phase({ percent: 100 })]
  const target = { ...sampleCampaign(1).target, continuous: true }
  const campaign = sampleCampaign(1, { phases, target, bounds: boundsOf(phases, [], 0, true) })
  const members = [0, 0]
  for (let at = 0; at < 50; at++) members[phaseOf(campaign, sampleDevice(`d${at}`), (one) => members[one] ?? 0)]! += 1
  expect(members).toEqual([3, 47])
})

test('a tag is the first phase whatever the hash', () => {
  const phases = [phase({ tag: 'lab' }), phase({ percent: 50 }), phase({ percent: 100 })]
  const hashes = Array.from({ length: 20 }, (_, at) => hashOf(`pk/d${at}`)).sort((a, b) => a - b)
  const campaign = sampleCampaign(1, { phases, bounds: boundsOf(phases, hashes, 4, false) })
  expect(phaseOf(campaign, sampleDevice('any', { tags: ['lab'] }), () => 0)).toBe(0)
  const rest = Array.from({ length: 20 }, (_, at) => phaseOf(campaign, sampleDevice(`d${at}`), () => 0))
  // 12 of 24 targets, 4 of them by tag.
  expect([rest.filter((index) => index === 1).length, rest.filter((index) => index === 2).length]).toEqual([8, 12])
})

describe('the gate', () => {
  const state = { ...firstState(0) }
  const gate = (first: Partial<Phase>, counts: Partial<Tally>, over: object = {}, now = 0, under: Partial<Underway> = {}) =>
    gateOf(
      sampleCampaign(1, { phases: [phase({ percent: 5, ...first }), phase({ percent: 100 })], phase: { ...state, ...over } }),
      tally(counts),
      { waiting: 0, again: 0, undone: 0, ...under },
      now,
    )

  test.each([
    ['sample', { minFinished: 3 }, { succeeded: 2, in_progress: 3 }],
    ['open', { minFinished: 3 }, { succeeded: 3, in_progress: 2 }],
    ['open', { minFinished: 30 }, { succeeded: 5 }],
    ['success', { successPercent: 95, minFinished: 20 }, { succeeded: 34, failed: 3, in_progress: 3 }],
    ['failed', { successPercent: 95 }, { succeeded: 37, failed: 3 }],
    ['open', { successPercent: 95 }, { succeeded: 38, failed: 2 }],
    ['failed', {}, { succeeded: 4, timed_out: 1 }],
    ['failed', {}, { succeeded: 4, rejected: 1 }],
    ['open', {}, { succeeded: 4, canceled: 1 }],
    ['success', {}, { succeeded: 4, failed: 1, queued: 1 }],
    ['soak', { soakSeconds: 60 }, { succeeded: 5 }],
    ['operator', { onward: 'wait' }, { succeeded: 5 }],
    ['sample', { onward: 'wait' }, { queued: 5 }],
    ['operator', {}, { canceled: 5 }],
    ['open', {}, {}],
    ['operator', { onward: 'wait' }, {}],
    ['open', {}, {}],
  ] as const)('says %s with %j and %j', (step, first, counts) => {
    expect(gate(first, counts)?.step).toBe(step)
  })

  test('opens when the soak is over, and not earlier', () => {
    const soaking = { metAt: 1000 }
    expect(gate({ soakSeconds: 60 }, { succeeded: 5 }, soaking, 60_999)?.step).toBe('soak')
    expect(gate({ soakSeconds: 60 }, { succeeded: 5 }, soaking, 61_000)?.step).toBe('open')
  })

  test('a device that rolled back counts as not succeeded', () => {
    expect(gate({}, { succeeded: 5 }, { against: ['pk/a'] })?.step).toBe('failed')
    expect(gate({ successPercent: 80 }, { succeeded: 5 }, { against: ['pk/a'] })?.step).toBe('open')
  })

  test('targets that wait for another campaign keep the phase from having finished', () => {
    expect(gate({}, { succeeded: 4, failed: 1 }, {}, 0, { waiting: 1 })?.step).toBe('success')
  })

  test('failures that an operator has accepted do not fail it again, later ones do', () => {
    expect(gate({}, { succeeded: 4, failed: 1 }, { excused: 5 })?.step).toBe('success')
    expect(gate({}, { succeeded: 4, failed: 2 }, { excused: 5 })?.step).toBe('failed')
  })

  test('reports its figures', () => {
    const found = gate({ successPercent: 95, minFinished: 30 }, { succeeded: 34, failed: 3, in_progress: 3 })
    expect(found && say(gateSentence(found, 0))).toBe('phase 1 has 37 of 40 finished, 91 % succeeded of 95 % needed')
  })

  test('the soak starts again when the success rate drops, and the last phase has no gate', () => {
    const met = gate({ soakSeconds: 60 }, { succeeded: 5 })!
    const soaking = advance(state, met, 5000)
    expect(soaking.metAt).toBe(5000)
    expect(advance(soaking, met, 6000)).toBe(soaking)
    expect(advance(soaking, gate({ soakSeconds: 60 }, { succeeded: 5, failed: 1, queued: 1 })!, 7000).metAt).toBeNull()
    expect(advance(soaking, gate({}, { succeeded: 5 })!, 8000)).toEqual({ ...firstState(8000), index: 1 })
    expect(gate({}, { failed: 5 }, { index: 1 })?.step).toBe('last')
  })
})
