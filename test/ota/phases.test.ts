import { beforeEach, describe, expect, test } from 'vitest'
import { createOtaDevicesFixture, type OtaDevicesFixture } from '../support/ota-devices-fixture.ts'

let fixture: OtaDevicesFixture

const open = async (options?: Parameters<typeof createOtaDevicesFixture>[0]): Promise<void> => {
  fixture = await createOtaDevicesFixture(options)
}

beforeEach(() => open())

describe('phases', () => {
  test('notify the canary alone, then half, then all, each after the one before has succeeded', async () => {
    await fixture.bring(20)
    const id = await fixture.start({ phases: [{ percent: 5 }, { percent: 50 }, { percent: 100 }] })
    expect(fixture.notified()).toHaveLength(1)
    const [canary = ''] = fixture.notified()
    const waiting = [...fixture.store.reads.openTasks()].filter((task) => task.device !== canary)
    expect(new Set(waiting.map((task) => fixture.core.operators.tasks.waitReason(task)))).toEqual(new Set(['phase']))
    await fixture.succeed(canary)
    expect(fixture.notified()).toHaveLength(10)
    await fixture.succeedAll()
    expect(fixture.notified()).toHaveLength(20)
    await fixture.succeedAll()
    expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'completed', phase: { index: 2 } })
    await open()
    await fixture.bring(20)
    await fixture.start({ phases: [{ percent: 5 }] })
    expect(fixture.notified()).toEqual([canary])
  })

  test('wait until the soak is over, also across a restart', async () => {
    await fixture.bring(4)
    const id = await fixture.start({ phases: [{ percent: 25, soakSeconds: 600 }] })
    await fixture.succeedAll()
    await fixture.pass(500)
    expect(fixture.store.reads.campaign(id)?.phase?.index).toBe(0)
    fixture = await fixture.restart()
    await fixture.pass(99)
    expect(fixture.store.reads.campaign(id)?.phase?.index).toBe(0)
    await fixture.pass(1)
    expect(fixture.store.reads.campaign(id)?.phase?.index).toBe(1)
  })

  test('with `wait` stay closed until an operator says `next`', async () => {
    await fixture.bring(4)
    const id = await fixture.start({ phases: [{ percent: 25, onward: 'wait' }] })
    await fixture.succeedAll()
    await fixture.pass(86_400)
    expect(fixture.notified()).toHaveLength(1)
    await fixture.core.operators.campaigns.nextPhase(id)
    await fixture.settle()
    expect(fixture.notified()).toHaveLength(4)
    await expect(fixture.core.operators.campaigns.nextPhase(id)).rejects.toMatchObject({ code: 'OTA_CAMPAIGN_STATE' })
  })

  test('that wait for an operator after a soak say so to those who watch, though no record changes', async () => {
    await fixture.bring(4)
    const id = await fixture.start({ phases: [{ percent: 25, soakSeconds: 600, onward: 'wait' }] })
    await fixture.succeedAll()
    await fixture.pass(599)
    const { rev } = fixture.store.reads.campaign(id) ?? {}
    const before = fixture.events.length
    await fixture.pass(1)
    expect(fixture.events.slice(before)).toEqual([{ type: 'campaign', campaign: id }])
    expect(fixture.store.reads.campaign(id)?.rev).toBe(rev)
    await fixture.pass(86_400)
    expect(fixture.events).toHaveLength(before + 1)
  })

  test('pause the campaign when one has finished below its threshold; `resume` does not open the next phase, `next` does', async () => {
    await fixture.bring(10)
    const id = await fixture.start({ phases: [{ percent: 20, minFinished: 2 }], abort: [] })
    const [first = '', second = ''] = fixture.notified()
    await fixture.fail(first)
    expect(fixture.store.reads.campaign(id)?.status).toBe('running')
    await fixture.succeed(second)
    expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'phase_failed' })
    await fixture.core.operators.campaigns.resume(id)
    await fixture.settle()
    expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'running', phase: { index: 0 } })
    expect(fixture.notified()).toHaveLength(2)
    await fixture.core.operators.campaigns.retry(id)
    await fixture.settle()
    await fixture.fail(first)
    expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'phase_failed' })
    await fixture.core.operators.campaigns.nextPhase(id)
    await fixture.settle()
    expect(fixture.notified()).toHaveLength(10)
  })

  test('a failed canary that succeeds in a second attempt lets the next phase open', async () => {
    await fixture.bring(10)
    const id = await fixture.start({ phases: [{ percent: 10 }], abort: [] })
    const [canary = ''] = fixture.notified()
    await fixture.fail(canary)
    expect(fixture.store.reads.campaign(id)?.reason).toBe('phase_failed')
    await fixture.core.operators.campaigns.retry(id)
    await fixture.core.operators.campaigns.resume(id)
    await fixture.settle()
    await fixture.succeed(canary)
    expect(fixture.notified()).toHaveLength(10)
  })

  test('a device that rolls back while its phase soaks counts against it', async () => {
    await fixture.bring(10)
    const id = await fixture.start({ phases: [{ percent: 20, soakSeconds: 600 }] })
    const [first = ''] = fixture.notified()
    await fixture.succeedAll()
    await fixture.pass(300)
    await fixture.say(fixture.connection(first), 'version.post', { version: '1.0.0', module: 'mcu' })
    expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'phase_failed', phase: { against: [first] } })
    await fixture.pass(600)
    expect(fixture.notified()).toHaveLength(2)
  })

  test('a device that disconnects again and again while its phase soaks counts against it', async () => {
    await fixture.bring(10)
    const id = await fixture.start({ phases: [{ percent: 20, soakSeconds: 600 }] })
    const [first = ''] = fixture.notified()
    await fixture.succeedAll()
    for (let i = 0; i < 3; i++) {
      expect(fixture.store.reads.campaign(id)?.status).toBe('running')
      fixture.core.disconnected(fixture.connection(first))
      await fixture.settle()
      const connection = fixture.connect(first)
      await fixture.subscribe(connection)
      fixture.connections.set(first, connection)
      await fixture.succeed(first)
    }
    expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'phase_failed', phase: { against: [first] } })
  })

  test('a tag selects the canary, and devices that join a continuous campaign get their phase by hash', async () => {
    await fixture.bring(6)
    await fixture.core.operators.devices.patch('pk/d3', { tags: ['lab'] })
    await fixture.start({ phases: [{ tag: 'lab', onward: 'wait' }], target: { continuous: true } })
    expect(fixture.notified()).toEqual(['pk/d3'])
    await fixture.bring(1, 6)
    expect(fixture.notified()).toEqual(['pk/d3'])
    await fixture.core.enrol('pk', 'late', null)
    await fixture.core.operators.devices.patch('pk/late', { tags: ['lab'] })
    await fixture.known('late')
    expect(fixture.notified()).toEqual(['pk/d3', 'pk/late'])
  })

  test('firmware.get of a later phase gets nothing', async () => {
    await fixture.bring(4)
    await fixture.start({ phases: [{ percent: 25 }], push: false })
    for (const connection of fixture.connections.values()) await fixture.say(connection, 'firmware.get', { module: 'mcu' })
    expect(fixture.notified()).toHaveLength(1)
  })
})

describe('abort rules', () => {
  test('pause with the report that breaks them: nothing new goes out, not even as an answer', async () => {
    await fixture.bring(20)
    const id = await fixture.start({ rate: { maxInProgress: 5 } })
    for (const device of fixture.notified().slice(0, 4)) await fixture.succeed(device)
    expect(fixture.store.reads.campaign(id)?.status).toBe('running')
    const before = fixture.notified().length
    await fixture.fail(fixture.notified()[4] ?? '')
    expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'aborted' })
    expect(fixture.notified()).toHaveLength(before)
    for (const connection of fixture.connections.values()) await fixture.say(connection, 'firmware.get', { module: 'mcu' })
    expect(fixture.notified()).toHaveLength(before)
  })

  test('after a resume they count what finishes from then on', async () => {
    await fixture.bring(20)
    const id = await fixture.start({ rate: { maxInProgress: 5 }, abort: [{ percent: 50, minFinished: 2 }] })
    for (const device of fixture.notified().slice(0, 2)) await fixture.fail(device)
    expect(fixture.store.reads.campaign(id)?.status).toBe('paused')
    await fixture.core.operators.campaigns.resume(id)
    await fixture.fail(fixture.notified()[2] ?? '')
    expect(fixture.store.reads.campaign(id)?.status).toBe('running')
    await fixture.fail(fixture.notified()[3] ?? '')
    expect(fixture.store.reads.campaign(id)?.status).toBe('paused')
  })

  test('cancel ends queued and notified tasks as aborted, and leaves those in progress', async () => {
    await fixture.bring(6)
    const id = await fixture.start({ rate: { maxInProgress: 3 }, abort: [{ on: 'failed', percent: 1, minFinished: 1, action: 'cancel' }] })
    const [first = '', second = ''] = fixture.notified()
    await fixture.say(fixture.connection(first), 'upgrade.post', { step: 10, module: 'mcu' })
    await fixture.fail(second)
    expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'canceled', reason: 'aborted' })
    expect(fixture.store.reads.tally(id)).toMatchObject({ canceled: 4, failed: 1, in_progress: 1, queued: 0, notified: 0 })
    const { items } = await fixture.store.queries.tasks({ campaign: id, state: 'canceled', limit: 10 })
    expect(new Set(items.map((task) => task.reason))).toEqual(new Set(['aborted']))
    await fixture.succeed(first)
    expect(fixture.store.reads.tally(id)).toMatchObject({ succeeded: 1 })
  })

  test('without rules nothing stops it', async () => {
    await fixture.bring(8)
    const id = await fixture.start({ abort: [] })
    for (const device of fixture.notified()) await fixture.fail(device)
    expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'completed' })
  })
})
