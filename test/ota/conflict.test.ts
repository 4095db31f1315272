import { beforeEach, describe, expect, test } from 'vitest'
import { addFirmware, createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

/** Another package, and a campaign for it. */
const startOther = async (version: string, input: object = {}, from: readonly string[] = []): Promise<number> => {
  fixture.firmware = await addFirmware(fixture, version, { from })
  return fixture.start(input)
}

const versionsOffered = (device = 'pk/dn'): readonly (string | undefined)[] =>
  fixture.sent.filter(({ to, method }) => to === device && method === 'firmware.post').map(({ params }) => params['version'])

beforeEach(async () => {
  fixture = await createOtaFixture()
})

describe('two campaigns for one module', () => {
  test('the second is queued behind the first, reports `busy`, and continues after it, also across a restart', async () => {
    const connection = await fixture.known()
    await fixture.start()
    const second = await startOther('1.2.0')
    const verdict = (await fixture.why('pk/dn', undefined)).find(({ campaign, ok }) => campaign === second && !ok)
    expect(verdict).toMatchObject({ reason: 'busy', text: 'waits: its module has open task 1 of campaign 1' })
    fixture = await fixture.restart()
    expect(fixture.store.reads.waiting(second).size).toBe(1)
    const again = fixture.connect(connection.device)
    await fixture.subscribe(again)
    await fixture.say(again, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(versionsOffered()).toEqual(['1.2.0'])
    expect(fixture.store.reads.waiting(second).size).toBe(0)
  })

  test('one that overwrites replaces queued and notified tasks, and waits for those in progress', async () => {
    const notified = await fixture.known('notified')
    const busy = await fixture.known('busy')
    await fixture.core.enrol('pk', 'away', null)
    const first = await fixture.start({ target: { devices: ['pk/notified', 'pk/busy', 'pk/away'] } })
    await fixture.say(busy, 'upgrade.post', { step: 10, module: 'mcu' })
    const second = await startOther('1.2.0', { overwrite: true, target: { devices: ['pk/notified', 'pk/busy', 'pk/away'] } })
    const { items } = await fixture.store.queries.tasks({ campaign: first, limit: 10 })
    const ends = new Map(items.map(({ device, state, reason }) => [device, [state, reason]]))
    expect(Object.fromEntries(ends)).toEqual({
      'pk/away': ['canceled', 'superseded'],
      'pk/busy': ['in_progress', null],
      'pk/notified': ['canceled', 'superseded'],
    })
    const ofFirst = (await fixture.why('pk/notified', undefined)).filter(({ campaign }) => campaign === first)
    expect(ofFirst).toMatchObject([
      { ok: true },
      { ok: false, reason: 'ended', text: expect.stringMatching(/^task \d+ of campaign 1 canceled \(superseded\) at /) },
    ])
    expect(await fixture.core.grant(items.find(({ device }) => device === 'pk/notified')?.id ?? 0)).toMatchObject({ gone: true })
    expect(versionsOffered('pk/notified')).toEqual(['1.1.0', '1.2.0'])
    expect(versionsOffered('pk/busy')).toEqual(['1.1.0'])
    await fixture.say(busy, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(versionsOffered('pk/busy')).toEqual(['1.1.0', '1.2.0'])
    await fixture.say(notified, 'version.post', { version: '1.2.0', module: 'mcu' })
    expect(fixture.store.reads.tally(second)).toMatchObject({ succeeded: 1, notified: 1, queued: 1 })
    expect(fixture.store.reads.campaign(first)?.status).toBe('completed')
  })

  test('a continuous campaign that overwrites replaces older tasks of devices that report, never newer ones', async () => {
    await fixture.start({ target: { continuous: true }, push: false })
    const connection = await fixture.known()
    fixture.firmware = await addFirmware(fixture, '1.2.0')
    const paused = await fixture.core.operators.campaigns.create({
      firmware: fixture.firmware,
      overwrite: true,
      target: { continuous: true },
    })
    await fixture.core.operators.campaigns.start(paused.id)
    await fixture.settle()
    expect(versionsOffered()).toEqual(['1.2.0'])
    await fixture.say(connection, 'version.post', { version: '1.0.0', module: 'mcu' })
    expect([...fixture.store.reads.openTasks()]).toMatchObject([{ campaign: 2, to: '1.2.0' }])
  })

  test('canceling the second removes it from the queue', async () => {
    await fixture.known()
    await fixture.start()
    const second = await startOther('1.2.0')
    await fixture.core.operators.campaigns.cancel(second, false)
    expect(fixture.store.reads.waiting(second).size).toBe(0)
    expect((await fixture.restart()).store.reads.waiting(second).size).toBe(0)
  })

  test('a long queue is not written again for each target that leaves it', async () => {
    const written = new Map<string, number>()
    fixture = await createOtaFixture({
      memory: {
        gate: async (ops) => {
          for (const { key } of ops) written.set(key, (written.get(key) ?? 0) + 1)
        },
      },
    })
    for (let at = 0; at < 300; at++) await fixture.core.enrol('pk', `d${at}`, null)
    await fixture.start()
    const devices = Array.from({ length: 300 }, (_, at) => `pk/d${at}`)
    const second = await startOther('1.2.0', { target: { devices } })
    const before = written.get('campaign/0000000002') ?? 0
    expect(written.get('target/0000000002')).toBe(1)
    for (let id = 1; id <= 50; id++) await fixture.core.operators.tasks.cancel(id)
    await fixture.settle()
    expect(fixture.store.reads.waiting(second).size).toBe(250)
    expect(fixture.store.reads.tally(second).queued).toBe(50)
    expect(written.get('campaign/0000000002')).toBe(before)
    const again = await fixture.restart()
    expect(again.store.reads.campaign(second)?.target.devices).toEqual(devices)
  })
})

describe('chains', () => {
  test('a device takes the step that another campaign offers, and then continues', async () => {
    const connection = await fixture.known()
    await startOther('2.0.0', { target: { continuous: true } }, ['1.5.0'])
    expect(versionsOffered()).toEqual([])
    await startOther('1.5.0', { target: { continuous: true } }, ['1.0.0'])
    expect(versionsOffered()).toEqual(['1.5.0'])
    await fixture.say(connection, 'version.post', { version: '1.5.0', module: 'mcu' })
    expect(versionsOffered()).toEqual(['1.5.0', '2.0.0'])
    await fixture.say(connection, 'version.post', { version: '2.0.0', module: 'mcu' })
    expect(versionsOffered()).toEqual(['1.5.0', '2.0.0'])
  })

  test('a snapshot keeps a target that needs a step first, says so, and drops it when no campaign offers the step any more', async () => {
    const connection = await fixture.known()
    const step = await startOther('1.5.0', { push: false })
    const last = await startOther('2.0.0', {}, ['1.5.0'])
    expect((await fixture.why('pk/dn', undefined)).map(({ text }) => text)).toContain(
      'the package requires 1.5.0; the device runs 1.0.0: campaign 1 updates it to 1.5.0 first',
    )
    await fixture.say(connection, 'firmware.get', { module: 'mcu' })
    expect(versionsOffered()).toEqual(['1.5.0'])
    await fixture.say(connection, 'version.post', { version: '1.5.0', module: 'mcu' })
    expect(versionsOffered()).toEqual(['1.5.0', '2.0.0'])
    await fixture.say(connection, 'version.post', { version: '2.0.0', module: 'mcu' })
    expect([step, last].map((id) => fixture.store.reads.campaign(id)?.status)).toEqual(['completed', 'completed'])
    fixture = await createOtaFixture()
    await fixture.known()
    const lost = await startOther('1.5.0', { push: false })
    const waiting = await startOther('2.0.0', {}, ['1.5.0'])
    await fixture.core.operators.campaigns.cancel(lost, false)
    await fixture.settle()
    expect(fixture.store.reads.campaign(waiting)?.status).toBe('completed')
  })

  test('a target whose step failed is dropped when the campaign that offered it is ended by an operator or by a rule', async () => {
    for (const end of ['operator', 'rule']) {
      fixture = await createOtaFixture()
      const connection = await fixture.known()
      const other = await fixture.known('other')
      const abort = [{ percent: 60, minFinished: 2, action: 'cancel' as const }]
      const step = await startOther('1.5.0', { abort })
      const last = await startOther('2.0.0', { target: { devices: ['pk/dn'] } }, ['1.5.0'])
      await fixture.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
      expect(fixture.store.reads.campaign(last)?.status).toBe('running')
      if (end === 'operator') await fixture.core.operators.campaigns.cancel(step, false)
      else await fixture.say(other, 'upgrade.post', { step: -1, module: 'mcu' })
      await fixture.settle()
      expect([end, fixture.store.reads.campaign(step)?.status, fixture.store.reads.campaign(last)?.status]).toEqual([
        end,
        'canceled',
        'completed',
      ])
    }
  })

  test('each device gets the first package of the version that fits it, a full image last', async () => {
    const full = await addFirmware(fixture, '2.0.0')
    const deltas = [await addFirmware(fixture, '2.0.0', { from: ['1.0.0'] }), await addFirmware(fixture, '2.0.0', { from: ['1.1.0'] })]
    for (const [name, version] of [
      ['a', '1.0.0'],
      ['b', '1.1.0'],
      ['c', '0.9.0'],
    ] as const)
      await fixture.known(name, version)
    fixture.firmware = full
    await fixture.start({ push: false })
    const packages = (): readonly number[] => [...fixture.store.reads.openTasks()].map((task) => task.firmware)
    expect(packages()).toEqual([deltas[0], deltas[1], full])
    const again = fixture.connect('pk/a')
    await fixture.say(again, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(packages()[0]).toBe(deltas[1])
    await fixture.say(again, 'version.post', { version: '0.1.0', module: 'mcu' })
    expect(packages()[0]).toBe(full)
  })

  test('a version may have several packages, but only one for the same source versions', async () => {
    const one = await addFirmware(fixture, '2.0.0', { from: ['1.0.0', '1.1.0'] })
    expect(await addFirmware(fixture, '2.0.0', { from: ['1.1.0', '1.0.0'] })).toBe(one)
    expect(await addFirmware(fixture, '2.0.0', { from: ['1.0.0'] })).not.toBe(one)
  })
})
