import { beforeEach, describe, expect, test } from 'vitest'
import { createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

beforeEach(async () => {
  fixture = await createOtaFixture()
})

describe('progress', () => {
  test('of an unlimited number of modules is bounded: 64 are kept for each device, more are dropped and counted', async () => {
    const connection = await fixture.known()
    for (let at = 0; at < 100; at += 1) await fixture.say(connection, 'version.post', { module: `m${at}`, version: '1' })
    await fixture.say(connection, 'version.post', { module: 'm1', version: '2' })
    const { modules = [] } = fixture.store.reads.device('pk/dn') ?? {}
    expect(modules).toHaveLength(64)
    expect(modules.find(({ name }) => name === 'm1')?.version).toBe('2')
    expect(fixture.drops.get('too_many_modules')).toBeGreaterThan(30)
  })

  test('with a task of another device, an unknown one or an ended one is dropped and counted', async () => {
    const connection = await fixture.known()
    const other = await fixture.known('other')
    await fixture.start()
    await fixture.say(connection, 'upgrade.post', { step: 5, module: 'mcu', task_id: '2' })
    await fixture.say(connection, 'upgrade.post', { step: 5, module: 'mcu', task_id: '99' })
    await fixture.say(connection, 'upgrade.post', { step: 5, module: 'mcu', task_id: '99999999999999999999' })
    await fixture.say(connection, 'upgrade.post', { step: 5, module: 'nothing' })
    await fixture.say(connection, 'upgrade.post', { step: -5, module: 'mcu', task_id: 1 })
    await fixture.say(connection, 'upgrade.post', { step: 5, module: 'mcu', task_id: '01' })
    expect(Object.fromEntries(fixture.drops)).toEqual({ foreign_task: 1, unknown_task: 2, no_task: 1, task_ended: 1 })
    expect((await fixture.task(1)).state).toBe('rejected')
    expect((await fixture.task(2)).state).toBe('notified')
    await fixture.say(other, 'upgrade.post', { step: 5, module: 'wrong', task_id: '2' })
    expect(await fixture.task(2)).toMatchObject({ state: 'in_progress', step: 5, module: 'mcu' })
  })

  test('is not acknowledged if it cannot be recorded, and the task stays as it was', async () => {
    let fails = false
    fixture = await createOtaFixture({
      memory: {
        gate: async () => {
          if (fails) throw new Error('disk full')
        },
      },
    })
    const connection = await fixture.known()
    await fixture.start()
    fails = true
    await expect(fixture.say(connection, 'upgrade.post', { step: 10, module: 'mcu', task_id: '1' })).rejects.toMatchObject({
      code: 'OTA_STORE_FAILED',
    })
    fails = false
    expect((await fixture.task()).state).toBe('notified')
    await fixture.say(connection, 'upgrade.post', { step: 10, module: 'mcu', task_id: '1' })
    expect(await fixture.task()).toMatchObject({ state: 'in_progress', step: 10 })
  })

  test('follows from the bytes served, without any report', async () => {
    await fixture.known()
    await fixture.start()
    fixture.core.served({ task: 1, bytes: 100, complete: false, sure: true, quietMs: 0 })
    await fixture.settle()
    expect(await fixture.task()).toMatchObject({ state: 'in_progress', step: null, bytes: 100 })
    fixture.core.served({ task: 1, bytes: 400, complete: false, sure: true, quietMs: 0 })
    await fixture.settle()
    const task = await fixture.task()
    expect([task.bytes, fixture.core.operators.tasks.bytes(task)]).toEqual([100, 400])
    fixture.core.served({ task: 1, bytes: 1000, complete: true, sure: true, quietMs: 0 })
    await fixture.settle()
    expect(await fixture.task()).toMatchObject({ bytes: 1000, completeAt: fixture.now() })
  })

  test('of bytes is dated to the last byte when it becomes known that all have arrived', async () => {
    await fixture.known()
    await fixture.start()
    fixture.core.served({ task: 1, bytes: 1000, complete: false, sure: true, quietMs: 0 })
    await fixture.pass(5)
    fixture.core.served({ task: 1, bytes: 1000, complete: true, sure: true, quietMs: 5000 })
    await fixture.settle()
    expect(await fixture.task()).toMatchObject({ completeAt: fixture.now() - 5000, signAt: fixture.now() - 5000 })
  })

  test.each([
    ['known to have arrived', true],
    ['only accepted by the system', false],
  ])(
    'of a reflash: the version reported before the count of the last bytes was heard is a success, once all are %s',
    async (_how, complete) => {
      const connection = await fixture.known('dn', '1.1.0')
      await fixture.start({ reflash: true })
      await fixture.say(connection, 'upgrade.post', { step: 100, module: 'mcu', task_id: '1' })
      await fixture.pass(3)
      await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
      await fixture.pass(1)
      // They went out after the report, which was therefore of the old image.
      fixture.core.served({ task: 1, bytes: 999, complete: false, sure: true, quietMs: 0 })
      await fixture.settle()
      expect(await fixture.task()).toMatchObject({ state: 'in_progress' })
      await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
      await fixture.pass(1)
      fixture.core.served({ task: 1, bytes: 1000, complete, sure: true, quietMs: 1500 })
      await fixture.settle()
      expect(await fixture.task()).toMatchObject({ state: 'succeeded' })
    },
  )

  test('of a reflash: a version reported before the last byte went out proves nothing', async () => {
    const connection = await fixture.known('dn', '1.1.0')
    await fixture.start({ reflash: true })
    await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    await fixture.pass(1)
    fixture.core.served({ task: 1, bytes: 1000, complete: true, sure: true, quietMs: 0 })
    await fixture.settle()
    expect(await fixture.task()).toMatchObject({ state: 'in_progress' })
    await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(await fixture.task()).toMatchObject({ state: 'succeeded' })
  })

  test.each([
    ['after the offer is a success: the bytes were counted late', 0.1, 'succeeded'],
    ['before the offer proves nothing', -0.1, 'in_progress'],
  ])('of a reflash: a version reported a moment before the last byte was counted, and %s', async (_what, after, state) => {
    const connection = await fixture.known('dn', '1.1.0')
    if (after < 0) fixture.elapse(-after)
    await fixture.start({ reflash: true })
    if (after > 0) {
      fixture.elapse(after)
      await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    }
    fixture.elapse(0.1)
    fixture.core.served({ task: 1, bytes: 1000, complete: true, sure: true, quietMs: 0 })
    await fixture.settle()
    expect(await fixture.task()).toMatchObject({ state })
  })

  describe('of all bytes, and a device that reconnects soon after with its old version,', () => {
    const comeBack = async (complete: boolean, sure: boolean, step: number | null): Promise<void> => {
      const connection = await fixture.known()
      await fixture.start()
      if (step !== null) await fixture.say(connection, 'upgrade.post', { step, module: 'mcu', task_id: '1' })
      fixture.core.served({ task: 1, bytes: 1000, complete: false, sure: false, quietMs: 0 })
      await fixture.pass(2)
      const again = await fixture.join('pk/dn')
      await fixture.say(again, 'version.post', { version: '1.0.0', module: 'mcu' })
      await fixture.pass(3)
      expect(fixture.pushes()).toBe(1)
      if (complete) fixture.core.served({ task: 1, bytes: 1000, complete, sure, quietMs: 5000 })
      await fixture.settle()
      await fixture.pass(5)
    }

    test.each([
      ['known to have arrived by an act of the client', true, true, 21],
      ['assumed to have arrived after a quiet time, of a device that reports no steps', true, false, null],
    ])('%s: it has rolled back, and is not notified again', async (_what, complete, sure, step) => {
      await comeBack(complete, sure, step)
      expect(fixture.pushes()).toBe(1)
      expect((await fixture.task()).graceSince).not.toBeNull()
    })

    test.each([
      ['not known to have arrived', false, false, null],
      ['quiet, though the device reports steps and has not reported 100', true, false, 21],
    ])('%s: it continues its download, and is notified again', async (_what, complete, sure, step) => {
      await comeBack(complete, sure, step)
      expect(fixture.pushes()).toBe(2)
      expect((await fixture.task()).graceSince).toBeNull()
    })

    test('after a restart of the server in between: it is notified again, and nothing counts against it', async () => {
      const connection = await fixture.known()
      await fixture.start()
      await fixture.say(connection, 'upgrade.post', { step: 21, module: 'mcu', task_id: '1' })
      fixture.core.served({ task: 1, bytes: 1000, complete: false, sure: false, quietMs: 0 })
      await fixture.pass(30)
      fixture.core.served({ task: 1, bytes: 1000, complete: true, sure: false, quietMs: 30_000 })
      await fixture.settle()
      fixture = await fixture.restart(2)
      const again = await fixture.join('pk/dn')
      await fixture.say(again, 'version.post', { version: '1.0.0', module: 'mcu' })
      await fixture.pass(10)
      expect(fixture.pushes()).toBe(1)
      expect(await fixture.task()).toMatchObject({ state: 'in_progress', graceSince: null })
    })
  })

  test('by bytes holds off the stall without a write for each range', async () => {
    await fixture.known()
    await fixture.start()
    fixture.core.served({ task: 1, bytes: 1, complete: false, sure: true, quietMs: 0 })
    await fixture.settle()
    const { rev } = await fixture.task()
    await fixture.pass(20)
    fixture.core.served({ task: 1, bytes: 2, complete: false, sure: true, quietMs: 0 })
    await fixture.pass(890)
    expect(await fixture.task()).toMatchObject({ state: 'in_progress', rev })
    await fixture.pass(11)
    expect(await fixture.task()).toMatchObject({ state: 'timed_out', reason: 'stall', bytes: 2 })
  })
})
