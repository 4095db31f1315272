import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PlanView } from '../../src/cli/api-records.ts'
import { type CliAdminFixture, createCliAdminFixture, problem } from '../support/cli-admin-fixture.ts'
import { campaign, firmware } from '../support/cli-samples.ts'
import { type CliTerminalFixture, createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

let directory: string
let admin: CliAdminFixture
let terminal: CliTerminalFixture

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fogbell-cli-'))
  admin = await createCliAdminFixture()
  terminal = createCliTerminalFixture({ env: { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok' } })
  admin.on('POST /campaigns', () => ({ status: 201, json: campaign() }))
})
afterEach(async () => {
  await admin.close()
  await rm(directory, { recursive: true, force: true })
})

const last = () => admin.asked.at(-1)!
const lastBody = (): unknown => JSON.parse(last().body)
const create = (...options: string[]): Promise<number> => terminal.run('campaign', 'create', ...options)

describe('fogbell campaign create', () => {
  test('sends the given options and nothing else', async () => {
    expect(await create('--firmware', '12')).toBe(0)
    expect(lastBody()).toEqual({ firmware: '12' })
    expect([...last().query]).toEqual([])
  })

  test('takes every field; names alone belong to the image’s product', async () => {
    admin.on('GET /firmware/12', () => ({ json: firmware() }))
    const targets = '--device dev1 --device pk/dev2 --tag t --from 1 --exclude dev3 --continuous --reflash --overwrite'
    const pace = '--per-minute 9 --max-in-progress 5 --response-timeout 1d --upgrade-timeout 1h --stall-timeout 90'
    const steps = '--phase tag:canary,wait --phase 25%,success=95,min=3,soak=1h --abort failed:10%,min=20,cancel --abort 30%'
    const times = [
      '--start-at',
      '+1h',
      '--end-at',
      '2026-04-01T00:00Z',
      '--window',
      'mon-fri 22:00-06:00 in UTC',
      '--window',
      '1 2 * * * for 2h',
    ]
    const retry = '--retry 2 --retry-delay 1m --retry-on-timeout --no-push --start --name n'
    expect(await create(...`--firmware 12 ${targets} ${pace} ${steps} ${retry}`.split(' '), ...times)).toBe(0)
    expect(lastBody()).toEqual({
      firmware: '12',
      name: 'n',
      start: true,
      reflash: true,
      overwrite: true,
      push: false,
      target: { devices: ['pk/dev1', 'pk/dev2'], tags: ['t'], from: ['1'], exclude: ['pk/dev3'], continuous: true },
      phases: [JSON.parse('{"tag":"canary","then":"wait"}'), { percent: 25, successPercent: 95, minFinished: 3, soakSeconds: 3600 }],
      abort: [{ on: 'failed', percent: 10, minFinished: 20, action: 'cancel' }, { percent: 30 }],
      rate: { perMinute: 9, maxInProgress: 5 },
      schedule: {
        startAt: '2026-03-01T13:00:00.000Z',
        endAt: '2026-04-01T00:00:00.000Z',
        windows: [
          { cron: '0 22 * * mon-fri', minutes: 480, timeZone: 'UTC' },
          { cron: '1 2 * * *', minutes: 120 },
        ],
      },
      timeouts: { noResponseSeconds: 86_400, upgradeSeconds: 3600, stallSeconds: 90 },
      retry: { max: 2, delaySeconds: 60, onTimeout: true },
    })
  })

  test('--no-abort means no rule', async () => {
    await create('--firmware', '12', '--no-abort')
    expect(lastBody()).toEqual({ firmware: '12', abort: [] })
  })

  test.each([
    [['--phase', '20'], "option '--phase <spec>' argument '20' is invalid. Write a share as 20%, or a number of devices as count:20."],
    [['--abort', 'all:20%'], '"all" is not one of any, failed, timed_out, rejected.'],
    [['--window', 'at night'], 'Write it as "22:00-06:00"'],
    [['--window', '22:00-22:00'], 'It ends when it begins. All day is 00:00-24:00'],
    [['--abort', '10%', '--no-abort'], '--abort and --no-abort cannot be used together'],
    [['--no-abort', '--abort', '10%'], '--abort and --no-abort cannot be used together'],
    [['--retry-delay', '5m'], '--retry-delay needs --retry N'],
    [['--retry', '0', '--retry-delay', '5m'], '--retry-delay needs --retry N'],
    [['--retry-on-timeout'], '--retry-on-timeout needs --retry N'],
    [['--start-at', 'tomorrow'], 'Write a time as'],
    [['--per-minute', '0'], 'It must be a whole number, at least 1.'],
  ])('%j is wrong usage, and nothing is sent', async (options, words) => {
    expect(await create('--firmware', '12', ...options)).toBe(2)
    expect(terminal.err()).toContain(words)
    expect(admin.asked).toEqual([])
  })

  test('takes all of it from a file, and options override its fields', async () => {
    const file = join(directory, 'campaign.json')
    const body = {
      firmware: 12,
      name: 'nightly',
      push: false,
      rate: { perMinute: 5, maxInProgress: 7 },
      phases: [{ percent: 1 }],
      target: { tags: ['a'] },
    }
    await writeFile(file, JSON.stringify(body))
    expect(await create('--file', file)).toBe(0)
    expect(lastBody()).toEqual(body)
    await create('--file', file, '--per-minute', '6', '--phase', '2%', '--from', '1.0', '--start')
    expect(lastBody()).toEqual({
      ...body,
      start: true,
      rate: { perMinute: 6, maxInProgress: 7 },
      phases: [{ percent: 2 }],
      target: { tags: ['a'], from: ['1.0'] },
    })
  })

  test('reads standard input too', async () => {
    const status = create('--file', '-')
    terminal.stdin.end('{"firmware":"12"}')
    expect(await status).toBe(0)
    expect(lastBody()).toEqual({ firmware: '12' })
  })

  test('a missing file, no JSON, no campaign, and no image are wrong usage', async () => {
    const file = join(directory, 'campaign.json')
    for (const text of ['{', '[]', 'null', '{}']) {
      await writeFile(file, text)
      expect(await create('--file', file)).toBe(2)
    }
    expect(await create('--file', join(directory, 'none.json'))).toBe(2)
    expect(terminal.err()).toContain(`${file} is not JSON: line 1, column 2: the text ends where a name in double quotes was expected (OTA`)
    expect(terminal.err()).toContain(`${join(directory, 'none.json')} cannot be read: there is no such file; check the path (OTA`)
    expect(await create()).toBe(2)
    expect(terminal.err()).toContain('no image given: use --firmware ID, or "firmware" in --file')
    expect(admin.asked).toEqual([])
  })

  test('a refusal names the field', async () => {
    const faults = [{ path: 'phases[1].percent', message: 'percent 5 after 25: they must rise' }]
    admin.on('POST /campaigns', () => problem(400, 'OTA_BAD_REQUEST', 'the campaign has a fault', { faults }))
    expect(await create('--firmware', '12', '--phase', '25%', '--phase', '5%')).toBe(2)
    expect(terminal.err()).toContain('  phases[1].percent: percent 5 after 25: they must rise\n')
  })
})

describe('a dry run', () => {
  const plan: PlanView = {
    targets: 43,
    unreported: 0,
    skipped: 2,
    waiting: 1,
    phases: [
      { phase: 1, size: 1, devices: ['pk/设备'] },
      { phase: 2, size: 42, devices: ['pk/b', 'pk/c'] },
    ],
    left: [{ device: 'pk/d', reason: 'excluded', text: 'excluded by name' }],
    leftCounts: { excluded: 1, version_not_eligible: 3 },
    seconds: 720,
    warnings: ['target.exclude: demo/d9 is not known.'],
    perDeviceSeconds: 180,
  }
  beforeEach(() => admin.on('POST /campaigns', () => ({ json: plan })))

  test('is shown as text', async () => {
    expect(await create('--firmware', '12', '--dry-run')).toBe(0)
    expect(Object.fromEntries(last().query)).toEqual({ dryRun: 'true', limit: '10' })
    expect(lastBody()).toEqual({ firmware: '12' })
    expect(terminal.err()).toContain('warning: target.exclude: demo/d9 is not known.\n')
    expect(terminal.out().split('\n')).toEqual([
      'would update  43 devices',
      'takes         about 12 min if all are connected, at 3 min each',
      'up to date    2',
      'waiting       1 of them, for another campaign first',
      'PHASE  COUNT  DEVICES',
      '1      1      pk/设备',
      '2      42     pk/b, pk/c, and 40 more',
      'not updated: 1 excluded, 3 version_not_eligible',
      '  pk/d  excluded by name',
      '  and 3 more (--json lists up to 1000)',
      'dry run: nothing was created',
      '',
    ])
  })

  test.each([
    [1, '43 devices, of which 1 has reported no version'],
    [3, '43 devices, of which 3 have reported no version'],
  ])('says of how many targets the version is not known: %j', async (unreported, text) => {
    admin.on('POST /campaigns', () => ({ json: { ...plan, unreported } }))
    await create('--firmware', '12', '--dry-run')
    expect(terminal.out()).toContain(`would update  ${text}\n`)
  })

  test('is JSON with --json, with more names', async () => {
    expect(await create('--firmware', '12', '--dry-run', '--json')).toBe(0)
    expect(JSON.parse(terminal.out())).toEqual(plan)
    expect(last().query.get('limit')).toBe('1000')
  })
})

describe('fogbell campaign edit and rm', () => {
  const edit = (...options: string[]): Promise<number> => terminal.run('campaign', 'edit', '3', ...options)
  beforeEach(() => {
    admin.on('GET /campaigns/3', () => ({ json: campaign({ status: 'draft', rate: { perMinute: 7, maxInProgress: 8 } }) }))
    admin.on('PATCH /campaigns/3', () => ({ json: campaign({ status: 'draft' }) }))
  })

  test('sends what is given, with what belongs to it as it is', async () => {
    expect(await edit('--per-minute', '9', '--name', 'n')).toBe(0)
    expect(lastBody()).toEqual({ name: 'n', rate: { perMinute: 9, maxInProgress: 8 } })
  })

  test('needs something to change', async () => {
    expect(await edit()).toBe(2)
    expect(terminal.err()).toContain('nothing to change')
  })

  test('removes a campaign', async () => {
    admin.on('DELETE /campaigns/3', () => ({ status: 204 }))
    expect(await terminal.run('campaign', 'rm', '3')).toBe(0)
    expect(terminal.out()).toBe('campaign 3 removed\n')
  })
})
