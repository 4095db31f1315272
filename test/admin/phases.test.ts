import { expect, test } from 'vitest'
import { named } from '../../src/admin/schema-words.ts'
import { type AdminFixture, createAdminFixture, itemsOf, textOf } from '../support/admin-fixture.ts'
import type { Json } from '../support/json.ts'

/** A package, and ten connected devices on 1.0; d0 and d1 have the tag `canary`. */
const prepare = async (): Promise<AdminFixture> => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  for (let i = 0; i < 10; i++) {
    await fixture.report(await fixture.join(`pk/d${i}`), 'version.post', { version: '1.0' })
    if (i < 2) await fixture.call('PATCH', `/api/v1/devices/pk/d${i}`, { tags: ['canary'] })
  }
  return fixture
}

const canary = { tag: 'canary', ...named('then', 'wait') }
const start = async (fixture: AdminFixture, body: object): Promise<Json> => {
  const made = await fixture.call('POST', '/api/v1/campaigns', { firmware: 1, start: true, ...body })
  expect(made.status).toBe(201)
  await fixture.settle()
  return made.body
}
const campaign = async (fixture: AdminFixture): Promise<Json> => (await fixture.call('GET', '/api/v1/campaigns/1')).body
/** The connections of `prepare`, by the devices' order. */
const connection = (name: string) => ({ device: `pk/${name}`, id: Number(name.slice(1)) + 1 })
const succeed = (fixture: AdminFixture, name: string) => fixture.report(connection(name), 'version.post', { version: '2.0' })
const fail = async (fixture: AdminFixture, name: string): Promise<void> => {
  const [task] = itemsOf(await fixture.call('GET', `/api/v1/tasks?device=pk/${name}`))
  await fixture.report(connection(name), 'upgrade.post', { step: -2, task_id: textOf(task?.['id']) })
}

test('a campaign shows its phases with their counts, and what keeps the next one closed', async () => {
  const fixture = await prepare()
  await start(fixture, { phases: [canary, { percent: 50 }] })
  expect(await campaign(fixture)).toMatchObject({
    phase: 1,
    text: 'phase 1 has 0 of 2 finished, 0 % succeeded of 100 % needed, 1 must have finished',
    gate: { step: 'sample', size: 2, finished: 0, neededPercent: 100, soakEndsAt: null, against: [] },
    phases: [
      { tag: 'canary', ...named('then', 'wait'), open: true, counts: { notified: 2 } },
      { percent: 50, open: false, counts: { queued: 3 } },
      { percent: 100, open: false, counts: { queued: 5 } },
    ],
    counts: { notified: 2, queued: 8 },
  })
  const waiting = itemsOf(await fixture.call('GET', '/api/v1/tasks?state=queued'))
  expect(new Set(waiting.map(({ reason }) => textOf(reason)))).toEqual(new Set(['phase']))
  expect(waiting.map(({ phase }) => Number(phase)).sort((a, b) => a - b)).toEqual([2, 2, 2, 3, 3, 3, 3, 3])
})

test('a phase that waits for an operator is opened by next, and the last one has no next', async () => {
  const fixture = await prepare()
  await start(fixture, { phases: [canary] })
  const inOverview = async (): Promise<unknown> => (await fixture.call('GET', '/api/v1/overview')).body['campaigns']
  expect(await inOverview()).toMatchObject([{ opens: null }])
  for (const name of ['d0', 'd1']) await succeed(fixture, name)
  expect(await inOverview()).toMatchObject([{ opens: 2, text: expect.stringContaining('it waits for an operator to open the next phase') }])
  expect(await campaign(fixture)).toMatchObject({ phase: 1, gate: { step: 'operator', succeededPercent: 100 } })
  expect(await fixture.call('POST', '/api/v1/campaigns/1/next', { phase: 3 })).toMatchObject({
    status: 409,
    body: { code: 'OTA_CAMPAIGN_STATE' },
  })
  expect(await fixture.call('POST', '/api/v1/campaigns/1/next', { phase: 1 })).toMatchObject({
    status: 400,
    body: { faults: [{ path: 'phase' }] },
  })
  const next = await fixture.call('POST', '/api/v1/campaigns/1/next', { phase: 2 })
  expect(next).toMatchObject({ status: 200, body: { phase: 2, gate: { step: 'last' }, text: null } })
  await fixture.settle()
  expect(await campaign(fixture)).toMatchObject({ counts: { notified: 8, queued: 0 } })
  expect(await fixture.call('POST', '/api/v1/campaigns/1/next')).toMatchObject({ status: 409, body: { code: 'OTA_CAMPAIGN_STATE' } })
})

test('a soak is shown with its end', async () => {
  const fixture = await prepare()
  await start(fixture, { phases: [{ tag: 'canary', soakSeconds: 60 }] })
  for (const name of ['d0', 'd1']) await succeed(fixture, name)
  expect(await campaign(fixture)).toMatchObject({
    gate: { step: 'soak', soakEndsAt: '2026-01-02T03:05:05.000Z' },
    text: expect.stringMatching(/it soaks until 2026-01-02T03:05:05\.000Z$/),
  })
})

test('a soak after which an operator opens the next phase says so', async () => {
  const fixture = await prepare()
  await start(fixture, { phases: [{ ...canary, soakSeconds: 60 }] })
  for (const name of ['d0', 'd1']) await succeed(fixture, name)
  expect((await campaign(fixture))['text']).toMatch(/it soaks until \S+Z, then it waits for an operator to open the next phase$/)
})

test('a campaign without phases has no next one', async () => {
  const fixture = await prepare()
  await start(fixture, {})
  expect(await fixture.call('POST', '/api/v1/campaigns/1/next')).toMatchObject({ status: 409, body: { code: 'OTA_CAMPAIGN_STATE' } })
  expect(itemsOf(await fixture.call('GET', '/api/v1/tasks?limit=1'))).toMatchObject([{ phase: null, notBefore: null }])
})

test('a failed phase pauses the campaign and shows the figures', async () => {
  const fixture = await prepare()
  await start(fixture, { phases: [canary], abort: [] })
  await succeed(fixture, 'd0')
  await fail(fixture, 'd1')
  expect(await campaign(fixture)).toMatchObject({
    status: 'paused',
    reason: 'phase_failed',
    text: 'phase 1 has 2 of 2 finished, 50 % succeeded of 100 % needed: it has failed; `fogbell campaign resume 1` continues it',
  })
})

test('an abort rule shows its figures, and why it paused; after a resume they start again', async () => {
  const fixture = await prepare()
  await start(fixture, { abort: [{ on: 'failed', percent: 50, minFinished: 2 }] })
  await fail(fixture, 'd0')
  expect(await campaign(fixture)).toMatchObject({ status: 'running', abort: [{ finished: 1, bad: 1 }] })
  await fail(fixture, 'd1')
  expect(await campaign(fixture)).toMatchObject({
    status: 'paused',
    reason: 'aborted',
    text: '2 of 2 finished failed; paused by the rule: 50 % of at least 2 devices; `fogbell campaign resume 1` continues it',
    abort: [{ on: 'failed', percent: 50, minFinished: 2, action: 'pause', finished: 2, bad: 2 }],
  })
  expect((await campaign(fixture))['abort']).toMatchObject([{ since: null }])
  await fixture.call('POST', '/api/v1/campaigns/1/resume')
  const since = '2026-01-02T03:04:05.000Z'
  expect(await campaign(fixture)).toMatchObject({ status: 'running', text: null, abort: [{ finished: 0, bad: 0, since }] })
  for (const name of ['d2', 'd3']) await fail(fixture, name)
  expect(textOf((await campaign(fixture))['text'])).toContain(`2 of 2 finished since it was resumed at ${since} failed; paused by the rule`)
})

test('a schedule shows whether it is open, and until when', async () => {
  const fixture = await prepare()
  const windows = [{ cron: '0 4 * * *', minutes: 30, timeZone: 'UTC' }]
  await start(fixture, { schedule: { windows } })
  expect(await campaign(fixture)).toMatchObject({
    status: 'running',
    schedule: { open: false, until: '2026-01-02T04:00:00.000Z' },
    text: 'its windows are closed; the next one opens at 2026-01-02T04:00:00.000Z',
    code: 'campaign_windows_closed',
    params: { opensAt: '2026-01-02T04:00:00.000Z' },
    counts: { queued: 10 },
  })
  fixture.pass(56 * 60_000)
  await fixture.core.tick()
  await fixture.settle()
  expect(await campaign(fixture)).toMatchObject({
    schedule: { open: true, until: '2026-01-02T04:30:00.000Z' },
    text: null,
    counts: { notified: 10 },
  })
})

test('a campaign that starts later is scheduled, and one whose end time has passed is canceled', async () => {
  const fixture = await prepare()
  const schedule = { startAt: '2026-01-02T04:00:00Z', endAt: '2026-01-02T05:00:00Z' }
  expect(await start(fixture, { schedule })).toMatchObject({ status: 'scheduled', text: 'starts at 2026-01-02T04:00:00.000Z', phase: null })
  fixture.pass(2 * 3_600_000)
  await fixture.core.tick()
  await fixture.settle()
  expect(await campaign(fixture)).toMatchObject({
    status: 'canceled',
    reason: 'expired',
    text: 'its end time, 2026-01-02T05:00:00.000Z, has passed',
  })
})

test('a dry run shows which devices would be updated, which not and why, and creates nothing', async () => {
  const fixture = await prepare()
  await fixture.report(connection('d9'), 'version.post', { version: '2.0' })
  await fixture.report(connection('d8'), 'version.post', { version: '0.9' })
  const body = { firmware: 1, target: { from: ['1.0'], exclude: ['pk/d7'] }, phases: [canary, { percent: 100 }] }
  const { status, body: plan } = await fixture.call('POST', '/api/v1/campaigns?dryRun=true', body)
  expect(status).toBe(200)
  expect(plan).toMatchObject({
    targets: 7,
    skipped: 1,
    waiting: 0,
    phases: [
      { phase: 1, size: 2, devices: expect.arrayContaining(['pk/d0', 'pk/d1']) },
      { phase: 2, size: 5 },
    ],
    left: expect.arrayContaining([
      expect.objectContaining({ device: 'pk/d7', reason: 'excluded', text: expect.any(String), code: expect.any(String) }),
      expect.objectContaining({ device: 'pk/d8', reason: 'version_not_eligible', text: 'the package requires 1.0; the device runs 0.9' }),
    ]),
    leftCounts: { excluded: 1, version_not_eligible: 1 },
  })
  expect(Number(plan['seconds'])).toBeGreaterThan(0)
  expect(itemsOf(await fixture.call('GET', '/api/v1/campaigns'))).toEqual([])
  const cut = await fixture.call('POST', '/api/v1/campaigns?dryRun=true&limit=1', body)
  expect(cut.body).toMatchObject({ phases: [{ size: 2 }, { size: 5 }], leftCounts: { excluded: 1 } })
  expect([cut.body['left']?.['length'], cut.body['phases']?.[1]?.['devices']?.['length']]).toEqual([1, 1])
})

test('a dry run is refused like a start', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  expect(await fixture.call('POST', '/api/v1/campaigns?dryRun=true', { firmware: 1 })).toMatchObject({
    status: 409,
    body: { code: 'OTA_CAMPAIGN_EMPTY', faults: [{ path: 'target' }] },
  })
  expect(await fixture.call('POST', '/api/v1/campaigns?dryRun=yes', { firmware: 1 })).toMatchObject({ status: 400 })
})

test('targets that wait for another campaign are shown beside the counts', async () => {
  const fixture = await prepare()
  await start(fixture, { target: { devices: ['pk/d0', 'pk/d1'] } })
  await fixture.upload('product=pk&version=3.0', 'abcd')
  const second = await fixture.call('POST', '/api/v1/campaigns', { firmware: 2, start: true, phases: [canary] })
  expect(second.body).toMatchObject({
    waiting: 2,
    waitingFor: ['1'],
    gate: { size: 2 },
    phases: [{ waiting: 2, counts: { queued: 0 } }, { waiting: 0 }],
  })
})
