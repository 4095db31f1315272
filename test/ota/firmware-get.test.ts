import { beforeEach, describe, expect, test } from 'vitest'
import { sentence } from '../../src/sentences/sentence.ts'
import { addFirmware, createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

beforeEach(async () => {
  fixture = await createOtaFixture()
})

describe('firmware.get', () => {
  test('is answered with the request id; a queued task becomes notified, and one in progress stays in progress', async () => {
    const connection = await fixture.known()
    await fixture.start({ push: false })
    await fixture.say(connection, 'firmware.get', { module: 'mcu' }, 'abc')
    expect(fixture.sent).toMatchObject([{ method: 'firmware.post', id: 'abc', params: { task_id: '1' } }])
    expect((await fixture.task()).state).toBe('notified')
    await fixture.say(connection, 'upgrade.post', { step: 5, module: 'mcu', task_id: '1' })
    await fixture.say(connection, 'firmware.get', { module: 'mcu' }, 7)
    expect(fixture.sent.at(-1)).toMatchObject({ id: 7, params: { task_id: '1' } })
    expect(await fixture.task()).toMatchObject({ state: 'in_progress', step: 5 })
  })

  test('is answered with the package that fits now, where another one of the same version fitted before on this connection', async () => {
    fixture = await createOtaFixture()
    const full = fixture.firmware
    const other = await addFirmware(fixture, '2.0.0', { from: ['1.0.0'] })
    await fixture.core.operators.firmware.add(
      { product: 'pk', module: 'mcu', version: '2.0.0', description: '', from: ['1.0.5'], signMethod: 'MD5' },
      { size: 5, md5: 'md5 of the other', sha256: 'sha256 of the other', checksum: 'ff' },
    )
    expect(other).not.toBe(full)
    const connection = await fixture.known()
    fixture.firmware = other
    await fixture.start({ push: false })
    await fixture.say(connection, 'firmware.get', { module: 'mcu' }, 1)
    const first = fixture.sent.at(-1)
    await fixture.say(connection, 'version.post', { version: '1.0.5', module: 'mcu' })
    await fixture.pass(1)
    await fixture.say(connection, 'firmware.get', { module: 'mcu' }, 2)
    const second = fixture.sent.at(-1)
    expect([first?.id, second?.id]).toEqual([1, 2])
    expect(second?.params['task_id']).toBe(first?.params['task_id'])
    expect(JSON.stringify(first?.params)).not.toContain('md5 of the other')
    expect(JSON.stringify(second?.params)).toContain('md5 of the other')
  })

  test('is answered each time with the same signed link, and with a new one if anything in it has changed', async () => {
    const connection = await fixture.known()
    const ask = async (id: number): Promise<unknown> => {
      await fixture.pass(1)
      await fixture.say(connection, 'firmware.get', { module: 'mcu' }, id)
      return fixture.sent.at(-1)
    }
    const urls = (): unknown[] => fixture.sent.map(({ params }) => params['url'])
    const first = await fixture.start({ push: false })
    expect([await ask(2), await ask(3)]).toMatchObject([
      { id: 2, params: { task_id: '1', version: '1.1.0', url: 'http://192.0.2.1/d/1' } },
      { id: 3, params: { task_id: '1', version: '1.1.0', url: 'http://192.0.2.1/d/1' } },
    ])
    expect(fixture.wire.signed).toHaveLength(1)
    fixture.wire.host = '192.0.2.2'
    await ask(4)
    await fixture.core.operators.campaigns.cancel(first, true)
    await fixture.start({ push: false })
    await ask(5)
    await ask(6)
    expect(urls().slice(2)).toEqual(['http://192.0.2.2/d/1', 'http://192.0.2.2/d/2', 'http://192.0.2.2/d/2'])
    expect(fixture.wire.signed).toHaveLength(3)
  })

  test('before the device has subscribed changes nothing, and the device is notified once it has', async () => {
    const connection = await fixture.known()
    await fixture.start({ push: true, rate: { maxInProgress: 1 } })
    fixture.core.disconnected(connection)
    await fixture.core.operators.tasks.cancel(1)
    await fixture.core.operators.campaigns.retry(1).catch(() => 0)
    const second = await fixture.start()
    const again = fixture.connect('pk/dn')
    fixture.wire.subscribed.clear()
    await fixture.say(again, 'firmware.get', { module: 'mcu' })
    expect((await fixture.task(2)).state).toBe('queued')
    await fixture.subscribe(again)
    expect(fixture.sent.at(-1)?.params['task_id']).toBe('2')
    expect(fixture.store.reads.campaign(second)?.status).toBe('running')
  })

  test('that was answered while a push was being recorded counts as notified, though the device has disconnected since', async () => {
    const connection = await fixture.known()
    fixture.wire.subscribed.clear()
    fixture.core.unsubscribed(connection, 'ota')
    await fixture.start()
    // The device gets one message and is gone: it asks, waits for one answer, and sleeps.
    fixture.wire.onSend = () => fixture.wire.subscribed.clear()
    fixture.wire.subscribed.add('pk/dn ota')
    fixture.core.subscribed(connection, 'ota')
    for (let turn = 0; turn < 20 && (await fixture.task()).state === 'queued'; turn += 1) await Promise.resolve()
    await fixture.say(connection, 'firmware.get', { module: 'mcu' }, 'abc')
    fixture.core.disconnected(connection)
    await fixture.settle()
    expect(fixture.sent).toHaveLength(1)
    expect(await fixture.task()).toMatchObject({ state: 'notified', reason: null })
    expect((await fixture.task()).history.map(({ said }) => said)).not.toContainEqual(sentence('note_not_delivered'))
  })

  test('without an update gets nothing, or the empty answer if that is set', async () => {
    const connection = await fixture.known()
    await fixture.say(connection, 'firmware.get', {})
    expect(fixture.sent).toEqual([])
    fixture = await createOtaFixture({ settings: { noUpdateReply: 'empty' } })
    await fixture.say(await fixture.known(), 'firmware.get', {}, 5)
    expect(fixture.sent).toMatchObject([{ id: 5, method: 'firmware.post', params: {} }])
  })

  test('of a device that runs the target closes the task', async () => {
    const connection = await fixture.join('pk/dn')
    await fixture.say(connection, 'version.post', { version: '1.0.0', module: 'mcu' })
    const id = await fixture.start({ push: false })
    await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    await fixture.say(connection, 'firmware.get', { module: 'mcu' })
    expect(fixture.sent).toEqual([])
    expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'completed' })
  })

  test('gets nothing without a slot, from a paused campaign, or more than five times at once', async () => {
    const connection = await fixture.known()
    await fixture.known('other')
    const id = await fixture.start({ push: false, rate: { maxInProgress: 1 } })
    await fixture.core.operators.tasks.push(2)
    await fixture.say(connection, 'firmware.get', { module: 'mcu' })
    expect(fixture.pushes()).toBe(0)
    await fixture.core.operators.tasks.cancel(2)
    await fixture.core.operators.campaigns.pause(id)
    await fixture.say(connection, 'firmware.get', { module: 'mcu' })
    expect(fixture.pushes()).toBe(0)
    await fixture.core.operators.campaigns.resume(id)
    for (let i = 0; i < 5; i++) await fixture.say(connection, 'firmware.get', { module: 'mcu' })
    expect(fixture.pushes()).toBe(3)
    expect(fixture.drops.get('get_rate')).toBe(2)
    await fixture.pass(1)
    await fixture.say(connection, 'firmware.get', { module: 'mcu' })
    expect(fixture.pushes()).toBe(4)
  })
})
