import { beforeEach, expect, test } from 'vitest'
import { createScene, type Scene } from './scene.ts'

let scene: Scene

beforeEach(async () => {
  scene = await createScene()
})

test('the first password binds, later ones do not', async () => {
  const { core } = scene.house
  expect((await core.enrol('pk', 'dn', null)).credential).toEqual({ kind: 'none' })
  expect((await core.enrol('pk', 'dn', 'h1')).credential).toEqual({ kind: 'first-use', hash: 'h1' })
  expect((await core.enrol('pk', 'dn', 'h2')).credential).toEqual({ kind: 'first-use', hash: 'h1' })
  expect((await core.operators.devices.forgetCredential('pk/dn')).credential).toEqual({ kind: 'none' })
})

test('an import takes all rows or none, and names the faulty lines', async () => {
  const { core, store } = scene.house
  const rows = [
    { line: 2, product: 'pk', name: 'gw', tags: ['b', 'a', 'a'] },
    { line: 3, product: 'pk', name: 'c1', gateway: 'pk/gw' },
    { line: 4, product: 'pk', name: 'c2', gateway: 'pk/nobody' },
    { line: 5, product: 'pk', name: 'x/y' },
  ]
  await expect(core.operators.devices.import(rows)).rejects.toMatchObject({
    code: 'OTA_IMPORT_INVALID',
    faults: [{ path: 'line 4' }, { path: 'line 5' }],
  })
  expect([...store.reads.devices()]).toEqual([])
  expect(await core.operators.devices.import(rows.slice(0, 2))).toEqual({ created: 2, updated: 0, unchanged: 0 })
  expect(store.reads.device('pk/gw')?.tags).toEqual(['a', 'b'])
  const { rev } = store.reads.device('pk/gw') ?? {}
  expect(await core.operators.devices.import(rows.slice(0, 2))).toEqual({ created: 0, updated: 0, unchanged: 2 })
  expect(store.reads.device('pk/gw')?.rev).toBe(rev)
  const again = rows.slice(0, 2).map((row) => ({ ...row, secret: `s${row.line}` }))
  expect(await core.operators.devices.import(again)).toEqual({ created: 0, updated: 2, unchanged: 0 })
  expect(await core.operators.devices.import([{ ...rows[0]!, tags: ['c'] }, again[1]!])).toEqual({ created: 0, updated: 1, unchanged: 1 })
  expect(store.reads.device('pk/gw')).toMatchObject({ tags: ['c'], credential: { kind: 'secret', secret: 's2' } })
})

test('an import makes no gateways of gateways, in whatever order its lines stand', async () => {
  const { core } = scene.house
  for (const name of ['top', 'mid']) await core.operators.devices.put('pk', name, {})
  const rows = [
    { line: 2, product: 'pk', name: 'leaf', gateway: 'pk/mid' },
    { line: 3, product: 'pk', name: 'mid', gateway: 'pk/top' },
  ]
  await expect(core.operators.devices.import(rows)).rejects.toMatchObject({ faults: [{ path: 'line 2' }] })
})

test('a gateway is neither itself nor a child, and a gateway is no child', async () => {
  const { core } = scene.house
  await core.operators.devices.put('pk', 'gw', {})
  await core.operators.devices.put('pk', 'c', { gateway: 'pk/gw' })
  for (const [name, gateway] of [
    ['gw', 'pk/gw'],
    ['x', 'pk/c'],
    ['gw', 'pk/other'],
    ['x', 'pk/nobody'],
  ] as const) {
    if (gateway === 'pk/other') await core.operators.devices.put('pk', 'other', {})
    await expect(core.operators.devices.put('pk', name, { gateway })).rejects.toMatchObject({ code: 'OTA_GATEWAY_INVALID' })
  }
})

test('a removed device leaves no open task, and its children stand alone', async () => {
  const { house } = scene
  await scene.known('gw')
  await house.core.operators.devices.put('pk', 'c', { gateway: 'pk/gw' })
  const id = await scene.start({ target: { devices: ['pk/gw'] } })
  await house.core.operators.devices.remove('pk/gw')
  await house.settle()
  expect(await house.task()).toMatchObject({ state: 'canceled', reason: 'device_removed' })
  expect(house.store.reads.device('pk/c')?.gateway).toBeNull()
  expect(house.store.reads.campaign(id)?.status).toBe('completed')
  await expect(house.core.operators.devices.remove('pk/gw')).rejects.toMatchObject({ code: 'OTA_DEVICE_UNKNOWN' })
})

test('a tag given later brings a device into a continuous campaign for it', async () => {
  await scene.known()
  await scene.start({ target: { tags: ['lab'], continuous: true } })
  expect(scene.pushes()).toBe(0)
  await scene.house.core.operators.devices.patch('pk/dn', { tags: ['lab'] })
  await scene.house.settle()
  expect(scene.pushes()).toBe(1)
})

test('firmware: the same bytes again are the same package, other bytes are refused, and none is removed while needed', async () => {
  const { core } = scene.house
  const input = { product: 'pk', module: 'mcu', version: '1.1.0', description: '', from: [], signMethod: 'MD5' as const }
  const digests = { size: 1000, md5: 'd5', sha256: '1.1.0', checksum: '00000000' }
  expect(await core.operators.firmware.add(input, digests)).toMatchObject({ created: false, firmware: { id: 1 } })
  await expect(core.operators.firmware.add(input, { ...digests, sha256: 'other' })).rejects.toMatchObject({ code: 'OTA_FIRMWARE_DIFFERS' })
  const id = await scene.start({ target: { continuous: true } })
  await expect(core.operators.firmware.remove(1)).rejects.toMatchObject({ code: 'OTA_FIRMWARE_IN_USE' })
  await core.operators.campaigns.cancel(id, false)
  await core.operators.firmware.remove(1)
  expect(core.operators.firmware.imageInUse('1.1.0')).toBe(false)
})

test('why tells the rule that holds a device back', async () => {
  const { house } = scene
  const texts = async (): Promise<string> =>
    (await house.why('pk/dn', undefined)).map((verdict) => `${verdict.ok ? 'yes' : 'no'} ${verdict.text}`).join('\n')
  const connection = await scene.known()
  expect(await texts()).toMatch(/no no campaign for product pk/)
  const id = await scene.start({ push: false })
  expect(await texts()).toMatch(/yes its turn: offered when it asks/)
  await house.core.operators.campaigns.pause(id)
  expect(await texts()).toMatch(/no the campaign is paused \(operator\)/)
  house.core.disconnected(connection)
  expect(await texts()).toMatch(/no offline, since/)
  await expect(house.why('pk/nobody', undefined)).rejects.toThrow('never connected')
})
