import { beforeEach, expect, test } from 'vitest'
import { createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

beforeEach(async () => {
  fixture = await createOtaFixture()
})

test('the first password binds, later ones do not', async () => {
  const { core } = fixture
  expect((await core.enrol('pk', 'dn', null)).credential).toEqual({ kind: 'none' })
  expect((await core.enrol('pk', 'dn', 'h1')).credential).toEqual({ kind: 'first-use', hash: 'h1' })
  expect((await core.enrol('pk', 'dn', 'h2')).credential).toEqual({ kind: 'first-use', hash: 'h1' })
  expect((await core.operators.devices.forgetCredential('pk/dn')).credential).toEqual({ kind: 'none' })
})

test('an import stores all rows or none, and reports the faulty lines', async () => {
  const { core, store } = fixture
  const rows = [
    { row: 2, product: 'pk', name: 'gw', tags: ['b', 'a', 'a'] },
    { row: 3, product: 'pk', name: 'c1', gateway: 'pk/gw' },
    { row: 4, product: 'pk', name: 'c2', gateway: 'pk/nobody' },
    { row: 5, product: 'pk', name: 'x/y' },
  ]
  await expect(core.operators.devices.import(rows)).rejects.toMatchObject({
    code: 'OTA_IMPORT_INVALID',
    faults: [{ path: 'row 4' }, { path: 'row 5' }],
  })
  expect([...store.reads.devices()]).toEqual([])
  expect(await core.operators.devices.import(rows.slice(0, 2))).toEqual({ created: 2, updated: 0, unchanged: 0 })
  expect(store.reads.device('pk/gw')?.tags).toEqual(['a', 'b'])
  const { rev } = store.reads.device('pk/gw') ?? {}
  expect(await core.operators.devices.import(rows.slice(0, 2))).toEqual({ created: 0, updated: 0, unchanged: 2 })
  expect(store.reads.device('pk/gw')?.rev).toBe(rev)
  const again = rows.slice(0, 2).map((row) => ({ ...row, secret: `s${row.row}` }))
  expect(await core.operators.devices.import(again)).toEqual({ created: 0, updated: 2, unchanged: 0 })
  expect(await core.operators.devices.import([{ ...rows[0]!, tags: ['c'] }, again[1]!])).toEqual({ created: 0, updated: 1, unchanged: 1 })
  expect(store.reads.device('pk/gw')).toMatchObject({ tags: ['c'], credential: { kind: 'secret', secret: 's2' } })
})

test('an import creates no gateways of gateways, whatever the order of its lines', async () => {
  const { core } = fixture
  for (const name of ['top', 'mid']) await core.operators.devices.put('pk', name, {})
  const rows = [
    { row: 2, product: 'pk', name: 'leaf', gateway: 'pk/mid' },
    { row: 3, product: 'pk', name: 'mid', gateway: 'pk/top' },
  ]
  await expect(core.operators.devices.import(rows)).rejects.toMatchObject({ faults: [{ path: 'row 2' }] })
})

test('a device is not its own gateway, a child is not a gateway, and a gateway is not a child', async () => {
  const { core } = fixture
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

test('a removed device leaves no open task, and its children have no gateway', async () => {
  await fixture.known('gw')
  await fixture.core.operators.devices.put('pk', 'c', { gateway: 'pk/gw' })
  const id = await fixture.start({ target: { devices: ['pk/gw'] } })
  await fixture.core.operators.devices.remove('pk/gw')
  await fixture.settle()
  expect(await fixture.task()).toMatchObject({ state: 'canceled', reason: 'device_removed' })
  expect(fixture.store.reads.device('pk/c')?.gateway).toBeNull()
  expect(fixture.store.reads.campaign(id)?.status).toBe('completed')
  await expect(fixture.core.operators.devices.remove('pk/gw')).rejects.toMatchObject({ code: 'OTA_DEVICE_UNKNOWN' })
})

test('a device that is added again after its removal has nothing of the earlier one', async () => {
  const { core } = fixture
  const { devices } = core.operators
  const connection = await fixture.known()
  core.noteConnection('pk/dn', 'refused', 'bad_password', '192.0.2.7')
  await devices.remove('pk/dn')
  // Its connection ends a little later.
  core.disconnected(connection)
  await fixture.settle()
  await devices.put('pk', 'dn', {})
  expect(devices.lastSeen('pk/dn')).toBeNull()
  expect(devices.connectionNote('pk/dn')).toBeNull()
  expect((await devices.why('pk/dn', undefined)).map(({ rule }) => rule)).not.toContain('refused')
  // The same refusal within a minute is no repetition: it is the first one of this device.
  core.noteConnection('pk/dn', 'refused', 'bad_password', '192.0.2.7')
  expect(await devices.timeline('pk/dn')).toMatchObject([{ what: 'refused', reason: 'bad_password' }])
})

test('a tag that is added later makes a device a target of a continuous campaign', async () => {
  await fixture.known()
  await fixture.start({ target: { tags: ['lab'], continuous: true } })
  expect(fixture.pushes()).toBe(0)
  await fixture.core.operators.devices.patch('pk/dn', { tags: ['lab'] })
  await fixture.settle()
  expect(fixture.pushes()).toBe(1)
})

test('firmware: the same bytes again are the same package, other bytes are refused, and none is removed while needed', async () => {
  const { core } = fixture
  const input = { product: 'pk', module: 'mcu', version: '1.1.0', description: '', from: [], signMethod: 'MD5' as const }
  const digests = { size: 1000, md5: 'd5', sha256: '1.1.0', checksum: '00000000' }
  expect(await core.operators.firmware.add(input, digests)).toMatchObject({ created: false, firmware: { id: 1 } })
  await expect(core.operators.firmware.add(input, { ...digests, sha256: 'other' })).rejects.toMatchObject({ code: 'OTA_FIRMWARE_DIFFERS' })
  const id = await fixture.start({ target: { continuous: true } })
  await expect(core.operators.firmware.remove(1)).rejects.toMatchObject({ code: 'OTA_FIRMWARE_IN_USE' })
  await core.operators.campaigns.cancel(id, false)
  await core.operators.firmware.remove(1)
  expect(core.operators.firmware.imageInUse('1.1.0')).toBe(false)
})

test('why reports the rule that holds a device back', async () => {
  const texts = async (): Promise<string> =>
    (await fixture.why('pk/dn', undefined)).map((verdict) => `${verdict.ok ? 'yes' : 'no'} ${verdict.text}`).join('\n')
  const connection = await fixture.known()
  expect(await texts()).toMatch(/no no campaign for product pk/)
  const id = await fixture.start({ push: false })
  expect(await texts()).toMatch(/yes ready: offered when it asks/)
  await fixture.core.operators.campaigns.pause(id)
  expect(await texts()).toMatch(/no the campaign is paused \(operator\)/)
  fixture.core.disconnected(connection)
  expect(await texts()).toMatch(/no offline since/)
  await expect(fixture.why('pk/nobody', undefined)).rejects.toThrow('never connected')
})
