// What is probably a slip is told before the campaign starts, and stops nothing.

import { expect, test } from 'vitest'
import { doubtsOf } from '../../src/ota/campaigns/doubts.ts'
import { createScene } from './scene.ts'

const doubts = async (input: object): Promise<readonly string[]> => {
  const scene = await createScene()
  await scene.known('a')
  const draft = await scene.house.core.operators.campaigns.create({ firmware: scene.firmware, ...input })
  const told = doubtsOf(scene.house.store.reads, draft, scene.house.now())
  await scene.house.core.operators.campaigns.start(draft.id)
  expect(scene.house.store.reads.campaign(draft.id)?.status).toBe('running')
  return told
}

test('names that nobody has', async () => {
  expect(await doubts({ target: { devices: ['pk/a'], exclude: ['pk/b'], continuous: true } })).toEqual([
    'target.exclude: pk/b is not known, so that nobody is left out by that; check the spelling.',
  ])
  expect(await doubts({ target: { devices: ['pk/a', 'pk/1', 'pk/2', 'pk/3', 'pk/4'] } })).toEqual([
    'target.devices: pk/1, pk/2, pk/3 and 1 more are not known so far, and will be updated once there; check the spelling.',
  ])
})

test('a start that has passed', async () => {
  expect(await doubts({ schedule: { startAt: 1 } })).toEqual(['schedule.startAt has passed: it starts as soon as it is told to.'])
})

test('a count that there are not so many targets for', async () => {
  const scene = await createScene()
  const draft = await scene.house.core.operators.campaigns.create({
    firmware: scene.firmware,
    phases: [{ count: 3 }, { percent: 50 }, { percent: 100 }],
  })
  const told = (targets: number): readonly string[] => doubtsOf(scene.house.store.reads, draft, scene.house.now(), targets)
  const rest = 'so that it takes all that are left, and the 2 phases after it are for nobody.'
  expect(told(1)).toEqual([`phases[0].count: 3 is more than the 1 target there is, ${rest}`])
  expect(told(2)).toEqual([`phases[0].count: 3 is more than the 2 targets there are, ${rest}`])
  expect(told(3)).toEqual([])
})

test('a campaign without slips has none', async () => {
  expect(await doubts({ target: { devices: ['pk/a'] } })).toEqual([])
})

test('a source version that nobody runs, a soak that leads nowhere, a rule that never fires, a large fleet behind one success', async () => {
  const scene = await createScene()
  await scene.known('a')
  const draft = (input: object) => scene.house.core.operators.campaigns.create({ firmware: scene.firmware, ...input })
  const told = async (input: object, targets?: number): Promise<readonly string[]> =>
    doubtsOf(scene.house.store.reads, await draft(input), scene.house.now(), targets)
  expect(await told({ target: { from: ['1.0.0', '9.9.9'] } })).toEqual(['target.from: no device runs 9.9.9 now; check the spelling.'])
  expect(await told({ target: { from: ['9.9.9'], continuous: true } })).toEqual([])
  expect(await told({ phases: [{ percent: 100, soakSeconds: 5 }] }, 10)).toEqual([expect.stringMatching(/^phases\[0\]\.soakSeconds/)])
  expect(await told({ phases: [{ percent: 10 }] }, 49)).toEqual([])
  expect(await told({ phases: [{ percent: 10 }] }, 50)).toEqual([expect.stringMatching(/^phases\[0\]\.minFinished: the next phase opens/)])
  expect(await told({ phases: [{ percent: 10, minFinished: 5 }] }, 50)).toEqual([])
  const abort = [{ on: 'any', percent: 10, minFinished: 1000, action: 'pause' }]
  expect(await told({ abort }, 999)).toEqual([expect.stringMatching(/^abort\[0\]\.minFinished: 1000 is more/)])
  expect(await told({ abort }, 1000)).toEqual([])
})
