import { beforeEach, describe, expect, test } from 'vitest'
import { addFirmware } from './house.ts'
import { createScene, type Scene } from './scene.ts'

let scene: Scene

/** Another package, and a campaign for it. */
const startOther = async (version: string, input: object = {}, from: readonly string[] = []): Promise<number> => {
  scene.firmware = await addFirmware(scene.house, version, { from })
  return scene.start(input)
}

const versionsTold = (device = 'pk/dn'): readonly (string | undefined)[] =>
  scene.house.sent.filter(({ to, method }) => to === device && method === 'firmware.post').map(({ params }) => params['version'])

beforeEach(async () => {
  scene = await createScene()
})

describe('two campaigns for one module', () => {
  test('the second waits in line, is told `busy`, and goes on after the first, also over a restart', async () => {
    const connection = await scene.known()
    await scene.start()
    const second = await startOther('1.2.0')
    const verdict = (await scene.house.why('pk/dn', undefined)).find(({ campaign, ok }) => campaign === second && !ok)
    expect(verdict).toMatchObject({ reason: 'busy', text: 'waits: its module has open task 1 of campaign 1' })
    scene.house = await scene.house.restart()
    expect(scene.house.store.reads.waiting(second).size).toBe(1)
    const again = scene.house.connect(connection.device)
    await scene.house.hear(again)
    await scene.house.say(again, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(versionsTold()).toEqual(['1.2.0'])
    expect(scene.house.store.reads.waiting(second).size).toBe(0)
  })

  test('one that overwrites takes the place of what is queued and told, and waits for what is in progress', async () => {
    const told = await scene.known('told')
    const busy = await scene.known('busy')
    await scene.house.core.enrol('pk', 'away', null)
    const first = await scene.start({ target: { devices: ['pk/told', 'pk/busy', 'pk/away'] } })
    await scene.house.say(busy, 'upgrade.post', { step: 10, module: 'mcu' })
    const second = await startOther('1.2.0', { overwrite: true, target: { devices: ['pk/told', 'pk/busy', 'pk/away'] } })
    const { items } = await scene.house.store.queries.tasks({ campaign: first, limit: 10 })
    const ends = new Map(items.map(({ device, state, reason }) => [device, [state, reason]]))
    expect(Object.fromEntries(ends)).toEqual({
      'pk/away': ['canceled', 'superseded'],
      'pk/busy': ['in_progress', null],
      'pk/told': ['canceled', 'superseded'],
    })
    const ofFirst = (await scene.house.why('pk/told', undefined)).filter(({ campaign }) => campaign === first)
    expect(ofFirst).toMatchObject([
      { ok: true },
      { ok: false, reason: 'ended', text: expect.stringMatching(/^task \d+ of campaign 1 canceled \(superseded\) at /) },
    ])
    expect(await scene.house.core.grant(items.find(({ device }) => device === 'pk/told')?.id ?? 0)).toMatchObject({ gone: true })
    expect(versionsTold('pk/told')).toEqual(['1.1.0', '1.2.0'])
    expect(versionsTold('pk/busy')).toEqual(['1.1.0'])
    await scene.house.say(busy, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(versionsTold('pk/busy')).toEqual(['1.1.0', '1.2.0'])
    await scene.house.say(told, 'version.post', { version: '1.2.0', module: 'mcu' })
    expect(scene.house.store.reads.tally(second)).toMatchObject({ succeeded: 1, notified: 1, queued: 1 })
    expect(scene.house.store.reads.campaign(first)?.status).toBe('completed')
  })

  test('a continuous one that overwrites takes older tasks of devices that report, never newer ones', async () => {
    await scene.start({ target: { continuous: true }, push: false })
    const connection = await scene.known()
    scene.firmware = await addFirmware(scene.house, '1.2.0')
    const paused = await scene.house.core.operators.campaigns.create({
      firmware: scene.firmware,
      overwrite: true,
      target: { continuous: true },
    })
    await scene.house.core.operators.campaigns.start(paused.id)
    await scene.house.settle()
    expect(versionsTold()).toEqual(['1.2.0'])
    await scene.house.say(connection, 'version.post', { version: '1.0.0', module: 'mcu' })
    expect([...scene.house.store.reads.openTasks()]).toMatchObject([{ campaign: 2, to: '1.2.0' }])
  })

  test('canceling the second takes it out of the line', async () => {
    await scene.known()
    await scene.start()
    const second = await startOther('1.2.0')
    await scene.house.core.operators.campaigns.cancel(second, false)
    expect(scene.house.store.reads.waiting(second).size).toBe(0)
    expect((await scene.house.restart()).store.reads.waiting(second).size).toBe(0)
  })

  test('a line of many is not written again for each that leaves it', async () => {
    const written = new Map<string, number>()
    await scene.open({
      memory: {
        gate: async (ops) => {
          for (const { key } of ops) written.set(key, (written.get(key) ?? 0) + 1)
        },
      },
    })
    for (let at = 0; at < 300; at++) await scene.house.core.enrol('pk', `d${at}`, null)
    await scene.start()
    const devices = Array.from({ length: 300 }, (_, at) => `pk/d${at}`)
    const second = await startOther('1.2.0', { target: { devices } })
    const before = written.get('campaign/0000000002') ?? 0
    expect(written.get('target/0000000002')).toBe(1)
    for (let id = 1; id <= 50; id++) await scene.house.core.operators.tasks.cancel(id)
    await scene.house.settle()
    expect(scene.house.store.reads.waiting(second).size).toBe(250)
    expect(scene.house.store.reads.tally(second).queued).toBe(50)
    expect(written.get('campaign/0000000002')).toBe(before)
    const again = await scene.house.restart()
    expect(again.store.reads.campaign(second)?.target.devices).toEqual(devices)
  })
})

describe('chains', () => {
  test('a device takes the step that another campaign offers, then goes on', async () => {
    const connection = await scene.known()
    await startOther('2.0.0', { target: { continuous: true } }, ['1.5.0'])
    expect(versionsTold()).toEqual([])
    await startOther('1.5.0', { target: { continuous: true } }, ['1.0.0'])
    expect(versionsTold()).toEqual(['1.5.0'])
    await scene.house.say(connection, 'version.post', { version: '1.5.0', module: 'mcu' })
    expect(versionsTold()).toEqual(['1.5.0', '2.0.0'])
    await scene.house.say(connection, 'version.post', { version: '2.0.0', module: 'mcu' })
    expect(versionsTold()).toEqual(['1.5.0', '2.0.0'])
  })

  test('a snapshot keeps a target that needs a step first, says so, and lets it go when nobody offers the step any more', async () => {
    const connection = await scene.known()
    const step = await startOther('1.5.0', { push: false })
    const last = await startOther('2.0.0', {}, ['1.5.0'])
    expect((await scene.house.why('pk/dn', undefined)).map(({ text }) => text)).toContain(
      'package wants 1.5.0, device runs 1.0.0: campaign 1 updates it to 1.5.0 first',
    )
    await scene.house.say(connection, 'firmware.get', { module: 'mcu' })
    expect(versionsTold()).toEqual(['1.5.0'])
    await scene.house.say(connection, 'version.post', { version: '1.5.0', module: 'mcu' })
    expect(versionsTold()).toEqual(['1.5.0', '2.0.0'])
    await scene.house.say(connection, 'version.post', { version: '2.0.0', module: 'mcu' })
    expect([step, last].map((id) => scene.house.store.reads.campaign(id)?.status)).toEqual(['completed', 'completed'])
    await scene.open()
    await scene.known()
    const lost = await startOther('1.5.0', { push: false })
    const waiting = await startOther('2.0.0', {}, ['1.5.0'])
    await scene.house.core.operators.campaigns.cancel(lost, false)
    await scene.house.settle()
    expect(scene.house.store.reads.campaign(waiting)?.status).toBe('completed')
  })

  test('a target whose step failed is let go with the end of the campaign that offered it, by an operator or by a rule', async () => {
    for (const end of ['operator', 'rule']) {
      await scene.open()
      const connection = await scene.known()
      const other = await scene.known('other')
      const abort = [{ percent: 60, minFinished: 2, action: 'cancel' as const }]
      const step = await startOther('1.5.0', { abort })
      const last = await startOther('2.0.0', { target: { devices: ['pk/dn'] } }, ['1.5.0'])
      await scene.house.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
      expect(scene.house.store.reads.campaign(last)?.status).toBe('running')
      if (end === 'operator') await scene.house.core.operators.campaigns.cancel(step, false)
      else await scene.house.say(other, 'upgrade.post', { step: -1, module: 'mcu' })
      await scene.house.settle()
      expect([end, scene.house.store.reads.campaign(step)?.status, scene.house.store.reads.campaign(last)?.status]).toEqual([
        end,
        'canceled',
        'completed',
      ])
    }
  })

  test('each device gets the first package of the version that fits it, a full image last', async () => {
    const full = await addFirmware(scene.house, '2.0.0')
    const deltas = [
      await addFirmware(scene.house, '2.0.0', { from: ['1.0.0'] }),
      await addFirmware(scene.house, '2.0.0', { from: ['1.1.0'] }),
    ]
    for (const [name, version] of [
      ['a', '1.0.0'],
      ['b', '1.1.0'],
      ['c', '0.9.0'],
    ] as const)
      await scene.known(name, version)
    scene.firmware = full
    await scene.start({ push: false })
    const packages = (): readonly number[] => [...scene.house.store.reads.openTasks()].map((task) => task.firmware)
    expect(packages()).toEqual([deltas[0], deltas[1], full])
    const again = scene.house.connect('pk/a')
    await scene.house.say(again, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(packages()[0]).toBe(deltas[1])
    await scene.house.say(again, 'version.post', { version: '0.1.0', module: 'mcu' })
    expect(packages()[0]).toBe(full)
  })

  test('the same version may have several packages, but one for the same versions', async () => {
    const one = await addFirmware(scene.house, '2.0.0', { from: ['1.0.0', '1.1.0'] })
    expect(await addFirmware(scene.house, '2.0.0', { from: ['1.1.0', '1.0.0'] })).toBe(one)
    expect(await addFirmware(scene.house, '2.0.0', { from: ['1.0.0'] })).not.toBe(one)
  })
})
