// What is probably a slip is told before the campaign starts, and stops nothing.

import { expect, test } from 'vitest'
import { doubtsOf } from '../../src/ota/doubts.ts'
import { createScene } from './scene.ts'

const doubts = async (input: object): Promise<readonly string[]> => {
  const scene = await createScene()
  await scene.known('a')
  const draft = await scene.house.core.createCampaign({ firmware: scene.firmware, ...input })
  const told = doubtsOf(scene.house.store, draft, scene.house.now())
  await scene.house.core.startCampaign(draft.id)
  expect(scene.house.store.campaign(draft.id)?.status).toBe('running')
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

test('a campaign without slips has none', async () => {
  expect(await doubts({ target: { devices: ['pk/a'] } })).toEqual([])
})
