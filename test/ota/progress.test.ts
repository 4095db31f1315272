import { beforeEach, describe, expect, test } from 'vitest'
import { createScene, type Scene } from './scene.ts'

let scene: Scene

beforeEach(async () => {
  scene = await createScene()
})

describe('progress', () => {
  test('of modules without end is bounded: 64 are kept of a device, more are dropped and counted', async () => {
    const connection = await scene.known()
    for (let at = 0; at < 100; at += 1) await scene.house.say(connection, 'version.post', { module: `m${at}`, version: '1' })
    await scene.house.say(connection, 'version.post', { module: 'm1', version: '2' })
    const { modules = [] } = scene.house.store.reads.device('pk/dn') ?? {}
    expect(modules).toHaveLength(64)
    expect(modules.find(({ name }) => name === 'm1')?.version).toBe('2')
    expect(scene.house.drops.get('too_many_modules')).toBeGreaterThan(30)
  })

  test('with a task of another device, of nobody, or ended, is dropped and counted', async () => {
    const connection = await scene.known()
    const other = await scene.known('other')
    await scene.start()
    await scene.house.say(connection, 'upgrade.post', { step: 5, module: 'mcu', task_id: '2' })
    await scene.house.say(connection, 'upgrade.post', { step: 5, module: 'mcu', task_id: '99' })
    await scene.house.say(connection, 'upgrade.post', { step: 5, module: 'mcu', task_id: '99999999999999999999' })
    await scene.house.say(connection, 'upgrade.post', { step: 5, module: 'nothing' })
    await scene.house.say(connection, 'upgrade.post', { step: -5, module: 'mcu', task_id: 1 })
    await scene.house.say(connection, 'upgrade.post', { step: 5, module: 'mcu', task_id: '01' })
    expect(Object.fromEntries(scene.house.drops)).toEqual({ foreign_task: 1, unknown_task: 2, no_task: 1, task_ended: 1 })
    expect((await scene.house.task(1)).state).toBe('rejected')
    expect((await scene.house.task(2)).state).toBe('notified')
    await scene.house.say(other, 'upgrade.post', { step: 5, module: 'wrong', task_id: '2' })
    expect(await scene.house.task(2)).toMatchObject({ state: 'in_progress', step: 5, module: 'mcu' })
  })

  test('is not acknowledged where it cannot be recorded, and the task stays as it was', async () => {
    let fails = false
    await scene.open({
      memory: {
        gate: async () => {
          if (fails) throw new Error('disk full')
        },
      },
    })
    const connection = await scene.known()
    await scene.start()
    fails = true
    await expect(scene.house.say(connection, 'upgrade.post', { step: 10, module: 'mcu', task_id: '1' })).rejects.toMatchObject({
      code: 'OTA_STORE_FAILED',
    })
    fails = false
    expect((await scene.house.task()).state).toBe('notified')
    await scene.house.say(connection, 'upgrade.post', { step: 10, module: 'mcu', task_id: '1' })
    expect(await scene.house.task()).toMatchObject({ state: 'in_progress', step: 10 })
  })

  test('is seen by the bytes served, without any report', async () => {
    await scene.known()
    await scene.start()
    scene.house.core.served({ task: 1, bytes: 100, complete: false, sure: true, quietMs: 0 })
    await scene.house.settle()
    expect(await scene.house.task()).toMatchObject({ state: 'in_progress', step: null, bytes: 100 })
    scene.house.core.served({ task: 1, bytes: 400, complete: false, sure: true, quietMs: 0 })
    await scene.house.settle()
    const task = await scene.house.task()
    expect([task.bytes, scene.house.core.operators.tasks.bytes(task)]).toEqual([100, 400])
    scene.house.core.served({ task: 1, bytes: 1000, complete: true, sure: true, quietMs: 0 })
    await scene.house.settle()
    expect(await scene.house.task()).toMatchObject({ bytes: 1000, completeAt: scene.house.now() })
  })

  test('of bytes is as old as the last of them, when it becomes known that all have arrived', async () => {
    await scene.known()
    await scene.start()
    scene.house.core.served({ task: 1, bytes: 1000, complete: false, sure: true, quietMs: 0 })
    await scene.house.pass(5)
    scene.house.core.served({ task: 1, bytes: 1000, complete: true, sure: true, quietMs: 5000 })
    await scene.house.settle()
    expect(await scene.house.task()).toMatchObject({ completeAt: scene.house.now() - 5000, signAt: scene.house.now() - 5000 })
  })

  test.each([
    ['known to have arrived', true],
    ['taken by the system', false],
  ])(
    'of a reflash: the version reported before the count of the last bytes was heard is a success, once all are %s',
    async (_how, complete) => {
      const connection = await scene.known('dn', '1.1.0')
      await scene.start({ reflash: true })
      await scene.house.say(connection, 'upgrade.post', { step: 100, module: 'mcu', task_id: '1' })
      await scene.house.pass(3)
      await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
      await scene.house.pass(1)
      // Went out after the report: what was reported then is the old image's.
      scene.house.core.served({ task: 1, bytes: 999, complete: false, sure: true, quietMs: 0 })
      await scene.house.settle()
      expect(await scene.house.task()).toMatchObject({ state: 'in_progress' })
      await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
      await scene.house.pass(1)
      scene.house.core.served({ task: 1, bytes: 1000, complete, sure: true, quietMs: 1500 })
      await scene.house.settle()
      expect(await scene.house.task()).toMatchObject({ state: 'succeeded' })
    },
  )

  test('of a reflash: a version reported before the last byte went out proves nothing', async () => {
    const connection = await scene.known('dn', '1.1.0')
    await scene.start({ reflash: true })
    await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    await scene.house.pass(1)
    scene.house.core.served({ task: 1, bytes: 1000, complete: true, sure: true, quietMs: 1000 })
    await scene.house.settle()
    expect(await scene.house.task()).toMatchObject({ state: 'in_progress' })
    await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(await scene.house.task()).toMatchObject({ state: 'succeeded' })
  })

  describe('of all bytes, and a device that comes anew a moment later with its old version,', () => {
    const comeBack = async (complete: boolean, sure: boolean, step: number | null): Promise<void> => {
      const connection = await scene.known()
      await scene.start()
      if (step !== null) await scene.house.say(connection, 'upgrade.post', { step, module: 'mcu', task_id: '1' })
      scene.house.core.served({ task: 1, bytes: 1000, complete: false, sure: false, quietMs: 0 })
      await scene.house.pass(2)
      const again = await scene.house.join('pk/dn')
      await scene.house.say(again, 'version.post', { version: '1.0.0', module: 'mcu' })
      await scene.house.pass(3)
      expect(scene.pushes()).toBe(1)
      if (complete) scene.house.core.served({ task: 1, bytes: 1000, complete, sure, quietMs: 5000 })
      await scene.house.settle()
      await scene.house.pass(5)
    }

    test.each([
      ['known to have arrived by an act of the client', true, true, 21],
      ['known to have arrived for quiet, of one that reports no steps', true, false, null],
    ])('%s: it fell back, and is not told again', async (_what, complete, sure, step) => {
      await comeBack(complete, sure, step)
      expect(scene.pushes()).toBe(1)
      expect((await scene.house.task()).graceSince).not.toBeNull()
    })

    test.each([
      ['not known to have arrived', false, false, null],
      ['quiet, though the device reports steps and said nothing of 100', true, false, 21],
    ])('%s: it goes on with its download, and is told again', async (_what, complete, sure, step) => {
      await comeBack(complete, sure, step)
      expect(scene.pushes()).toBe(2)
      expect((await scene.house.task()).graceSince).toBeNull()
    })

    test('after a restart of the server in the middle of it: told again, and nothing is held against it', async () => {
      const connection = await scene.known()
      await scene.start()
      await scene.house.say(connection, 'upgrade.post', { step: 21, module: 'mcu', task_id: '1' })
      scene.house.core.served({ task: 1, bytes: 1000, complete: false, sure: false, quietMs: 0 })
      await scene.house.pass(30)
      scene.house.core.served({ task: 1, bytes: 1000, complete: true, sure: false, quietMs: 30_000 })
      await scene.house.settle()
      scene.house = await scene.house.restart(2)
      const again = await scene.house.join('pk/dn')
      await scene.house.say(again, 'version.post', { version: '1.0.0', module: 'mcu' })
      await scene.house.pass(10)
      expect(scene.pushes()).toBe(1)
      expect(await scene.house.task()).toMatchObject({ state: 'in_progress', graceSince: null })
    })
  })

  test('by bytes holds off the stall without a write for each range', async () => {
    await scene.known()
    await scene.start()
    scene.house.core.served({ task: 1, bytes: 1, complete: false, sure: true, quietMs: 0 })
    await scene.house.settle()
    const { rev } = await scene.house.task()
    await scene.house.pass(20)
    scene.house.core.served({ task: 1, bytes: 2, complete: false, sure: true, quietMs: 0 })
    await scene.house.pass(890)
    expect(await scene.house.task()).toMatchObject({ state: 'in_progress', rev })
    await scene.house.pass(11)
    expect(await scene.house.task()).toMatchObject({ state: 'timed_out', reason: 'stall', bytes: 2 })
  })
})
