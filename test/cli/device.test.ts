import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliAdminFixture, createCliAdminFixture, problem } from '../support/cli-admin-fixture.ts'
import { device, task } from '../support/cli-samples.ts'
import { type CliTerminalFixture, createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

let directory: string
let admin: CliAdminFixture
let terminal: CliTerminalFixture

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fogbell-cli-'))
  admin = await createCliAdminFixture()
  terminal = createCliTerminalFixture({ env: { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok' } })
})
afterEach(async () => {
  await admin.close()
  await rm(directory, { recursive: true, force: true })
})

const last = () => admin.asked.at(-1)!
const lastBody = (): unknown => JSON.parse(last().body)

describe('fogbell device', () => {
  test('list is one aligned table over all pages', async () => {
    const pages: Record<string, object> = {
      '': { items: [device(), device({ name: '设备', online: false, lastSeen: null, tags: ['a', 'b'], gateway: 'pk/gw' })], next: 'two' },
      two: { items: [device({ name: 'third' })], next: null },
    }
    admin.on('GET /devices', ({ query }) => ({ json: pages[query.get('after') ?? ''] }))
    expect(await terminal.run('device', 'list')).toBe(0)
    expect(terminal.out()).toBe(
      [
        'DEVICE   STATE    LAST SEEN  VERSIONS   CREDENTIAL  GATEWAY  TAGS',
        'pk/dev1  online   4 min ago  mcu 1.0.0  first-use   -        -',
        'pk/设备  offline  -          mcu 1.0.0  first-use   pk/gw    a, b',
        'pk/third  online   4 min ago  mcu 1.0.0  first-use   -        -',
        '',
      ].join('\n'),
    )
  })

  test('list --json is one JSON array over all pages', async () => {
    admin.on('GET /devices', ({ query }) => ({
      json: { items: [device({ name: query.get('after') ?? 'a' })], next: query.has('after') ? null : 'b' },
    }))
    expect(await terminal.run('device', 'list', '--json')).toBe(0)
    expect(JSON.parse(terminal.out())).toEqual([device({ name: 'a' }), device({ name: 'b' })])
  })

  test.each([
    [['device', 'list', '--tag', 't', '--offline'], 'devices', 'tag=t&online=false&format=csv'],
    [['task', 'list', '--campaign', '7', '--attempts'], 'tasks', 'campaign=7&attempts=all&format=csv'],
    [['campaign', 'list'], 'campaigns', 'format=csv'],
  ])('%j --csv prints the list as the server gives it', async (argv, path, query) => {
    const csv = 'name\r\n"设备, ""x"""\r\n'
    admin.on(`GET /${path}`, () => ({ text: csv, type: 'text/csv; charset=utf-8' }))
    expect(await terminal.run(...argv, '--csv')).toBe(0)
    expect(terminal.out()).toBe(csv)
    expect(last().query.toString()).toBe(query)
    expect(await terminal.run(...argv, '--csv', '--json')).toBe(2)
  })

  test('list --csv fails where the end of the list does not come', async () => {
    admin.on('GET /devices', () => ({ text: 'name\r\n', torn: true }))
    expect(await terminal.run('device', 'list', '--csv')).toBe(3)
    expect(terminal.err()).toContain('not all of it')
  })

  test('an empty list is [] with --json, otherwise a hint', async () => {
    admin.on('GET /devices', () => ({ json: { items: [], next: null } }))
    await terminal.run('device', 'list', '--json')
    expect(terminal.out()).toBe('[]\n')
    await terminal.run('device', 'list')
    expect(terminal.out()).toContain('fogbell device add')
  })

  test('list sends only the given filters', async () => {
    admin.on('GET /devices', () => ({ json: { items: [], next: null } }))
    await terminal.run('device', 'list', '--product', 'p k', '--tag', 't', '--offline')
    expect(Object.fromEntries(last().query)).toEqual({ limit: '1000', product: 'p k', tag: 't', online: 'false' })
    expect(await terminal.run('device', 'list', '--online', '--offline')).toBe(2)
  })

  test('a name is split at its first slash and encoded', async () => {
    admin.on('GET /devices/p%20k%26/*', () => ({ json: device() }))
    expect(await terminal.run('device', 'show', 'p k&/设|备/#1')).toBe(0)
    expect(last().path).toBe(`/devices/p%20k%26/${encodeURIComponent('设|备/#1')}`)
  })

  test('show names every module, also one called __proto__', async () => {
    admin.on('GET /devices/pk/*', () => ({
      type: 'application/json',
      text: JSON.stringify(device()).replace('"mcu"', '"__proto__"'),
    }))
    await terminal.run('device', 'show', 'pk/dev1')
    expect(terminal.out()).toContain('module __proto__  1.0.0, reported 4 min ago')
  })

  test('add adds an unknown device with the given fields', async () => {
    admin.on('GET /devices/pk/*', () => problem(404, 'OTA_DEVICE_UNKNOWN', 'no'))
    admin.on('PUT /devices/pk/*', () => ({ status: 201, json: device() }))
    expect(await terminal.run('device', 'add', 'pk/dev1', '--secret', 's', '--gateway', 'pk/gw', '--tag', 'a', '--tag', 'b')).toBe(0)
    expect(lastBody()).toEqual({ secret: 's', gateway: 'pk/gw', tags: ['a', 'b'] })
  })

  test('add keeps the fields of a known device that are not given', async () => {
    admin.on('GET /devices/pk/*', () => ({ json: device({ tags: ['old'] }) }))
    admin.on('PATCH /devices/pk/*', () => ({ json: device() }))
    expect(await terminal.run('device', 'add', 'pk/dev1', '--secret', 's')).toBe(0)
    expect(last().method).toBe('PATCH')
    expect(lastBody()).toEqual({ secret: 's' })
    expect(terminal.out()).toContain('already existed')
  })

  test('add does not mistake another refusal for an unknown device', async () => {
    admin.on('GET /devices/pk/*', () => problem(503, 'OTA_STOPPING', 'no'))
    expect(await terminal.run('device', 'add', 'pk/dev1')).toBe(1)
    expect(admin.asked).toHaveLength(1)
  })

  test('tag adds and removes, and keeps the rest', async () => {
    admin.on('GET /devices/pk/*', () => ({ json: device({ tags: ['keep', 'go'] }) }))
    admin.on('PATCH /devices/pk/*', ({ body }) => ({ json: device(JSON.parse(body) as object) }))
    expect(await terminal.run('device', 'tag', 'pk/dev1', '--add', 'new', '--add', 'keep', '--remove', 'go')).toBe(0)
    expect(lastBody()).toEqual({ tags: ['keep', 'new'] })
    expect(terminal.out()).toBe('device pk/dev1 has the tags keep, new\n')
  })

  test('import sends the file as it is', async () => {
    const file = join(directory, 'list.csv')
    await writeFile(file, 'product,name\npk,设备\n')
    admin.on('POST /devices/import', () => ({ json: { created: 1, updated: 4, unchanged: 20 } }))
    expect(await terminal.run('device', 'import', file)).toBe(0)
    expect(last()).toMatchObject({ body: 'product,name\npk,设备\n', headers: { 'content-type': 'text/csv' } })
    expect(terminal.out()).toBe('1 device added, 4 updated, 20 unchanged\n')
  })

  test.each([
    ['none.csv', 'there is no such file; check the path'],
    ['', 'it is a directory; give a file in it'],
  ])('a list that cannot be read ("%s") gives a clear message', async (name, words) => {
    const file = join(directory, name)
    expect(await terminal.run('device', 'import', file)).toBe(2)
    expect(terminal.err()).toBe(`fogbell: ${file} cannot be read: ${words} (OTA_BAD_REQUEST)\n`)
    expect(admin.asked).toEqual([])
  })

  test('import changes no byte of a list that is not UTF-8: the server recognises its encoding', async () => {
    const file = join(directory, 'gbk.csv')
    const bytes = Buffer.concat([Buffer.from('product,name\npk,'), Buffer.from([0xcd, 0xf4, 0xcc, 0xfc])])
    await writeFile(file, bytes)
    admin.on('POST /devices/import', () => ({ json: { created: 1, updated: 0, unchanged: 0 } }))
    expect(await terminal.run('device', 'import', file)).toBe(0)
    expect(last().headers['content-length']).toBe(String(bytes.length))
  })

  test('the faults of a list are shown row by row', async () => {
    const file = join(directory, 'list.csv')
    await writeFile(file, 'x')
    const faults = [{ path: 'row 2, column B', message: 'the name is empty' }]
    admin.on('POST /devices/import', () => problem(400, 'OTA_IMPORT_INVALID', 'one fault', { faults }))
    expect(await terminal.run('device', 'import', file)).toBe(1)
    expect(terminal.err()).toContain('  row 2, column B: the name is empty\n')
  })

  test.each([
    [['rm', 'pk/dev1'], 'DELETE /devices/pk/dev1', { device: 'pk/dev1', removed: true }],
    [['forget-credential', 'pk/dev1'], 'DELETE /devices/pk/dev1/credential', { device: 'pk/dev1', credential: 'none' }],
  ])('%j is a %s without a body', async (argv, route, json) => {
    admin.on(route, () => ({ status: 204, text: '' }))
    expect(await terminal.run('device', ...argv, '--json')).toBe(0)
    expect(JSON.parse(terminal.out())).toEqual(json)
    expect(last().body).toBe('')
  })

  test('history is a table of versions and the tasks that installed them', async () => {
    const at = '2026-03-01T11:56:00.000Z'
    const items = [
      { at, module: 'mcu', version: '1.0', task: null, campaign: null, sha256: null },
      { at, module: 'mcu', version: '2.0\u0007', task: '21', campaign: '3', sha256: 'ba78' },
    ]
    admin.on('GET /devices/pk/dev1/history', () => ({ json: { items, next: null } }))
    expect(await terminal.run('device', 'history', 'pk/dev1')).toBe(0)
    expect(terminal.out().split('\n')).toEqual([
      'SINCE                                   MODULE  VERSION  TASK  CAMPAIGN  SHA-256 OF THE IMAGE',
      `2026-03-01 11:56:00 +00:00 (4 min ago)  mcu     1.0      none  -         -`,
      `2026-03-01 11:56:00 +00:00 (4 min ago)  mcu     2.0\\x07  21    3         ba78`,
      '',
    ])
  })

  test('why lists the rules, those of a campaign below it', async () => {
    const device = { campaign: null, task: null, reason: null }
    const of = (rule: string, ok: boolean, text: string) => ({
      rule: `campaign 3 ${rule}`,
      ok,
      text,
      campaign: '3',
      task: '21',
      reason: ok ? null : rule,
    })
    const items = [
      { rule: 'presence', ok: true, text: 'connected', ...device },
      of('paused', true, 'the campaign is running'),
      of('phase', false, 'phase 2 of 3 waits: phase 1 has 37 of 40 finished\u001b[2J'),
      of('slot', true, '3 of 50 slots are taken'),
    ]
    admin.on('GET /devices/pk/dev1/why', () => ({ json: { items, next: null } }))
    expect(await terminal.run('device', 'why', 'pk/dev1', '--module', 'mcu')).toBe(0)
    expect(last().query.get('module')).toBe('mcu')
    expect(terminal.out().split('\n')).toEqual([
      'device',
      '  yes  presence  connected',
      'campaign 3',
      '  yes  status    the campaign is running',
      '  no   phase     phase 2 of 3 waits: phase 1 has 37 of 40 finished\\x1b[2J',
      '  yes  slots     3 of 50 slots are taken',
      '',
    ])
  })

  test('why --json gives the verdicts as they are', async () => {
    const items = [{ rule: 'presence', ok: true, text: 'connected', campaign: null, task: null, reason: null }]
    admin.on('GET /devices/pk/dev1/why', () => ({ json: { items, next: null } }))
    expect(await terminal.run('device', 'why', 'pk/dev1', '--json')).toBe(0)
    expect(JSON.parse(terminal.out())).toEqual(items)
  })

  test('what ended an earlier connection of a device that is online is not said of the one that is open', async () => {
    const connection = { what: 'disconnected', reason: 'disconnect', at: '2026-03-01T11:59:54Z', text: 'the client disconnected' } as const
    admin.on('GET /devices/pk/dev1', () => ({ json: device({ connection }) }))
    await terminal.run('device', 'show', 'pk/dev1')
    expect(terminal.out()).toMatch(/^connection +open; earlier: disconnected 6 s ago: the client disconnected$/m)
  })

  test('watch shows what the device sends until Ctrl-C, also after a lost connection', async () => {
    const status = terminal.run('device', 'watch', 'pk/设备')
    const first = await admin.stream(1)
    expect(first.query.get('device')).toBe('pk/设备')
    const at = '2026-03-01T12:00:01.500Z'
    first.send('device', { device: 'pk/设备', what: 'connected', at }, 1)
    first.send('message', { device: 'pk/设备', direction: 'up', text: '{"a":"\u001b[2J"}', at }, 2)
    await terminal.until(() => terminal.out().includes('-> '))
    first.drop()
    const second = await admin.stream(2)
    expect(second.lastId).toBe('2')
    second.send('message', { device: 'pk/设备', direction: 'refused', text: 'bad_step', at }, 3)
    second.send('task', task({ state: 'in_progress', step: 40, bytes: 400 }), 4)
    second.send('task', task({ state: 'in_progress', step: 40, bytes: 450 }), 5)
    second.send('task', task({ state: 'in_progress', step: 41, bytes: 450 }), 6)
    await terminal.until(() => terminal.out().includes('41 %'))
    terminal.signal('SIGINT')
    expect(await status).toBe(130)
    expect(terminal.out().split('\n')).toEqual([
      '12:00:01.500 +00:00  connected',
      '12:00:01.500 +00:00  -> {"a":"\\x1b[2J"}',
      '12:00:01.500 +00:00  refused bad_step',
      expect.stringMatching(/^12:00:0\d\.\d{3} \+00:00 {2}task 21 in progress, 40 %$/),
      expect.stringMatching(/^12:00:0\d\.\d{3} \+00:00 {2}task 21 in progress, 41 %$/),
      '',
    ])
    expect(terminal.err()).toContain('trying again')
    expect(terminal.err()).toMatch(/^watching pk\/设备; Ctrl-C stops\n/)
  })

  test('watch of an unknown device says so at once, and waits for it', async () => {
    admin.on('GET /devices/pk/dev9', () => problem(404, 'OTA_DEVICE_UNKNOWN', 'there is no device pk/dev9'))
    const status = terminal.run('device', 'watch', 'pk/dev9')
    const stream = await admin.stream(1)
    expect(terminal.err()).toContain('device pk/dev9 is unknown; waiting for it to connect. Check the spelling: fogbell device list\n')
    stream.send('device', { device: 'pk/dev9', what: 'enrolled', detail: 'first-use', at: '2026-03-01T12:00:01.500Z' }, 1)
    await terminal.until(() => terminal.out().includes('enrolled first-use'))
    terminal.signal('SIGINT')
    expect(await status).toBe(130)
  })

  test('watch of a known device prints no hint', async () => {
    admin.on('GET /devices/pk/dev1', () => ({ json: device() }))
    const status = terminal.run('device', 'watch', 'pk/dev1')
    await admin.stream(1)
    terminal.signal('SIGINT')
    expect(await status).toBe(130)
    expect(terminal.err()).not.toContain('is known yet')
  })

  test('watch --json prints each event as a line of JSON', async () => {
    const status = terminal.run('device', 'watch', 'pk/dev1', '--json')
    ;(await admin.stream(1)).send('message', { text: 'x' }, 1)
    await terminal.until(() => terminal.out().includes('\n'))
    terminal.signal('SIGTERM')
    expect(await status).toBe(143)
    expect(terminal.jsonLines()).toEqual([{ event: 'message', data: { text: 'x' } }])
    expect(terminal.err()).toBe('')
  })
})
