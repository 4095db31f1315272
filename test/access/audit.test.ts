// The audit: what is noted of each act, and how a line that was changed or removed is found.

import { expect, test } from 'vitest'
import { auditKey } from '../../src/access/access-keys.ts'
import { openAccess } from '../../src/access/open-access.ts'
import { acceptedLosses } from '../../src/data-open.ts'
import type { AuditAct } from '../../src/ota/ports/access.ts'
import { lossKey } from '../../src/store/keys.ts'
import { createMemory } from '../../src/store/memory.ts'
import { browserWith, clientWith } from '../support/access-clients.ts'
import { type AdminFixture, type AdminFixtureOptions, createAdminFixture, itemsOf, textOf } from '../support/admin-fixture.ts'
import type { Json } from '../support/json.ts'

const password = 'correct horse battery'

const linesOf = async ({ call }: AdminFixture, query = ''): Promise<readonly Json[]> => itemsOf(await call('GET', `/api/v1/audit${query}`))
const lastOf = async (fixture: AdminFixture): Promise<Json | undefined> => (await linesOf(fixture))[0]
const faultsOf = async ({ call }: AdminFixture, query = ''): Promise<readonly string[]> =>
  Object.values((await call('GET', `/api/v1/audit/verify${query}`)).body['faults'] ?? {}).map((fault) => textOf(fault['text']))

test('acts on people and tokens: who, when, from where, what, before and after; no secret', async () => {
  const fixture = await createAdminFixture()
  const made = await fixture.call('POST', '/api/v1/tokens', { name: 'ci', role: 'operator' })
  expect(await lastOf(fixture)).toMatchObject({
    seq: 1,
    at: '2026-01-02T03:04:05.000Z',
    kind: 'file',
    name: 'admin.token',
    role: 'admin',
    address: '127.0.0.1',
    act: 'addToken',
    subject: 'token ci',
    changes: { role: [null, 'operator'] },
  })
  await fixture.call('POST', '/api/v1/users', { name: 'mei', role: 'viewer', password })
  await fixture.call('PATCH', '/api/v1/users/mei', { role: 'admin' })
  expect(await lastOf(fixture)).toMatchObject({ act: 'setUserRole', subject: 'user mei', changes: { role: ['viewer', 'admin'] } })
  const browser = await browserWith(fixture, { name: 'mei', password })
  expect(await lastOf(fixture)).toMatchObject({ act: 'signIn', kind: 'person', name: 'mei', detail: { by: 'password' } })
  await browser.call('PUT', '/api/v1/users/mei/password', { password: 'another sentence', current: password })
  expect(await lastOf(fixture)).toMatchObject({ act: 'setUserPassword', name: 'mei', changes: { password: ['***', '***'] } })
  await fixture.call('DELETE', '/api/v1/tokens/ci')
  expect(await lastOf(fixture)).toMatchObject({ act: 'removeToken', changes: { role: ['operator', null] } })
  const all = (await fixture.call('GET', '/api/v1/audit')).text
  for (const secret of [password, 'another sentence', textOf(made.body['token']), 'scrypt']) expect(all).not.toContain(secret)
})

test('acts on devices, packages, campaigns and tasks', async () => {
  const fixture = await createAdminFixture()
  const client = await clientWith(fixture, 'operator')
  await fixture.call('PUT', '/api/v1/devices/lamp/l1', { secret: 'of the device', tags: ['a'] })
  expect(await lastOf(fixture)).toMatchObject({
    act: 'putDevice',
    subject: 'device lamp/l1',
    changes: { tags: [null, ['a']], credential: [null, 'secret'] },
    detail: { secret: '***' },
  })
  await client.call('PATCH', '/api/v1/devices/lamp/l1', { tags: ['b'] })
  expect(await lastOf(fixture)).toMatchObject({
    act: 'patchDevice',
    name: client.name,
    role: 'operator',
    changes: { tags: [['a'], ['b']] },
  })
  await fixture.upload('product=lamp&version=2')
  expect(await lastOf(fixture)).toMatchObject({ act: 'putFirmware', subject: 'firmware 1', changes: { version: [null, '2'] } })
  await client.call('POST', '/api/v1/campaigns', { firmware: '1', target: { continuous: true } })
  expect(await lastOf(fixture)).toMatchObject({ act: 'createCampaign', subject: 'campaign 1', changes: { status: [null, 'draft'] } })
  await client.call('POST', '/api/v1/campaigns/1/start')
  expect(await lastOf(fixture)).toMatchObject({ act: 'startCampaign', subject: 'campaign 1', changes: { status: ['draft', 'running'] } })
  await client.call('POST', '/api/v1/campaigns/1/cancel', { force: true })
  expect(await lastOf(fixture)).toMatchObject({
    act: 'cancelCampaign',
    changes: { status: ['running', 'canceled'] },
    detail: { force: true },
  })
  await fixture.call('DELETE', '/api/v1/devices/lamp/l1')
  expect(await lastOf(fixture)).toMatchObject({ act: 'deleteDevice', changes: { tags: [['b'], null] } })
  expect((await fixture.call('GET', '/api/v1/audit')).text).not.toContain('of the device')
  expect(await faultsOf(fixture)).toEqual([])
})

test('reading, a dry run and what is refused are no acts; a backup is one', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=lamp&version=2')
  const before = (await linesOf(fixture)).length
  await fixture.call('GET', '/api/v1/devices')
  await fixture.call('POST', '/api/v1/campaigns?dryRun=true', { firmware: '1', target: { continuous: true } })
  await fixture.call('POST', '/api/v1/campaigns', { firmware: '99' })
  await fixture.call('DELETE', '/api/v1/devices/lamp/nobody')
  expect(await linesOf(fixture)).toHaveLength(before)
  await fixture.ask('GET', '/api/v1/backup', undefined, { authorization: `Bearer ${fixture.token}` })
  expect(await lastOf(fixture)).toMatchObject({ act: 'getBackup', subject: null })
})

test('a bulk act is a count and a digest', async () => {
  const fixture = await createAdminFixture()
  const list = 'product,name,secret\nlamp,l1,very-secret\nlamp,l2,\n'
  await fixture.call('POST', '/api/v1/devices/import', list, { 'content-type': 'text/csv' })
  const line = await lastOf(fixture)
  expect(line).toMatchObject({ act: 'importDevices', detail: { bytes: list.length, answer: { created: 2 } } })
  expect(textOf(line?.['detail']?.['sha256'])).toMatch(/^[0-9a-f]{64}$/)
  await fixture.upload('product=lamp&version=2')
  const devices = Array.from({ length: 200 }, (_, i) => `lamp/x${i}`)
  await fixture.call('POST', '/api/v1/campaigns', { firmware: '1', target: { devices } })
  expect(await lastOf(fixture)).toMatchObject({ changes: { target: [null, { devices: { count: 200 } }] } })
  expect((await fixture.call('GET', '/api/v1/audit')).text).not.toContain('very-secret')
})

/** A trail of `count` lines, on its disk. */
const trailOf = async (count: number, options: AdminFixtureOptions = {}) => {
  const disk = createMemory()
  const fixture = await createAdminFixture({ disk, ...options })
  for (let i = 1; i <= count; i++) await fixture.call('PUT', `/api/v1/devices/lamp/l${i}`, {})
  return { disk, fixture }
}

test('pages go from the newest line to the oldest, with filters', async () => {
  const { fixture } = await trailOf(7)
  await fixture.call('POST', '/api/v1/tokens', { name: 'ci', role: 'viewer' })
  const pages: unknown[] = []
  let after = ''
  do {
    const page = await fixture.call('GET', `/api/v1/audit?limit=3${after}`)
    pages.push(itemsOf(page).map((line) => line['seq']))
    const next = textOf(page.body['next'])
    after = next === '' ? '' : `&after=${next}`
  } while (after !== '')
  expect(pages).toEqual([
    [8, 7, 6],
    [5, 4, 3],
    [2, 1],
  ])
  expect(await linesOf(fixture, '?act=addToken')).toHaveLength(1)
  expect(await linesOf(fixture, '?subject=device%20lamp/l3')).toMatchObject([{ seq: 3 }])
  expect(await linesOf(fixture, '?name=admin.token&limit=2')).toHaveLength(2)
  expect(await linesOf(fixture, '?since=2026-01-02T03:04:06Z')).toEqual([])
  expect(await linesOf(fixture, '?until=2026-01-02T03:04:06%2B00:00')).toHaveLength(8)
})

test('a chain that is whole is found to be so, over restarts too', async () => {
  const { disk, fixture } = await trailOf(3)
  const verdict = (await fixture.call('GET', '/api/v1/audit/verify')).body
  const again = await createAdminFixture({ disk })
  await again.call('PUT', '/api/v1/devices/lamp/l9', {})
  expect(await again.call('GET', `/api/v1/audit/verify?head=${textOf(verdict['head'])}`)).toMatchObject({ body: { lines: 4, faults: [] } })
  expect(await faultsOf(again, `?head=${textOf(verdict['head']).split(':')[1]}`)).toEqual([])
})

const change = async (disk: ReturnType<typeof createMemory>, seq: number, from: string, to: string): Promise<void> => {
  const value = await disk.get(auditKey(seq))
  expect(value).toContain(from)
  await disk.commit([{ type: 'put', key: auditKey(seq), value: (value ?? '').replace(from, to) }])
}

test('a changed line is found and named', async () => {
  const { disk, fixture } = await trailOf(5)
  await change(disk, 3, 'lamp/l3', 'lamp/l4')
  expect(await faultsOf(fixture)).toEqual(['Line 3 was changed: its text does not have its hash.'])
})

test('a line that was written anew with a hash that fits it is found by the next one', async () => {
  const { disk, fixture } = await trailOf(5)
  const forged = await trailOf(3)
  const value = (await forged.disk.get(auditKey(3))) ?? ''
  await disk.commit([{ type: 'put', key: auditKey(3), value }])
  await change(disk, 2, 'lamp/l2', 'lamp/l3')
  expect(await faultsOf(fixture)).toEqual(['Line 2 was changed: its text does not have its hash.'])
  const other = await trailOf(0)
  await other.fixture.call('PUT', '/api/v1/devices/lamp/other', {})
  await disk.commit([{ type: 'put', key: auditKey(1), value: (await other.disk.get(auditKey(1))) ?? '' }])
  expect(await faultsOf(fixture)).toContain('Line 2 was changed: its text does not have its hash.')
  const clean = await trailOf(3)
  await clean.disk.commit([{ type: 'put', key: auditKey(1), value: (await other.disk.get(auditKey(1))) ?? '' }])
  expect(await faultsOf(clean.fixture)).toEqual(['Line 2 does not follow line 1: one of them was written anew.'])
})

test('missing lines are found and named: in the middle, at the beginning, at the end', async () => {
  const { disk, fixture } = await trailOf(8)
  for (const seq of [1, 4, 5, 8]) await disk.commit([{ type: 'del', key: auditKey(seq) }])
  expect(await faultsOf(fixture)).toEqual(['Line 1 is missing.', 'Lines 4 to 5 are missing.', 'Line 8 is missing.'])
  const again = await createAdminFixture({ disk })
  await again.call('PUT', '/api/v1/devices/lamp/l9', {})
  expect(await faultsOf(again)).toEqual(['Line 1 is missing.', 'Lines 4 to 5 are missing.', 'Line 8 is missing.'])
})

test('an end that was cut off without a trace is found by a head that was noted elsewhere', async () => {
  const { fixture } = await trailOf(6)
  const noted = textOf((await fixture.call('GET', '/api/v1/audit/verify')).body['head'])
  const cut = await trailOf(4)
  expect(await faultsOf(cut.fixture)).toEqual([])
  expect(await faultsOf(cut.fixture, `?head=${noted}`)).toEqual([
    'The noted head, line 6, is not in the audit: lines were removed at its end, or written anew.',
  ])
})

test('an act is in the audit when it is answered; one that could not be noted follows with the next', async () => {
  const failing = { keys: '' }
  const disk = createMemory({
    gate: async (ops) => {
      if (failing.keys !== '' && ops.some(({ key }) => key.startsWith(failing.keys))) throw new Error('disk full')
    },
  })
  const fixture = await createAdminFixture({ disk })
  failing.keys = 'audit/'
  expect((await fixture.call('PUT', '/api/v1/devices/lamp/l1', {})).status).toBe(201)
  expect(fixture.logged.map(({ message }) => message)).toContain('a line of the audit could not be stored; it is stored with the next one')
  failing.keys = ''
  fixture.pass(1000)
  await fixture.call('PUT', '/api/v1/devices/lamp/l2', {})
  const lines = await linesOf(fixture)
  expect(lines.map((line) => textOf(line['subject']))).toEqual(['device lamp/l2', 'device lamp/l1'])
  const late = { at: '2026-01-02T03:04:06.000Z', detail: { doneAt: '2026-01-02T03:04:05.000Z' } }
  expect(lines).toMatchObject([{ detail: {} }, late])
  expect(await faultsOf(fixture)).toEqual([])
})

test('an act on a token and its line are one commit', async () => {
  const groups: string[][] = []
  const disk = createMemory({ gate: async (ops) => void groups.push(ops.map(({ key }) => key.split('/')[0] ?? '')) })
  const fixture = await createAdminFixture({ disk })
  groups.length = 0
  await fixture.call('POST', '/api/v1/tokens', { name: 'ci', role: 'viewer' })
  expect(groups).toEqual([['token', 'audit', 'audited']])
})

test('many acts at the same time make one chain in few commits', async () => {
  const commits: number[] = []
  const disk = createMemory({ gate: async () => void commits.push(1) })
  const { log } = (await createAdminFixture()).deps
  const access = await openAccess({ batches: disk, fileToken: () => 'x', now: () => 5, log })
  const act: AuditAct = {
    kind: 'token',
    name: 'ci',
    role: 'operator',
    address: null,
    act: 'pushTask',
    subject: null,
    changes: {},
    detail: {},
  }
  await Promise.all(Array.from({ length: 1000 }, () => access.audit.note(act)))
  expect(await access.audit.verify(null)).toMatchObject({ lines: 1000, faults: [] })
  expect(commits.length).toBeLessThan(10)
})

test('accepted losses of the store are noted once, by the server', async () => {
  const { log } = (await createAdminFixture()).deps
  const disk = createMemory()
  const open = () => openAccess({ batches: disk, fileToken: () => 'x', now: () => 5, log })
  const losses = [{ at: 3, facts: { bytes: 100, commits: 2 } }]
  await (await open()).noteLosses(losses)
  const access = await open()
  await access.noteLosses(losses)
  await access.noteLosses([...losses, { at: 4, facts: { bytes: 1, commits: 0 } }])
  const { items } = await access.audit.list({ before: 100, limit: 10 })
  expect(items).toMatchObject([
    { seq: 2, kind: 'server', act: 'acceptLoss', detail: { at: 4 } },
    { seq: 1, kind: 'server', act: 'acceptLoss', subject: 'store', detail: { at: 3, bytes: 100, commits: 2 } },
  ])
})

test('the losses that were accepted are those of the store', async () => {
  const disk = createMemory()
  await disk.commit(
    [5, 3].map((at) => ({ type: 'put', key: lossKey(at), value: JSON.stringify({ at, bytes: 7, commits: at, damage: [] }) })),
  )
  expect(await acceptedLosses(disk)).toEqual([
    { at: 3, facts: { bytes: 7, commits: 3 } },
    { at: 5, facts: { bytes: 7, commits: 5 } },
  ])
})

test('a store that was restored from a backup says so once', async () => {
  const { log } = (await createAdminFixture()).deps
  const disk = createMemory()
  const open = () => openAccess({ batches: disk, fileToken: () => 'x', now: () => 5, log })
  for (const id of ['first', 'first', 'second', 'second']) await (await open()).noteInstance(id)
  const { items } = await (await open()).audit.list({ before: 100, limit: 10 })
  expect(items).toMatchObject([{ seq: 1, kind: 'server', act: 'restore', subject: 'store' }])
})

test('a new admin.token is noted without itself', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('POST', '/api/v1/token/rotate')
  const { items } = await fixture.access.audit.list({ before: 100, limit: 10 })
  expect(items).toMatchObject([{ act: 'rotateToken', changes: {}, detail: {} }])
  expect(JSON.stringify(items)).not.toContain(fixture.token)
})

test('the head is in the log', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('PUT', '/api/v1/devices/lamp/l1', {})
  const { head } = await fixture.access.audit.verify(null)
  fixture.access.logHead()
  expect(fixture.logged.at(-1)).toMatchObject({ fields: { head } })
})
