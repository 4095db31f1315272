// Targets that are queued behind another campaign: whatever ends their waiting, it is counted, listed and explained.

import { beforeEach, describe, expect, test } from 'vitest'
import type { Task } from '../../src/ota/model.ts'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { addFirmware, createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture
let connection: Connection

beforeEach(async () => {
  fixture = await createOtaFixture()
})

const tasksOf = async (campaign: number): Promise<readonly Task[]> =>
  (await fixture.store.queries.tasks({ campaign, allAttempts: true, limit: 10 })).items

/** The first campaign is updating the device, the second one waits for it. */
const busy = async (input: object = {}): Promise<{ first: number; second: number }> => {
  connection = await fixture.known()
  const first = await fixture.start()
  fixture.firmware = await addFirmware(fixture, '1.2.0')
  const second = await fixture.start(input)
  expect(fixture.store.reads.waiting(second).size).toBe(1)
  await fixture.pass(100)
  return { first, second }
}

describe('a target that waits for another campaign, when its own', () => {
  test.each([
    ['is canceled', {}, async (id: number) => void (await fixture.core.operators.campaigns.cancel(id, false)), 'operator'],
    ['expires', { schedule: { endAt: 1_000_000 + 200_000 } }, async () => fixture.pass(200), 'expired'],
  ])('%s, ends like a queued one', async (_how, input, end, reason) => {
    const { second } = await busy({ ...input, phases: [{ percent: 100 }] })
    const since = fixture.now() - 100_000
    await end(second)
    await fixture.settle()
    expect(fixture.store.reads.waiting(second).size).toBe(0)
    expect(fixture.store.reads.tally(second)).toMatchObject({ canceled: 1, queued: 0, skipped: 0 })
    expect(fixture.store.reads.tally(second, 0)).toMatchObject({ canceled: 1 })
    expect(await tasksOf(second)).toMatchObject([
      {
        device: 'pk/dn',
        from: '1.0.0',
        to: '1.2.0',
        state: 'canceled',
        reason,
        history: [
          { at: since, state: 'queued', said: { code: 'note_never_its_turn' } },
          { at: fixture.now(), state: 'canceled', said: { code: 'note_ended', params: { reason } } },
        ],
      },
    ])
    expect(fixture.events.some((event) => event.type === 'task' && event.task.campaign === second)).toBe(true)
    // The task that it waited for continues.
    expect(await fixture.task(1)).toMatchObject({ state: 'notified' })
  })
})

test('a target that has lost its tag by its turn is not eligible, and becomes a target again when it has the tag again', async () => {
  connection = await fixture.known()
  await fixture.core.operators.devices.patch('pk/dn', { tags: ['line'] })
  await fixture.start()
  fixture.firmware = await addFirmware(fixture, '1.2.0')
  const second = await fixture.start({ target: { tags: ['line'], continuous: true } })
  await fixture.core.operators.devices.patch('pk/dn', { tags: [] })
  await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
  expect(await tasksOf(second)).toMatchObject([{ state: 'canceled', reason: 'not_eligible' }])
  await fixture.core.operators.devices.patch('pk/dn', { tags: ['line'] })
  await fixture.settle()
  expect((await tasksOf(second)).map(({ state }) => state)).toEqual(['canceled', 'notified'])
  expect(fixture.store.reads.tally(second)).toMatchObject({ canceled: 0, notified: 1 })
})

test('a target whose step has failed for good is not eligible once no campaign offers the step any more', async () => {
  connection = await fixture.known()
  const step = await fixture.start()
  fixture.firmware = await addFirmware(fixture, '2.0.0', { from: ['1.1.0'] })
  const chain = await fixture.start()
  expect(fixture.store.reads.waiting(chain).size).toBe(1)
  await fixture.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
  expect(fixture.store.reads.campaign(step)?.status).toBe('completed')
  expect(await tasksOf(chain)).toMatchObject([{ state: 'canceled', reason: 'not_eligible' }])
  expect(fixture.store.reads.campaign(chain)).toMatchObject({ status: 'completed' })
})

test('a removed device leaves no entry in the queue, also if it waits for a step that is not being made', async () => {
  connection = await fixture.known()
  await fixture.start({ target: { continuous: true }, abort: [] })
  await fixture.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
  fixture.firmware = await addFirmware(fixture, '2.0.0', { from: ['1.1.0'] })
  const chain = await fixture.start()
  expect(fixture.store.reads.waiting(chain).size).toBe(1)
  await fixture.core.operators.devices.remove('pk/dn')
  await fixture.settle()
  expect(fixture.store.reads.waiting(chain).size).toBe(0)
  expect(fixture.store.reads.tally(chain)).toMatchObject({ canceled: 1 })
  expect(fixture.store.reads.campaign(chain)?.status).toBe('completed')
})

test('a target that has reached the version by itself counts as skipped and gets no task', async () => {
  const { second } = await busy()
  await fixture.say(connection, 'version.post', { version: '1.2.0', module: 'mcu' })
  await fixture.core.operators.tasks.cancel(1).catch(() => undefined)
  await fixture.settle()
  expect(await tasksOf(second)).toEqual([])
  expect(fixture.store.reads.tally(second)).toMatchObject({ skipped: 1, canceled: 0 })
})
