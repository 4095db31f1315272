import { expect, test } from 'vitest'
import { OtaError } from '../../src/errors.ts'
import { createMemory } from '../../src/store/memory.ts'
import { type AdminFixture, createAdminFixture, textOf } from '../support/admin-fixture.ts'
import { selfSigned } from '../support/certificate.ts'
import type { Json } from '../support/json.ts'

const overview = async (fixture: AdminFixture): Promise<Json> => {
  const answer = await fixture.call('GET', '/api/v1/overview')
  expect(answer.status).toBe(200)
  return answer.body
}
const reported = async (fixture: AdminFixture, key: string, version: string): Promise<void> => {
  const connection = await fixture.join(key)
  await fixture.report(connection, 'version.post', { version })
}

test('an empty server has an overview of zeros', async () => {
  expect(await overview(await createAdminFixture())).toMatchObject({
    version: '1.2.3',
    devices: { known: 0, online: 0, modules: [], otherModules: 0 },
    tasks: { queued: 0, succeeded: 0 },
    campaigns: [],
    failures: [],
    refusals: [],
    warnings: [],
  })
})

test('devices are counted by version, the rest beside the ten largest, as they change', async () => {
  const fixture = await createAdminFixture()
  for (let n = 0; n < 12; n++) await reported(fixture, `pk/d${n}`, `1.${n}`)
  const connection = await fixture.join('pk/d0')
  await fixture.report(connection, 'version.post', { version: '1.1' })
  await fixture.call('DELETE', '/api/v1/devices/pk/d11')
  expect((await overview(fixture))['devices']).toMatchObject({
    known: 11,
    modules: [
      {
        product: 'pk',
        module: 'default',
        devices: 11,
        versions: [{ version: '1.1', devices: 2 }, ...[2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => ({ version: `1.${n}`, devices: 1 }))],
        others: { versions: 0, devices: 0 },
      },
    ],
    otherModules: 0,
  })
  await reported(fixture, 'pk/e', '9')
  const modules = (await overview(fixture))['devices']?.['modules']
  expect(modules?.['0' as never]).toMatchObject({ devices: 12, others: { versions: 1, devices: 1 } })
})

test('a sub-device is online by its gateway, and counted once', async () => {
  const fixture = await createAdminFixture()
  for (const name of ['gw', 'a', 'b']) await fixture.call('PUT', `/api/v1/devices/pk/${name}`, name === 'gw' ? {} : { gateway: 'pk/gw' })
  expect((await overview(fixture))['devices']).toMatchObject({ known: 3, online: 0 })
  await fixture.join('pk/gw')
  expect((await overview(fixture))['devices']).toMatchObject({ online: 3 })
  const own = await fixture.join('pk/a')
  expect((await overview(fixture))['devices']).toMatchObject({ online: 3 })
  fixture.core.disconnected(own)
  expect((await overview(fixture))['devices']).toMatchObject({ online: 3 })
})

const failing = async (fixture: AdminFixture): Promise<void> => {
  await fixture.upload('product=pk&version=2.0')
  const connections = []
  for (const name of ['a', 'b', 'c']) {
    const connection = await fixture.join(`pk/${name}`)
    await fixture.report(connection, 'version.post', { version: '1.0' })
    connections.push(connection)
  }
  await fixture.call('POST', '/api/v1/campaigns', { firmware: '1', start: true, abort: [] })
  await fixture.settle()
  for (const [at, step] of [-2, -3, -2].entries()) {
    const connection = connections[at]
    if (connection === undefined) throw new Error('no connection')
    fixture.pass(1000)
    await fixture.report(connection, 'upgrade.post', { step, desc: 'cut off', id: at + 1, task_id: at + 1 })
  }
}

test('failures are grouped by reason, and survive a restart', async () => {
  const memory = createMemory()
  const fixture = await createAdminFixture({ disk: memory })
  await failing(fixture)
  const groups = [
    { state: 'failed', reason: 'download_error', count: 2, tasks: [{ device: 'pk/c', campaign: '1' }, { device: 'pk/a' }] },
    { state: 'failed', reason: 'verify_error', count: 1, tasks: [{ device: 'pk/b', version: '2.0' }] },
  ]
  const before = await overview(fixture)
  expect(before['failures']).toMatchObject(groups)
  expect(before['tasks']).toMatchObject({ failed: 3, queued: 0 })
  const next = await createAdminFixture({ disk: memory })
  expect((await overview(next))['failures']).toEqual(before['failures'])
})

test('campaigns under way are shown with their sentence, the newest first', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0')
  await reported(fixture, 'pk/a', '1.0')
  for (const name of ['first', 'second', 'draft']) {
    await fixture.call('POST', '/api/v1/campaigns', { firmware: '1', name, start: name !== 'draft', target: { continuous: true } })
  }
  await fixture.call('POST', '/api/v1/campaigns/1/pause')
  expect(await overview(fixture)).toMatchObject({
    campaigns: [
      { id: '2', name: 'second', status: 'running' },
      { id: '1', status: 'paused', code: 'campaign_paused_by' },
    ],
    otherCampaigns: 0,
  })
})

test('the newest 20 refusals are there', async () => {
  const fixture = await createAdminFixture()
  for (let n = 0; n < 25; n++)
    fixture.core.connectRefused({ reason: 'bad_password', device: null, clientId: `c${n}`, user: null, address: '192.0.2.1' })
  const refusals = Object.values((await overview(fixture))['refusals'] ?? {})
  expect([refusals.length, refusals[0]?.['clientId']]).toEqual([20, 'c24'])
})

test('what an operator should look after is said', async () => {
  const { cert } = selfSigned()
  const fixture = await createAdminFixture({
    site: {
      storeLost: () => ({ bytes: 7, commits: 1 }),
      descriptorsExhausted: () => true,
      logDropped: () => 3,
      listeners: () => [{ service: 'mqtt', url: 'mqtts://[::]:8883', cert }],
    },
    storeFailure: () => new OtaError('OTA_STORE_FAILED'),
  })
  const codes = Object.values((await overview(fixture))['warnings'] ?? {}).map((warning) => warning['code'])
  expect(codes).toEqual(['ota_store_failed', 'warning_store_lost', 'warning_descriptors', 'warning_log_dropped'])
})

test('a certificate that ends soon, or has ended, is named', async () => {
  const { cert } = selfSigned()
  const listeners = () => [{ service: 'admin' as const, url: 'https://[::]:8443', cert }]
  const fixture = await createAdminFixture({ site: { listeners } })
  const [listener] = Object.values((await fixture.call('GET', '/api/v1/listeners')).body['items'] ?? {})
  expect(listener).toMatchObject({
    service: 'admin',
    scheme: 'https',
    host: '::',
    port: 8443,
    encrypted: true,
    certificate: { names: ['localhost', '127.0.0.1'] },
  })
  const until = Date.parse(textOf(listener?.['certificate']?.['until']))
  const warned = async (): Promise<unknown> => Object.values((await overview(fixture))['warnings'] ?? {})[0]?.['code']
  fixture.pass(until - fixture.deps.now() - 86_400_000 * 10.5)
  expect(await warned()).toBe('warning_certificate_ends')
  fixture.pass(86_400_000 * 11)
  expect(await warned()).toBe('warning_certificate_ended')
})

test('a certificate that cannot be read is shown as none', async () => {
  const listeners = () => [{ service: 'admin' as const, url: 'https://127.0.0.1:1', cert: 'nonsense' }]
  const fixture = await createAdminFixture({ site: { listeners } })
  const [listener] = Object.values((await fixture.call('GET', '/api/v1/listeners')).body['items'] ?? {})
  expect(listener).toMatchObject({ encrypted: true, certificate: null })
})

test('the server says since when it runs, and what of its disk is free', async () => {
  const data = { dataBytes: 12, freeBytes: 30, diskBytes: 40 }
  const fixture = await createAdminFixture({ site: { connections: () => 7, data: async () => data } })
  fixture.pass(5000)
  const { status, body } = await fixture.call('GET', '/api/v1/server')
  expect([status, Date.parse(textOf(body['at'])) - Date.parse(textOf(body['startedAt']))]).toEqual([200, 5000])
  expect(body).toMatchObject({ version: '1.2.3', directory: '/var/lib/fogbell', ...data, connections: 7 })
})
