// fogbell procedure, station, run, unit and yield: against a scripted API.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { type CliAdminFixture, createCliAdminFixture } from '../support/cli-admin-fixture.ts'
import {
  failedRun,
  figuresRecord,
  noFiguresRecord,
  procedureRecord,
  runRecord,
  screenRecord,
  slotRecord,
  yieldRecord,
} from '../support/cli-station-samples.ts'
import { type CliTerminalFixture, createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

let admin: CliAdminFixture
let terminal: CliTerminalFixture

beforeEach(async () => {
  admin = await createCliAdminFixture()
  terminal = createCliTerminalFixture({ tty: false, env: { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok' } })
})
afterEach(() => admin.close())

const bodyOf = (): unknown => JSON.parse(admin.asked.at(-1)?.body ?? '')
const folder = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-station-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}
const fileWith = async (value: unknown): Promise<string> => {
  const file = join(await folder(), 'given.json')
  await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value))
  return file
}

test('procedure set sends the file without its id, and releases the revision that it made', async () => {
  admin.on('PUT /procedures/*', () => ({ status: 201, json: procedureRecord({ rev: 3 }) }))
  admin.on('POST /procedures/lamp%20fct/release', () => ({ json: procedureRecord({ rev: 3, releasedAt: '2026-03-01T12:00:00Z' }) }))
  const file = await fileWith({ id: 'lamp fct', product: 'lamp', process: 'FCT' })
  expect(await terminal.run('procedure', 'set', file)).toBe(0)
  expect([admin.asked.at(-1)?.path, bodyOf()]).toEqual(['/procedures/lamp%20fct', { product: 'lamp', process: 'FCT' }])
  expect(terminal.err()).toContain('fogbell procedure release lamp fct')
  expect(await terminal.run('procedure', 'set', file, '--release')).toBe(0)
  expect([admin.asked.at(-1)?.path, bodyOf()]).toEqual(['/procedures/lamp%20fct/release', { rev: 3 }])
  expect(terminal.out()).toContain('procedure lamp fct has revision 3, released')
})

test('a procedure without id, and a file that is no JSON, are wrong usage', async () => {
  expect(await terminal.run('procedure', 'set', await fileWith({ product: 'lamp' }))).toBe(2)
  expect(terminal.err()).toContain('has no "id"; add one, or give it with --id')
  expect(await terminal.run('procedure', 'set', await fileWith('{"id": '))).toBe(2)
  expect(admin.asked).toEqual([])
})

test('procedure list and show say what is tested and by which limits', async () => {
  admin.on('GET /procedures', () => ({ json: { items: [procedureRecord()], next: null } }))
  admin.on('GET /procedures/*', () => ({
    json: procedureRecord({
      revisions: [
        { rev: 1, released: true },
        { rev: 2, released: false },
      ],
    }),
  }))
  expect(await terminal.run('procedure', 'list')).toBe(0)
  expect(terminal.out()).toMatch(/lamp-fct +2 +no +lamp +FCT +default 1\.1\.0 +ada/)
  expect(await terminal.run('procedure', 'show', 'lamp-fct', '--rev', '2')).toBe(0)
  expect(admin.asked.at(-1)?.query.get('rev')).toBe('2')
  expect(terminal.out()).toMatch(/self-test +by the board, event\/selftest: vbat from 3\.1 to 3\.5 V/)
  expect(terminal.out()).toMatch(/revisions +1, 2 \(not released\)/)
})

test('station add refuses one that is there, and needs a procedure', async () => {
  admin.on('GET /stations', () => ({ json: { items: [screenRecord()], next: null } }))
  admin.on('PUT /stations/*', () => ({ status: 201, json: screenRecord({ id: 'fct-2', slots: 4 }) }))
  expect(await terminal.run('station', 'add', 'fct-1', '--procedure', 'p')).toBe(2)
  expect(terminal.err()).toContain('fogbell station edit fct-1')
  expect(await terminal.run('station', 'add', 'fct-2')).toBe(2)
  const given = [
    '--slots',
    '4',
    '--operator',
    'scan',
    '--language',
    'zh',
    '--pass-seconds',
    '5',
    '--no-sound',
    '--slot-address',
    '10.0.3.7',
  ]
  expect(await terminal.run('station', 'add', 'fct-2', '--procedure', 'lamp-fct', ...given, '--slot-address', '10.0.4.0/24')).toBe(0)
  expect(bodyOf()).toEqual({
    slots: 4,
    slotAddresses: ['10.0.3.7', '10.0.4.0/24'],
    procedure: 'lamp-fct',
    operator: 'scan',
    language: 'zh',
    passSeconds: 5,
    sound: false,
  })
  expect(terminal.out()).toContain('station fct-2 added: 4 slots, procedure lamp-fct')
})

test('what is not given to station add the server decides', async () => {
  admin.on('GET /stations', () => ({ json: { items: [], next: null } }))
  admin.on('PUT /stations/*', () => ({ status: 201, json: screenRecord() }))
  expect(await terminal.run('station', 'add', 'fct-1', '--procedure', 'lamp-fct')).toBe(0)
  expect(bodyOf()).toEqual({ procedure: 'lamp-fct' })
})

test('station edit keeps what is not given', async () => {
  admin.on('GET /stations/*', () => ({ json: screenRecord({ slots: 2, slotAddresses: ['10.0.3.7', '10.0.3.8'], name: 'left' }) }))
  admin.on('PUT /stations/*', () => ({ json: screenRecord() }))
  expect(await terminal.run('station', 'edit', 'fct-1')).toBe(2)
  expect(await terminal.run('station', 'edit', 'fct-1', '--no-slot-address', '--language', 'zh')).toBe(0)
  expect(bodyOf()).toMatchObject({ name: 'left', slots: 2, slotAddresses: [], procedure: 'lamp-fct', language: 'zh', sound: true })
})

test('station show says what each slot does, and the figures of the shift with their n', async () => {
  const updating = runRecord({ state: 'updating', outcome: null, endedAt: null, serial: 'SN-2', id: '8' })
  const slotViews = [slotRecord(1, failedRun()), slotRecord(2, updating, { progress: { bytes: 50, size: 200, step: null } }), slotRecord(3)]
  admin.on('GET /stations/*', () => ({ json: screenRecord({ slotViews, backlog: { count: 142, oldestAt: null } }) }))
  expect(await terminal.run('station', 'show', 'fct-1')).toBe(0)
  expect(terminal.out()).toMatch(/slot 1 +SN-1 failed SELFTEST_FAILED \(run 7\)\nslot 2 +SN-2 updating, 25 % sent \(run 8\)\nslot 3 +free/)
  expect(terminal.out()).toMatch(/this shift +5 units, FPY 40 % \(2 of 5\)/)
  expect(terminal.out()).toMatch(/not sent +142 results/)
})

test('station token prints the whole link alone on stdout', async () => {
  admin.on('POST /stations/fct-1/token', () => ({
    status: 201,
    json: { name: 'station-fct-1', station: 'fct-1', token: 't0', link: '/station/fct-1#token=t0' },
  }))
  expect(await terminal.run('station', 'token', 'fct-1')).toBe(0)
  expect(terminal.out()).toBe(`${admin.url}/station/fct-1#token=t0\n`)
  expect(terminal.err()).toContain('fogbell token rm station-fct-1')
})

test('station unblock needs a reason', async () => {
  admin.on('POST /stations/fct-1/unblock', () => ({ json: screenRecord() }))
  expect(await terminal.run('station', 'unblock', 'fct-1')).toBe(2)
  expect(await terminal.run('station', 'unblock', 'fct-1', '--reason', 'the probe was loose')).toBe(0)
  expect(bodyOf()).toEqual({ reason: 'the probe was loose' })
})

test('run list passes its filters on, and shows the outcome with its code', async () => {
  admin.on('GET /runs', () => ({ json: { items: [failedRun(), runRecord({ id: '6', reference: 'golden' })], next: null } }))
  const filters = ['--serial', 'SN-1', '--station', 'fct-1', '--process', 'FCT', '--outcome', 'failed', '--from', '2026-03-01T00:00:00Z']
  expect(await terminal.run('run', 'list', ...filters)).toBe(0)
  expect(Object.fromEntries(admin.asked.at(-1)?.query ?? [])).toMatchObject({
    serial: 'SN-1',
    station: 'fct-1',
    process: 'FCT',
    outcome: 'failed',
  })
  expect(terminal.out()).toMatch(/7 +SN-1 +FCT +fct-1 +1 +1 +failed +SELFTEST_FAILED +30 s ago/)
  expect(terminal.out()).toMatch(/6 +SN-1 +FCT +fct-1 +1 +golden +passed +-/)
  expect(await terminal.run('run', 'list', '--outcome', 'good')).toBe(2)
})

test('run show has the measurements with limits; abort', async () => {
  const measurements = [
    { name: 'vbat', value: 3.02, unit: 'V', low: 3.1, high: 3.5, equals: null, outcome: 'failed' as const, marginal: false },
  ]
  const step = {
    name: 'selftest',
    outcome: 'failed' as const,
    startedAt: '2026-03-01T11:59:20Z',
    endedAt: '2026-03-01T11:59:30Z',
    code: 'SELFTEST_FAILED',
    text: null,
    measurements,
  }
  admin.on('GET /runs/*', () => ({ json: failedRun({ steps: [step], reason: 'again' }) }))
  expect(await terminal.run('run', 'show', '7')).toBe(0)
  expect(terminal.out()).toContain('vbat 3.02 V (from 3.1 to 3.5) failed')
  expect(terminal.out()).toMatch(/outcome +failed SELFTEST_FAILED\nwhy +vbat 3\.02 V, allowed 3\.1 to 3\.5\./)
  expect(terminal.out()).toContain('selftest  failed   10.0 s  SELFTEST_FAILED')
  const label = { ...step, name: 'label', outcome: 'error' as const, code: null, text: 'The printer is off.', measurements: [] }
  admin.on('GET /runs/*', () => ({ json: runRecord({ steps: [label] }) }))
  expect(await terminal.run('run', 'show', '7')).toBe(0)
  expect(terminal.out()).toContain('label     error    10.0 s  The printer is off.')
  admin.on('POST /runs/7/abort', () => ({ json: runRecord({ outcome: 'aborted' }) }))
  expect(await terminal.run('run', 'abort', '7')).toBe(0)
  expect(terminal.out()).toContain('run 7 of SN-1 is aborted')
})

test('run export prints the bytes of the server, in the form that is asked for', async () => {
  admin.on('GET /runs/export', ({ query }) => ({ text: `as ${query.get('format')}\n` }))
  for (const [option, format] of [
    ['--csv', 'csv'],
    ['--jsonl', 'jsonl'],
    ['--openhtf', 'openhtf'],
    ['--json', 'jsonl'],
  ] as const) {
    expect(await terminal.run('run', 'export', option, '--serial', 'SN-1')).toBe(0)
    expect([terminal.out().trimEnd().split('\n').at(-1), admin.asked.at(-1)?.query.get('serial')]).toEqual([`as ${format}`, 'SN-1'])
  }
  expect(await terminal.run('run', 'export', '--csv', '--openhtf')).toBe(2)
})

const certificate = {
  unit: {
    product: 'lamp',
    serial: 'A/1',
    device: 'lamp/SN-1',
    boundAt: '2026-03-01T11:00:00Z',
    boundBy: '7',
    processes: { FCT: { outcome: 'failed', run: '7', attempts: 2, counted: 2, failures: 2, firstPassed: false, passedAt: null } },
    released: [{ at: '2026-03-01T11:30:00Z', by: 'ada', process: null, reason: 'C7 was replaced' }],
    replaced: [],
  },
  firmware: [{ run: '7', module: 'default', version: '1.1.0', sha256: 'ab'.repeat(32), state: 'installed' }],
  runs: [failedRun()],
}

test('unit show prints the certificate, or writes its page; a serial may have a slash', async () => {
  admin.on('GET /units/lamp/*', ({ query }) =>
    query.get('format') === 'html' ? { text: '<p>', type: 'text/html' } : { json: certificate },
  )
  expect(await terminal.run('unit', 'show', 'lamp/A/1')).toBe(0)
  expect(admin.asked.at(-1)?.path).toBe('/units/lamp/A%2F1')
  expect(terminal.out()).toContain('FCT failed, 2 runs, first not passed, 2 failed since the last release')
  expect(terminal.out()).toContain(`default 1.1.0 installed ${'ab'.repeat(32)}`)
  const file = join(await folder(), 'unit.html')
  expect(await terminal.run('unit', 'show', 'lamp/A/1', '--html', file, '--language', 'zh')).toBe(0)
  expect([await readFile(file, 'utf8'), admin.asked.at(-1)?.query.get('language')]).toEqual(['<p>', 'zh'])
  expect(await terminal.run('unit', 'show', 'lamp/A/1', '--html', `${file}/x`)).toBe(2)
  expect(await terminal.run('unit', 'show', 'lamp')).toBe(2)
})

test('unit release and rebind need a reason', async () => {
  admin.on('POST /units/lamp/SN-1/release', () => ({ json: certificate.unit }))
  admin.on('POST /units/lamp/SN-1/rebind', () => ({ json: { ...certificate.unit, device: null } }))
  admin.on('POST /units/lamp/SN-1/label', () => ({ status: 204, text: '' }))
  expect(await terminal.run('unit', 'release', 'lamp/SN-1')).toBe(2)
  expect(await terminal.run('unit', 'release', 'lamp/SN-1', '--reason', 'C7', '--process', 'FCT')).toBe(0)
  expect(bodyOf()).toEqual({ reason: 'C7', process: 'FCT' })
  expect(await terminal.run('unit', 'rebind', 'lamp/SN-1', '--reason', 'broken')).toBe(0)
  expect(bodyOf()).toEqual({ device: null, reason: 'broken' })
  expect(terminal.out()).toContain('unit lamp/SN-1 has no board')
  expect(await terminal.run('unit', 'rebind', 'lamp/SN-1', '--reason', 'broken', '--device', 'nonsense')).toBe(2)
  expect(await terminal.run('unit', 'label', 'lamp/SN-1')).toBe(0)
})

const key = { shift: null, station: 'fct-1', process: null, product: null, version: null, workOrder: null }

test('yield has n beside each percentage, and a dash for none of none', async () => {
  admin.on('GET /yield', () => ({
    json: yieldRecord({ key, ...figuresRecord() }, { key: { ...key, station: 'fct-2' }, ...noFiguresRecord }),
  }))
  expect(await terminal.run('yield', '--shift', 'today', '--station', 'fct-1', '--group', 'station')).toBe(0)
  expect(Object.fromEntries(admin.asked.at(-1)?.query ?? [])).toEqual({ shift: 'today', station: 'fct-1', group: 'station' })
  expect(terminal.out()).toMatch(/fct-1 +5 +40 % \(2 of 5\) +80 % \(4 of 5\) +60 % \(3 of 5\) +2 +1 +21 s +44 s +34\.1/)
  expect(terminal.out()).toMatch(/fct-2 +0 +- +- +- /)
  expect(terminal.out()).toContain('runs that do not count: NO_CONNECT 1')
  expect(terminal.out()).toContain('SELFTEST_FAILED  100 % (5 of 5)')
  expect(await terminal.run('yield', '--shift', 'night')).toBe(2)
})

test('a share is never rounded to all or to none', async () => {
  const fpy = { part: 99_999, of: 100_000 }
  admin.on('GET /yield', () => ({ json: yieldRecord({ key, ...figuresRecord({ fpy, finalYield: { part: 1, of: 100_000 } }) }) }))
  expect(await terminal.run('yield')).toBe(0)
  expect(terminal.out()).toMatch(/99\.9 % \(99999 of 100000\) +0\.1 % \(1 of 100000\)/)
})
