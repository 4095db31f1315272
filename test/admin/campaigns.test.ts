import { expect, test } from 'vitest'
import { named } from '../../src/admin/schema-words.ts'
import { type AdminFixture, createAdminFixture, itemsOf, textOf } from '../support/admin-fixture.ts'

/** A package, and three devices, of which one has its version already. */
const prepare = async (): Promise<AdminFixture> => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  for (const [name, version] of [
    ['a', '1.0'],
    ['b', '1.0'],
    ['c', '2.0'],
  ] as const) {
    await fixture.report(await fixture.join(`pk/${name}`), 'version.post', { version })
  }
  return fixture
}

const create = (fixture: AdminFixture, body: object) => fixture.call('POST', '/api/v1/campaigns', body)

test('a new campaign is a draft and shows its defaults', async () => {
  const fixture = await prepare()
  const made = await create(fixture, { firmware: 1 })
  expect(made.status).toBe(201)
  expect(made.body).toEqual({
    id: '1',
    name: 'pk default 2.0',
    status: 'draft',
    reason: null,
    text: null,
    code: null,
    params: null,
    lastStep: null,
    steps: [],
    firmware: '1',
    product: 'pk',
    module: 'default',
    version: '2.0',
    phase: null,
    counts: { queued: 0, notified: 0, in_progress: 0, succeeded: 0, failed: 0, timed_out: 0, rejected: 0, canceled: 0, skipped: 0 },
    waiting: 0,
    unreported: 0,
    waitingFor: [],
    gate: null,
    target: { devices: [], tags: [], from: [], exclude: [], continuous: false },
    phases: [],
    abort: [{ on: 'any', percent: 20, minFinished: 5, action: 'pause', finished: 0, bad: 0, since: null }],
    rate: { perMinute: 1000, maxInProgress: 50 },
    schedule: { startAt: null, endAt: null, windows: [], open: true, until: null },
    timeouts: { noResponseSeconds: 86400, upgradeSeconds: null, stallSeconds: 900 },
    retry: { max: 0, delaySeconds: 60, onTimeout: false },
    overwrite: false,
    push: true,
    reflash: false,
    createdAt: '2026-01-02T03:04:05.000Z',
    startedAt: null,
    endedAt: null,
  })
  expect((await fixture.call('GET', '/api/v1/campaigns')).body).toEqual({ items: [made.body], next: null })
})

test('campaigns are listed by status, and the newest first if asked', async () => {
  const fixture = await prepare()
  for (const start of [false, true, false]) await create(fixture, { firmware: 1, start, name: start ? 'second' : 'draft' })
  const idsOf = async (query: string): Promise<readonly unknown[]> =>
    itemsOf(await fixture.call('GET', `/api/v1/campaigns?${query}`)).map(({ id }) => id)
  expect(await idsOf('sort=-id')).toEqual(['3', '2', '1'])
  expect(await idsOf('sort=-id&limit=1&after=3')).toEqual(['2'])
  expect(await idsOf('status=draft')).toEqual(['1', '3'])
  expect(await idsOf('status=draft&sort=-id&after=3')).toEqual(['1'])
  expect((await fixture.call('GET', '/api/v1/campaigns?status=begun')).status).toBe(400)
})

test('a version with a control character is no source of a target', async () => {
  const fixture = await prepare()
  const made = await fixture.call('POST', '/api/v1/campaigns', { firmware: '1', target: { from: ['1.0\0'] } })
  expect(made).toMatchObject({ status: 400, body: { faults: [{ path: 'target.from[0]', code: 'field_has_control_character' }] } })
})

test('every field is stored and shown', async () => {
  const fixture = await prepare()
  const fields = {
    name: 'n',
    target: { devices: ['pk/a'], tags: ['x'], from: ['1.0'], exclude: ['pk/b'], continuous: true },
    phases: [
      { tag: 'x', successPercent: 95, minFinished: 2, soakSeconds: 60, ...named('then', 'wait') },
      { count: 3, ...named('then', 'next') },
      { percent: 100, successPercent: 90.5 },
    ],
    abort: [{ on: 'rejected', percent: 12.5, minFinished: 3, action: 'cancel' }],
    rate: { perMinute: 9, maxInProgress: 7 },
    schedule: {
      startAt: '2026-02-01T00:00:00.000Z',
      endAt: '2026-03-01T00:00:00.000Z',
      windows: [
        { cron: '0 2 * * *', minutes: 120, timeZone: 'Asia/Shanghai' },
        { cron: '30 4 * * 1-5', minutes: 1, timeZone: null },
      ],
    },
    timeouts: { noResponseSeconds: 1, upgradeSeconds: 2.5, stallSeconds: 3 },
    retry: { max: 5, delaySeconds: 0, onTimeout: true },
    overwrite: true,
    push: false,
    reflash: true,
  }
  expect(await create(fixture, { firmware: '1', ...fields })).toMatchObject({ status: 201, body: fields })
})

test('start makes tasks at once, and counts them', async () => {
  const fixture = await prepare()
  const made = await create(fixture, { firmware: 1, start: true })
  expect(made).toMatchObject({ status: 201, body: { status: 'running', counts: { skipped: 1 } } })
  await fixture.settle()
  expect((await fixture.call('GET', '/api/v1/campaigns/1')).body).toMatchObject({ counts: { notified: 2, skipped: 1 } })
})

test('a campaign is started, paused, resumed and canceled, as its state allows', async () => {
  const fixture = await prepare()
  await create(fixture, { firmware: 1 })
  const post = (step: string, body?: object) => fixture.call('POST', `/api/v1/campaigns/1/${step}`, body)
  expect(await post('pause')).toMatchObject({ status: 409, body: { code: 'OTA_CAMPAIGN_STATE' } })
  expect((await post('start')).body).toMatchObject({ status: 'running' })
  expect((await post('pause', {})).body).toMatchObject({ status: 'paused', reason: 'operator' })
  expect((await post('resume')).body).toMatchObject({ status: 'running', reason: null })
  expect(await post('cancel', { force: 'yes' })).toMatchObject({
    status: 400,
    body: { faults: [{ path: 'force', message: 'must be true or false', code: 'field_type', params: { type: 'boolean' } }] },
  })
  expect((await post('cancel')).body).toMatchObject({ status: 'canceled', counts: { canceled: 2 } })
  expect(await post('start')).toMatchObject({ status: 409 })
})

test('cancel with force ends tasks in progress too; an empty JSON body counts as none', async () => {
  const fixture = await prepare()
  await create(fixture, { firmware: 1, start: true })
  await fixture.settle()
  await fixture.report({ device: 'pk/a', id: 1 }, 'upgrade.post', { step: 10, task_id: '1' })
  const empty = await fixture.call('POST', '/api/v1/campaigns/1/cancel', '', { 'content-type': 'application/json' })
  expect(empty.body).toMatchObject({ status: 'canceled', counts: { in_progress: 1, canceled: 1 } })
  expect((await fixture.call('POST', '/api/v1/campaigns/1/cancel', { force: true })).body).toMatchObject({
    counts: { in_progress: 0, canceled: 2 },
  })
})

test('retry answers how many attempts it made', async () => {
  const fixture = await prepare()
  await create(fixture, { firmware: 1, start: true })
  await fixture.settle()
  await fixture.report({ device: 'pk/a', id: 1 }, 'upgrade.post', { step: -2, task_id: '1', desc: 'no route' })
  expect((await fixture.call('POST', '/api/v1/campaigns/1/retry')).body).toEqual({ retried: 1 })
})

test('null and empty fields are the defaults', async () => {
  const fixture = await prepare()
  const nothing = {
    phases: [],
    abort: [],
    schedule: { startAt: null, endAt: null, windows: [] },
    timeouts: { upgradeSeconds: null },
    overwrite: false,
    rate: {},
  }
  expect(await create(fixture, { firmware: 1, ...nothing })).toMatchObject({
    status: 201,
    body: { phases: [], abort: [], timeouts: { upgradeSeconds: null, stallSeconds: 900 } },
  })
})

test('a time may have any offset, and is shown in UTC', async () => {
  const fixture = await prepare()
  const made = await create(fixture, { firmware: 1, schedule: { startAt: '2026-12-01T10:00+08:00', windows: [] } })
  expect(made.body).toMatchObject({ schedule: { startAt: '2026-12-01T02:00:00.000Z' } })
})

test('faults of a campaign are named by their paths', async () => {
  const fixture = await prepare()
  const bad = await create(fixture, {
    firmware: true,
    target: { devices: ['x', 'pk/a'], continuous: 'no', foo: 1 },
    retry: { max: 6 },
    timeouts: { stallSeconds: -1 },
    '': 1,
  })
  expect(bad.status).toBe(400)
  const faults = Object.values(bad.body['faults'] ?? {})
  expect(faults.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['firmware', 'target.foo', 'target.devices[0]', 'target.continuous', 'retry.max', 'timeouts.stallSeconds']),
  )
  expect(faults.find(({ path }) => textOf(path) === 'firmware')).toEqual({
    path: 'firmware',
    message: 'must be text or a whole number',
    code: 'field_type_of_two',
    params: { type: 'string', other: 'integer' },
  })
})

test.each([
  ['phases[0]', { phases: [{}] }],
  ['phases[0]', { phases: [{ percent: 5, count: 3 }] }],
  ['phases[1].percent', { phases: [{ percent: 25 }, { percent: 5 }] }],
  ['phases[0].percent', { phases: [{ percent: 101 }] }],
  ['phases[0].percent', { phases: [{ percent: 0 }] }],
  ['phases[0].count', { phases: [{ count: 1.5 }] }],
  ['phases[0].then', { phases: [{ percent: 5, ...named('then', 'stop') }] }],
  ['phases[0].tag', { phases: [{ tag: 'a b' }] }],
  ['phases[0].soak', { phases: [{ percent: 5, soak: 3 }] }],
  ['phases', { phases: null }],
  ['abort[0].on', { abort: [{ on: 'all' }] }],
  ['abort[1].minFinished', { abort: [{}, { minFinished: 0 }] }],
  ['abort[0].percent', { abort: [{ percent: 0 }] }],
  ['rate.perMinute', { rate: { perMinute: 0 } }],
  ['schedule.startAt', { schedule: { startAt: '2026-12-01' } }],
  ['schedule.startAt', { schedule: { startAt: '2026-12-01T02:00' } }],
  ['schedule.startAt', { schedule: { startAt: '2026-02-30T02:00Z' } }],
  ['schedule.endAt', { schedule: { endAt: '2026-12-01T25:00Z' } }],
  ['schedule.endAt', { schedule: { endAt: '2025-12-01T02:00Z' } }],
  ['schedule.windows[0].cron', { schedule: { windows: [{ cron: 'at noon', minutes: 5 }] } }],
  ['schedule.windows[0].cron', { schedule: { windows: [{ cron: '@daily', minutes: 5 }] } }],
  ['schedule.windows[0].minutes', { schedule: { windows: [{ cron: '0 2 * * *' }] } }],
  ['schedule.windows[0].timeZone', { schedule: { windows: [{ cron: '0 2 * * *', minutes: 5, timeZone: 'Mars/Base' }] } }],
  ['schedule.windows', { schedule: { windows: [{ cron: '0 0 30 2 *', minutes: 5 }] } }],
  ['target.exclude', { target: { devices: ['pk/a'], exclude: ['pk/a'] } }],
  ['overwrite', { overwrite: 'yes' }],
])('the fault is named by its path: %s of %j', async (path, fields) => {
  const fixture = await prepare()
  for (const dryRun of ['', '?dryRun=true']) {
    const refused = await fixture.call('POST', `/api/v1/campaigns${dryRun}`, { firmware: 1, ...fields })
    expect(refused).toMatchObject({ status: 400, body: { code: 'OTA_BAD_REQUEST', faults: [{ path }] } })
    expect(refused.body['detail']).toContain(path)
  }
  expect(itemsOf(await fixture.call('GET', '/api/v1/campaigns'))).toEqual([])
})

test('unknown firmware is refused as such, however its id is written', async () => {
  const fixture = await prepare()
  for (const firmware of [99, '99', '0', '9'.repeat(19)]) {
    expect(await create(fixture, { firmware })).toMatchObject({ status: 404, body: { code: 'OTA_FIRMWARE_UNKNOWN' } })
  }
  for (const firmware of ['x', '1.0', 1.5, -1, null, '']) expect(await create(fixture, { firmware })).toMatchObject({ status: 400 })
})

test('every request for an unknown campaign is refused', async () => {
  const fixture = await prepare()
  for (const id of ['1', '0', 'x', '9'.repeat(30)]) {
    const unknown = { status: 404, body: { code: 'OTA_CAMPAIGN_UNKNOWN' } }
    expect(await fixture.call('GET', `/api/v1/campaigns/${id}`)).toMatchObject(unknown)
    for (const step of ['start', 'pause', 'resume', 'cancel', 'retry', 'next']) {
      expect(await fixture.call('POST', `/api/v1/campaigns/${id}/${step}`)).toMatchObject(unknown)
    }
  }
})

test('a campaign that cannot start at once leaves no draft that holds the firmware', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  expect(await create(fixture, { firmware: 1, start: true })).toMatchObject({ status: 409, body: { code: 'OTA_CAMPAIGN_EMPTY' } })
  expect((await fixture.call('GET', '/api/v1/campaigns')).body).toMatchObject({ items: [] })
  expect((await fixture.call('DELETE', '/api/v1/firmware/1')).status).toBe(204)
})

test('an unknown query name is refused, and nothing is done', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  await fixture.call('PUT', '/api/v1/devices/pk/a', {})
  await create(fixture, { firmware: 1 })
  for (const path of ['start?dryRun=true', 'cancel?force=true'])
    expect(await fixture.call('POST', `/api/v1/campaigns/1/${path}`)).toMatchObject({ status: 400, body: { code: 'OTA_BAD_REQUEST' } })
  expect((await fixture.call('GET', '/api/v1/campaigns/1')).body).toMatchObject({ status: 'draft' })
})

test('an unknown field is refused, and nothing is done', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  await fixture.call('PUT', '/api/v1/devices/pk/a', {})
  await create(fixture, { firmware: 1 })
  for (const act of ['start', 'pause', 'resume', 'next', 'retry', 'cancel']) {
    const refused = await fixture.call('POST', `/api/v1/campaigns/1/${act}`, { x: 1 })
    expect(refused).toMatchObject({ status: 400, body: { faults: [{ path: 'x', message: 'is unknown' }] } })
  }
  expect((await fixture.call('GET', '/api/v1/campaigns/1')).body).toMatchObject({ status: 'draft' })
  expect((await fixture.call('POST', '/api/v1/campaigns/1/start', {})).body).toMatchObject({ status: 'running' })
})

test('a schedule whose windows leave no gap is open without an end', async () => {
  const fixture = await prepare()
  const until = async (minutes: number) => {
    const windows = [{ cron: '0 0 * * *', minutes, timeZone: 'UTC' }]
    const { body } = await create(fixture, { firmware: 1, schedule: { windows } })
    return body['schedule']?.['until']
  }
  expect(await until(24 * 60)).toBeNull()
  expect(await until(24 * 60 - 1)).toEqual(expect.stringMatching(/:00\.000Z$/))
})
