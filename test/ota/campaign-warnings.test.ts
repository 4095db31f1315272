// Probable mistakes: there is a warning before the campaign starts, and nothing is refused.

import { expect, test } from 'vitest'
import { warningsOf } from '../../src/ota/campaigns/campaign-warnings.ts'
import type { Warning } from '../../src/ota/inputs.ts'
import { say } from '../../src/sentences/sentence.ts'
import { createOtaFixture } from '../support/ota-fixture.ts'

/** Each warning as a line, with its field. */
const lines = (warnings: readonly Warning[]): readonly string[] => warnings.map(({ path, said }) => `${path}: ${say(said)}`)

const warned = async (input: object): Promise<readonly string[]> => {
  const fixture = await createOtaFixture()
  await fixture.known('a')
  const draft = await fixture.core.operators.campaigns.create({ firmware: fixture.firmware, ...input })
  const warnings = warningsOf(fixture.store.reads, draft, fixture.now())
  await fixture.core.operators.campaigns.start(draft.id)
  expect(fixture.store.reads.campaign(draft.id)?.status).toBe('running')
  return lines(warnings)
}

test('names that no device has', async () => {
  expect(await warned({ target: { devices: ['pk/a'], exclude: ['pk/b'], continuous: true } })).toEqual([
    'target.exclude: pk/b is not known, so excluding it has no effect; check the spelling.',
  ])
  expect(await warned({ target: { devices: ['pk/a', 'pk/1', 'pk/2', 'pk/3', 'pk/4'] } })).toEqual([
    'target.devices: pk/1, pk/2, pk/3 and 1 more are not known yet; they are updated once they connect; check the spelling.',
  ])
})

test('a start that has passed', async () => {
  expect(await warned({ schedule: { startAt: 1 } })).toEqual([
    'schedule.startAt: is in the past: the campaign begins as soon as it is started.',
  ])
})

test('a count that is larger than the number of targets', async () => {
  const fixture = await createOtaFixture()
  const draft = await fixture.core.operators.campaigns.create({
    firmware: fixture.firmware,
    phases: [{ count: 3 }, { percent: 50 }, { percent: 100 }],
  })
  const found = (targets: number): readonly string[] => lines(warningsOf(fixture.store.reads, draft, fixture.now(), targets))
  const rest = 'so it takes all remaining targets, and the 2 phases after it have no devices.'
  expect(found(1)).toEqual([`phases[0].count: 3 is more than the 1 target there is, ${rest}`])
  expect(found(2)).toEqual([`phases[0].count: 3 is more than the 2 targets there are, ${rest}`])
  expect(found(3)).toEqual([])
})

test('a campaign without mistakes has no warnings', async () => {
  expect(await warned({ target: { devices: ['pk/a'] } })).toEqual([])
})

test('a source version that no device runs, a soak without effect, a rule that never fires, a large fleet behind one success', async () => {
  const fixture = await createOtaFixture()
  await fixture.known('a')
  const draft = (input: object) => fixture.core.operators.campaigns.create({ firmware: fixture.firmware, ...input })
  const found = async (input: object, targets?: number): Promise<readonly string[]> =>
    lines(warningsOf(fixture.store.reads, await draft(input), fixture.now(), targets))
  expect(await found({ target: { from: ['1.0.0', '9.9.9'] } })).toEqual([
    'target.from: no device runs any of 9.9.9 now; check the spelling.',
  ])
  expect(await found({ target: { from: ['9.9.9'], continuous: true } })).toEqual([])
  expect(await found({ phases: [{ percent: 100, soakSeconds: 5 }] }, 10)).toEqual([expect.stringMatching(/^phases\[0\]\.soakSeconds/)])
  expect(await found({ phases: [{ percent: 10 }] }, 49)).toEqual([])
  expect(await found({ phases: [{ percent: 10 }] }, 50)).toEqual([expect.stringMatching(/^phases\[0\]\.minFinished: the next phase opens/)])
  expect(await found({ phases: [{ percent: 10, minFinished: 5 }] }, 50)).toEqual([])
  const abort = [{ on: 'any', percent: 10, minFinished: 1000, action: 'pause' }]
  expect(await found({ abort }, 999)).toEqual([expect.stringMatching(/^abort\[0\]\.minFinished: 1000 is more/)])
  expect(await found({ abort }, 1000)).toEqual([])
})
