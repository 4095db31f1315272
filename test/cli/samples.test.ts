// The samples of the command in README.md, docs/first-update.md and docs/operations.md are what the command prints, and the options there are those it has.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { run } from '../../src/cli/main.ts'
import { type CliAdminFixture, createCliAdminFixture } from '../support/cli-admin-fixture.ts'
import { campaign, counts, device, firmware, task } from '../support/cli-samples.ts'
import { type CliTerminalFixture, createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'
import { blocksOf, printedIn, samplesOf } from '../support/page-samples.ts'

let directory: string
let admin: CliAdminFixture
let terminal: CliTerminalFixture

beforeEach(async () => {
  vi.stubEnv('TZ', 'Europe/Berlin')
  directory = await mkdtemp(join(tmpdir(), 'fogbell-cli-'))
  admin = await createCliAdminFixture()
  terminal = createCliTerminalFixture({ env: { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok' } })
})
afterEach(async () => {
  await admin.close()
  await rm(directory, { recursive: true, force: true })
})

/** What the command prints at that time. */
const printedAt = async (clock: string, ...argv: string[]): Promise<string> => {
  const now = Date.parse(`2026-03-01T${clock}Z`)
  expect(await run(argv, { ...terminal.io, now: () => now })).toBe(0)
  return terminal.out()
}
const at = (clock: string): string => `2026-03-01T${clock}Z`

const updated = task({
  id: '1',
  campaign: '1',
  device: 'demo/dev1',
  module: 'default',
  firmware: '1',
  from: '1.0.0',
  to: '1.1.0',
  size: 1_000_000,
  createdAt: at('11:59:58.720'),
  notifiedAt: at('11:59:58.799'),
  startedAt: at('11:59:59.675'),
})

describe('README.md', () => {
  test('push', async () => {
    const file = join(directory, 'firmware.bin')
    await writeFile(file, 'image')
    const names = { product: 'demo', module: 'default', version: '1.1.0' }
    admin.on('PUT /firmware', () => ({ status: 201, json: firmware({ ...names, id: '1', size: 1_000_000 }) }))
    const target = { devices: [], tags: [], from: [], exclude: [], continuous: true }
    admin.on('POST /campaigns', () => ({ status: 201, json: campaign({ ...names, id: '1', target, counts: counts({ queued: 1 }) }) }))
    expect(await printedAt('11:59:58', 'push', file, '--product', 'demo', '--version', '1.1.0')).toBe(
      printedIn('README.md', 'fogbell push firmware.bin --product demo'),
    )
  })

  test('task show', async () => {
    const history = [
      { at: at('11:59:58.720'), state: 'queued', note: 'created' },
      { at: at('11:59:58.799'), state: 'notified', note: 'offered' },
      { at: at('11:59:58.806'), state: 'notified', note: 'disconnected; its slot was released' },
      { at: at('11:59:59.675'), state: 'in_progress', note: 'first byte fetched' },
    ]
    admin.on('GET /tasks/1', () => ({ json: { ...updated, state: 'in_progress', step: 50, bytes: 500_000, history } }))
    expect(await printedAt('12:00:00.900', 'task', 'show', '1')).toBe(printedIn('README.md', 'fogbell task show 1'))
  })

  test('task list', async () => {
    const items = [{ ...updated, state: 'succeeded', step: 50, bytes: 1_000_000, endedAt: at('12:00:02.000') }]
    admin.on('GET /tasks', () => ({ json: { items, next: null } }))
    expect(await printedAt('12:00:02.300', 'task', 'list')).toBe(printedIn('README.md', 'fogbell task list'))
  })

  test('device show', async () => {
    const reportedAt = at('12:00:02.000')
    const connection = { what: 'disconnected', reason: 'disconnect', at: reportedAt, text: 'the client disconnected' } as const
    const names = { product: 'demo', name: 'dev1', online: false, lastSeen: reportedAt, address: '127.0.0.1', connection }
    const modules = { default: { version: '1.1.0', reportedAt } }
    admin.on('GET /devices/demo/*', () => ({ json: device({ ...names, modules, createdAt: at('11:59:56.245') }) }))
    expect(await printedAt('12:00:04.300', 'device', 'show', 'demo/dev1')).toBe(printedIn('README.md', 'fogbell device show demo/dev1'))
  })
})

describe('docs/first-update.md', () => {
  test('what README.md has too is the same there', () => {
    const inReadme = new Map(samplesOf('README.md').map(({ command, lines }) => [command, lines]))
    const shared = samplesOf('docs/first-update.md').filter(({ command }) => inReadme.has(command))
    expect(shared.length).toBeGreaterThan(9)
    expect(shared.filter(({ command, lines }) => lines.join('\n') !== inReadme.get(command)?.join('\n'))).toEqual([])
  })

  test('device list', async () => {
    const names = { product: 'demo', name: 'dev1', online: false, lastSeen: at('11:59:56.245') }
    const modules = { default: { version: '1.0.0', reportedAt: at('11:59:56.245') } }
    admin.on('GET /devices', () => ({ json: { items: [device({ ...names, modules })], next: null } }))
    expect(await printedAt('11:59:57.300', 'device', 'list')).toBe(printedIn('docs/first-update.md', 'fogbell device list'))
  })

  test('device timeline', async () => {
    const entry = (clock: string, what: string, text: string, task: string | null = null) => ({
      at: at(clock),
      what,
      module: null,
      task,
      campaign: task,
      attempt: task === null ? null : 1,
      text,
    })
    const items = [
      entry('11:59:56', 'connected', 'connected from 127.0.0.1'),
      entry('11:59:56', 'version', 'reports version 1.0.0 of module default'),
      entry('11:59:56', 'disconnected', 'the client disconnected'),
      entry('11:59:57', 'connected', 'connected from 127.0.0.1'),
      entry('11:59:58', 'notified', 'offered', '1'),
      entry('11:59:58', 'disconnected', 'the client disconnected'),
      entry('11:59:58', 'notified', 'disconnected; its slot was released', '1'),
      entry('11:59:59', 'in_progress', 'first byte fetched', '1'),
      entry('11:59:59', 'connected', 'connected from 127.0.0.1'),
      entry('11:59:59', 'disconnected', 'the client disconnected'),
      entry('12:00:02', 'connected', 'connected from 127.0.0.1'),
      entry('12:00:02', 'version', 'reports version 1.1.0 of module default', '1'),
      entry('12:00:02', 'succeeded', 'reported; 1000000 of 1000000 bytes', '1'),
      entry('12:00:02', 'disconnected', 'the client disconnected'),
    ]
    admin.on('GET /devices/demo/dev1/timeline', () => ({ json: { items, next: null } }))
    expect(await printedAt('12:00:03', 'device', 'timeline', 'demo/dev1')).toBe(
      printedIn('docs/first-update.md', 'fogbell device timeline demo/dev1'),
    )
  })

  test('campaign create --dry-run', async () => {
    const names = (...numbers: string[]): string[] => numbers.map((number) => `sensor/sim-${number}`)
    const plan = {
      targets: 5,
      skipped: 0,
      waiting: 0,
      seconds: 360,
      perDeviceSeconds: 180,
      warnings: [],
      phases: [
        { phase: 1, size: 1, devices: names('05') },
        { phase: 2, size: 4, devices: names('01', '02', '03', '04') },
      ],
      left: [],
      leftCounts: {},
    }
    admin.on('GET /firmware/2', () => ({ json: firmware({ id: '2', product: 'sensor' }) }))
    admin.on('POST /campaigns', () => ({ json: plan }))
    const specs = ['--phase', 'count:1', '--phase', '100%']
    expect(await printedAt('12:00:00', 'campaign', 'create', '--firmware', '2', ...specs, '--dry-run')).toBe(
      printedIn('docs/first-update.md', 'fogbell campaign create'),
    )
  })
})

describe('docs/operations.md', () => {
  test('serve --check', async () => {
    const config = join(directory, 'bad.json')
    await writeFile(config, JSON.stringify({ mqtt: { listners: [] }, ota: { maxInProgress: 0 } }))
    expect(await terminal.run('serve', '--config', config, '--check')).toBe(2)
    expect(terminal.err().replace(config, 'bad.json')).toBe(printedIn('docs/operations.md', 'fogbell serve --config bad.json'))
  })

  test('doctor', async () => {
    const said = (text: string) => ({ text, code: 'as_text', params: { text } })
    const finding = (result: string, area: string, text: string, remedy: string | null) => ({
      area,
      result,
      ...said(text),
      remedy: remedy === null ? null : said(remedy),
    })
    // The network of the page is not that of the tests: what is found there is shown as a server's own finding.
    const findings = [
      finding('ok', 'network', 'MQTT answers at one address: mqtt://192.0.2.2:1883', null),
      finding(
        'fault',
        'network',
        'a test download through http://192.0.2.2:8070 failed: no answer within 4 s',
        'let TCP port 8070 through the firewall, and see that the server listens on that address',
      ),
      finding(
        'fault',
        'devices',
        'a device is several boards that use one name and disconnect each other: lamp/l7',
        'give each board a name of its own; `fogbell device why lamp/l7` names their addresses',
      ),
    ]
    const reach = { mqtt: [], firmware: [], publicUrls: [], probe: '/d/0/0123456789abcdef/x' }
    admin.on('GET /doctor', () => ({ json: { version: '0.2.0', time: at('12:00:00'), findings, reach } }))
    expect(await terminal.run('doctor')).toBe(1)
    expect(terminal.out().replace('127.0.0.1', '192.0.2.2')).toBe(printedIn('docs/operations.md', 'fogbell doctor --server'))
  })

  test('device why', async () => {
    const campaignRule = (rule: string, text: string) => ({
      rule: `campaign 1 ${rule}`,
      ok: true,
      text,
      campaign: '1',
      task: '7',
      reason: null,
    })
    const phase =
      'phase 3 of 3 waits: phase 1 has 2 of 2 finished, 100 % succeeded of 100 % needed; it waits for an operator to open the next phase'
    const items = [
      { rule: 'presence', ok: true, text: 'connected and subscribed', campaign: null, task: null, reason: null },
      campaignRule('paused', 'the campaign is running'),
      campaignRule('schedule', 'open'),
      { ...campaignRule('phase', phase), ok: false, reason: 'phase' },
      campaignRule('retry', 'attempt 1'),
      campaignRule('busy', '0 of 1 modules of the device are being updated'),
      campaignRule('slot', '0 of 3 slots are taken'),
      campaignRule('rate', '2 of 1000 offers a minute are used'),
    ]
    admin.on('GET /devices/lamp/l-07/why', () => ({ json: { items } }))
    expect(await printedAt('12:00:00', 'device', 'why', 'lamp/l-07')).toBe(printedIn('docs/operations.md', 'fogbell device why'))
  })

  test('campaign create --dry-run', async () => {
    const names = (...numbers: string[]): string[] => numbers.map((number) => `lamp/l-${number}`)
    const plan = {
      targets: 19,
      skipped: 0,
      waiting: 0,
      seconds: 3900,
      perDeviceSeconds: 180,
      warnings: [],
      phases: [
        { phase: 1, size: 2, devices: names('01', '02') },
        { phase: 2, size: 4, devices: names('04', '06', '15', '16') },
        { phase: 3, size: 13, devices: names('03', '05', '07', '08', '09', '10', '11', '12', '13', '14') },
      ],
      left: [{ device: 'lamp/l-20', reason: 'excluded', text: 'excluded by name' }],
      leftCounts: { excluded: 1 },
    }
    admin.on('GET /firmware/1', () => ({ json: firmware({ id: '1', product: 'lamp' }) }))
    admin.on('POST /campaigns', () => ({ json: plan }))
    const specs = ['--phase', 'tag:canary,soak=1h,wait', '--phase', '30%,success=90,min=2', '--exclude', 'l-20']
    expect(await printedAt('12:00:00', 'campaign', 'create', '--firmware', '1', ...specs, '--dry-run')).toBe(
      printedIn('docs/operations.md', 'fogbell campaign create'),
    )
  })
})

interface Used {
  readonly words: readonly string[]
  readonly options: readonly string[]
}

/** The commands in the blocks of a page, with the options that each uses. */
const usedIn = (page: string): readonly Used[] =>
  ['sh', 'console'].flatMap((language) =>
    blocksOf(page, language)
      .flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
      .flatMap((line) => {
        const [, command] = /(?:^|[ |])(?:fogbell|bin\/fogbell\.js) ([a-z].*)$/.exec(line.replace(/\s#.*$/, '')) ?? []
        const isPrinted = language === 'console' && !line.startsWith('$ ')
        if (command === undefined || isPrinted || line.startsWith('alias')) return []
        const words = command.split(/ (?=-)|[|;&]/)[0]?.split(' ') ?? []
        return [{ words, options: [...command.matchAll(/(?<=\s)--[a-z][a-z-]*/g)].map(([option]) => option) }]
      }),
  )

const nouns = new Set(['firmware', 'device', 'campaign', 'task', 'migrate', 'token', 'user', 'audit', 'webhook'])
/** What the help of the command lists. */
const helpOf = async (words: readonly string[]): Promise<string> => {
  const shown = createCliTerminalFixture()
  await shown.run(...words.slice(0, nouns.has(words[0] ?? '') ? 2 : 1), '--help')
  return shown.out()
}

test.each(['README.md', 'docs/README.zh-CN.md', 'docs/first-update.md', 'docs/operations.md', 'docs/moving.md'])(
  'every command in %s exists, with its options',
  async (page) => {
    expect(usedIn(page).length).toBeGreaterThan(2)
    const unknown: string[] = []
    for (const { words, options } of usedIn(page)) {
      const help = await helpOf(words)
      if (help === '') unknown.push(words.join(' '))
      unknown.push(...options.filter((option) => !help.includes(`  ${option}`)).map((option) => `${words.join(' ')} ${option}`))
    }
    expect(unknown).toEqual([])
  },
)
