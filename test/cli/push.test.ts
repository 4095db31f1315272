import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliAdminFixture, createCliAdminFixture, problem } from '../support/cli-admin-fixture.ts'
import { campaign, counts, firmware } from '../support/cli-samples.ts'
import { type CliTerminalFixture, createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

let directory: string
let file: string
let admin: CliAdminFixture

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fogbell-cli-'))
  file = join(directory, 'fw.bin')
  await writeFile(file, 'abc')
  admin = await createCliAdminFixture()
  admin.on('PUT /firmware', () => ({ status: 201, json: firmware() }))
  admin.on('POST /campaigns', () => ({ status: 201, json: campaign({ counts: counts({ queued: 2, skipped: 1 }) }) }))
  admin.on('GET /campaigns/3', () => ({ json: campaign({ status: 'completed', counts: counts({ succeeded: 2 }) }) }))
})
afterEach(async () => {
  await admin.close()
  await rm(directory, { recursive: true, force: true })
})

const push = async (...more: string[]): Promise<[number, CliTerminalFixture]> => {
  const terminal = createCliTerminalFixture({ env: { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok' } })
  return [await terminal.run('push', ...more, '--product', 'pk', '--version', '1.0.1'), terminal]
}

const routes = (): string[] => admin.asked.map(({ method, path }) => `${method} ${path}`)
const campaignBody = (): unknown => JSON.parse(admin.asked.find(({ path }) => path === '/campaigns')?.body ?? 'null')

describe('fogbell push', () => {
  test('adds the image, creates and starts a continuous campaign, and says how to follow it', async () => {
    const [status, terminal] = await push(file, '--module', 'mcu')
    expect(status).toBe(0)
    expect(routes()).toEqual(['PUT /firmware', 'POST /campaigns'])
    expect(admin.asked[0]?.query.get('module')).toBe('mcu')
    const target = { devices: [], tags: [], from: [], continuous: true }
    expect(campaignBody()).toEqual({ firmware: '12', start: true, target, reflash: false })
    expect(terminal.out()).toBe(
      'firmware 12: pk mcu 1.0.1, 3 B\ncampaign 3 started: 2 devices, 1 already on 1.0.1\nfollow it: fogbell campaign watch 3\n',
    )
  })

  test.each([
    [1, '2 devices, of which 1 has reported no version, 1 already on 1.0.1'],
    [2, '2 devices, of which 2 have reported no version, 1 already on 1.0.1'],
  ])('says of how many devices the version is not known: %j', async (unreported, text) => {
    admin.on('POST /campaigns', () => ({ json: campaign({ counts: counts({ queued: 2, skipped: 1 }), unreported }) }))
    const [, terminal] = await push(file)
    expect(terminal.out()).toContain(`campaign 3 started: ${text}\n`)
  })

  test('a large campaign whose tasks do not exist yet is not said to have no devices', async () => {
    admin.on('POST /campaigns', () => ({ json: campaign({ counts: counts({}), code: 'tasks_being_made' }) }))
    const [, terminal] = await push(file)
    expect(terminal.out()).toContain('campaign 3 started: its tasks are being created\n')
  })

  test('devices that wait for another campaign are shown', async () => {
    admin.on('POST /campaigns', () => ({ json: campaign({ waiting: 2, waitingFor: ['1'] }) }))
    const [status, terminal] = await push(file)
    expect(status).toBe(0)
    expect(terminal.out()).toContain('campaign 3 started: 0 devices, 2 waiting for campaign 1\n')
  })

  test.each([
    [['--device', 'dev1', '--device', 'pk/dev2'], { devices: ['pk/dev1', 'pk/dev2'], tags: [], from: [], continuous: false }],
    [['--tag', 'a', '--tag', 'b'], { devices: [], tags: ['a', 'b'], from: [], continuous: false }],
    [['--once'], { devices: [], tags: [], from: [], continuous: false }],
    [['--from', '1', '--from', '2'], { devices: [], tags: [], from: ['1', '2'], continuous: true }],
  ])('%j decides the target', async (options, target) => {
    const [status] = await push(...options, file)
    expect(status).toBe(0)
    expect(campaignBody()).toMatchObject({ target })
  })

  test.each([
    [[], undefined],
    [['--no-abort'], []],
    [['--abort', '50%,min=10,cancel'], [{ percent: 50, minFinished: 10, action: 'cancel' }]],
    [
      ['--abort', '10%', '--abort', 'failed:5%'],
      [{ percent: 10 }, { on: 'failed', percent: 5 }],
    ],
  ])('%j decides the abort rules', async (options, abort) => {
    const [status] = await push(...options, file)
    expect(status).toBe(0)
    expect((campaignBody() as { abort?: unknown }).abort).toEqual(abort)
  })

  test.each([
    ['--abort and --no-abort cannot be used together', ['--abort', '10%', '--no-abort']],
    ['must be a percentage', ['--abort', 'many']],
  ])('%s: nothing is uploaded', async (words, options) => {
    const [status, terminal] = await push(...options, file)
    expect(status).toBe(2)
    expect(terminal.err()).toContain(words)
    expect(admin.asked).toEqual([])
  })

  test('--from limits the image too, and --reflash includes devices with the version', async () => {
    await push(file, '--from', '1', '--reflash')
    expect(admin.asked[0]?.query.getAll('from')).toEqual(['1'])
    expect(campaignBody()).toMatchObject({ reflash: true })
  })

  test('a device of another product is wrong usage, before anything is sent', async () => {
    const [status, terminal] = await push(file, '--device', 'other/dev1')
    expect(status).toBe(2)
    expect(terminal.err()).toContain('does not belong to the image\'s product "pk"')
    expect(routes()).toEqual([])
  })

  test('after a refused image no campaign is created', async () => {
    admin.on('PUT /firmware', () => problem(409, 'OTA_FIRMWARE_DIFFERS', 'other bytes are stored'))
    const [status, terminal] = await push(file)
    expect(status).toBe(1)
    expect(terminal.err()).toContain('--version')
    expect(routes()).toEqual(['PUT /firmware'])
  })

  test('after a refused campaign the image stays, and the command says so', async () => {
    admin.on('POST /campaigns', () => problem(409, 'OTA_CAMPAIGN_EMPTY', 'the campaign is for none of the devices', {}))
    const [status, terminal] = await push(file)
    expect(status).toBe(1)
    expect(terminal.err()).toContain('the image was added as firmware 12; to remove it: fogbell firmware rm 12')
  })

  test('--json prints one value with both records', async () => {
    const [status, terminal] = await push(file, '--json')
    expect(status).toBe(0)
    expect(JSON.parse(terminal.out())).toMatchObject({ firmware: { id: '12' }, campaign: { id: '3' } })
  })

  test('--watch follows it to its end', async () => {
    const [status, terminal] = await push(file, '--watch')
    expect(status).toBe(0)
    expect(terminal.out()).toContain('campaign 3 completed: 2 of 2 done: 2 succeeded')
    expect(terminal.out()).not.toContain('follow it')
  })

  test('--watch --json streams lines from the start to the end', async () => {
    const [, terminal] = await push(file, '--watch', '--json')
    expect(terminal.jsonLines()).toMatchObject([
      { event: 'started', data: { firmware: { id: '12' }, campaign: { id: '3' } } },
      { event: 'end', data: { outcome: 'succeeded' } },
    ])
  })

  test('a big file has a bar in a terminal, and arrives whole', async () => {
    await writeFile(file, Buffer.alloc(3 * 1024 * 1024, 'x'))
    const terminal = createCliTerminalFixture({ env: { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok' }, tty: true })
    expect(await terminal.run('push', file, '--product', 'pk', '--version', '1.0.1')).toBe(0)
    expect(admin.asked[0]?.headers['content-length']).toBe(String(3 * 1024 * 1024))
    expect(admin.asked[0]?.body).toHaveLength(3 * 1024 * 1024)
    expect(terminal.out()).toMatch(/sending {2}█* ?.*of 3\.0 MiB/)
  })
})
