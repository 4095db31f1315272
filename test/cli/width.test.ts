// What fits a terminal of 80 and of 50 columns, by the width that is displayed: lists, records, and the live display of a watch.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createGauge } from '../../src/cli/gauge.ts'
import { plain } from '../../src/cli/output.ts'
import { bar, campaignLines } from '../../src/cli/progress.ts'
import { createTable, cutStart, width } from '../../src/cli/table.ts'
import { fold, foldHelp, pairs, shownWidth } from '../../src/cli/wrap.ts'
import { type CliAdminFixture, createCliAdminFixture } from '../support/cli-admin-fixture.ts'
import { campaign, counts, device, task } from '../support/cli-samples.ts'
import { createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

const names = ['dev1', '智能灯泡-客厅-东墙-0001', 'a-name-of-a-device-that-is-as-long-as-some-are-in-the-field-0001']
const widest = (text: string): number => Math.max(...text.split('\n').map(shownWidth))

let admin: CliAdminFixture
beforeEach(async () => {
  admin = await createCliAdminFixture()
  const modules = {
    mcu: { version: '1.0.1', reportedAt: '2026-03-01T11:56:00.000Z' },
    无线模块: { version: '2.0', reportedAt: '2026-03-01T11:56:00.000Z' },
  }
  admin.on('GET /devices', () => ({
    json: { items: names.map((name) => device({ name, modules, tags: ['客厅', 'canary'] })), next: null },
  }))
  admin.on('GET /devices/pk/*', () => ({ json: device({ name: names[1] ?? '', modules, tags: ['客厅', 'canary', 'a'.repeat(60)] }) }))
  const text = '2 of 10 finished did not succeed; paused at 20 % of at least 10; `fogbell campaign resume 3` continues it'
  const one = campaign({
    name: '客厅灯泡升级到 1.0.1 版本',
    status: 'paused',
    reason: 'aborted',
    text,
    counts: counts({ queued: 8, failed: 2 }),
  })
  admin.on('GET /campaigns', () => ({ json: { items: [one], next: null } }))
  admin.on('GET /campaigns/3', () => ({ json: one }))
  const tasks = names.map((name, index) => task({ id: String(index), device: `pk/${name}`, desc: '校验失败', state: 'failed' }))
  admin.on('GET /tasks', () => ({ json: { items: tasks, next: null } }))
  admin.on('GET /tasks/21', () => ({
    json: task({ device: `pk/${names[2]}`, history: [{ at: '2026-03-01T11:56:00.000Z', state: 'queued', note: '客'.repeat(60) }] }),
  }))
})
afterEach(() => admin.close())

const shown = async (columns: number, ...argv: string[]): Promise<string> => {
  const terminal = createCliTerminalFixture({ tty: true, columns, env: { FOGBELL_SERVER: admin.url } })
  expect(await terminal.run(...argv)).toBe(0)
  return terminal.out()
}

describe.each([80, 50])('in %i columns', (columns) => {
  test.each([
    [['device', 'list']],
    [['device', 'show', 'pk/a']],
    [['campaign', 'list']],
    [['campaign', 'show', '3']],
    [['task', 'list']],
    [['task', 'show', '21']],
  ])('%j fits', async (argv) => {
    expect(widest(await shown(columns, ...argv))).toBeLessThanOrEqual(columns)
  })

  test('lists lose nothing: short names are whole on a line, longer ones are folded', async () => {
    const out = await shown(columns, 'device', 'list')
    for (const name of names) expect(out.replaceAll(/\n */g, '')).toContain(`pk/${name}`)
    expect(out).toContain('无线模块 2.0')
  })

  test('the display of a watch fits, with its bars', () => {
    const active = names.map((name, index) => task({ device: `pk/${name}`, state: 'in_progress', step: 40 + index, bytes: 1_000_000 }))
    const long = campaign({
      version: '1.0.1-beta.20260301',
      status: 'paused',
      text: '字'.repeat(100),
      counts: counts({ in_progress: 3, failed: 12, timed_out: 3, rejected: 1, queued: 1200 }),
    })
    const lines = campaignLines(long, 0.5, active, plain, columns)
    for (const line of lines) expect(width(line)).toBeLessThan(columns)
    expect(lines.filter((line) => line.includes('█'))).toHaveLength(4)
    expect(lines.join('\n')).toContain('0001  ')
    expect(lines.join(' ').replaceAll(/ +/g, ' ')).toContain('1200 queued')
  })

  test('hints and stages fold', async () => {
    admin.on('GET /events', () => ({ json: {} }))
    const terminal = createCliTerminalFixture({ tty: true, columns, env: { FOGBELL_SERVER: admin.url } })
    await terminal.run('device', 'tag', 'pk/a')
    expect(widest(terminal.err())).toBeLessThanOrEqual(columns)
  })
})

test('outside a terminal nothing is folded, so that scripts read one row a line', async () => {
  const terminal = createCliTerminalFixture({ env: { FOGBELL_SERVER: admin.url } })
  await terminal.run('device', 'list')
  expect(terminal.out().trimEnd().split('\n')).toHaveLength(1 + names.length)
})

test('a table that fits stays a table; one that does not has a block for each row', () => {
  const rows = [['1', 'a name', '']]
  expect(createTable(['ID', 'NAME', 'TAGS'], 20)(rows)).toEqual(['ID  NAME    TAGS', '1   a name  -'])
  expect(createTable(['ID', 'NAME', 'TAGS'], 15)(rows)).toEqual(['1', '  NAME a name'])
  expect(createTable(['ID', 'A', 'B', 'C'], 12)([['智', 'xx', 'yy', 'zzzz']])).toEqual(['智', '  A xx  B yy', '  C zzzz'])
})

test.each([
  ['a b c', 80, ['a b c']],
  ['aaa bbb ccc', 9, ['aaa bbb', ' ccc']],
  ['客厅 灯泡', 7, ['客厅', '灯泡']],
  ['abcdefghijklmnopqrstuvwxyz', 10, ['abcdefghij', '  klmnopqr', '  stuvwxyz']],
])('"%s" in %i columns', (line, columns, lines) => {
  const folded = fold(line, columns)
  expect(folded.map((one) => one.trim())).toEqual(lines.map((one) => one.trim()))
  for (const one of folded) expect(width(one)).toBeLessThanOrEqual(columns)
})

test('values of pairs are folded below themselves, and colour codes take no room', () => {
  expect(pairs([['name', 'aaa bbb ccc ddd eee']], 18)).toEqual(['name  aaa bbb ccc', '      ddd eee'])
  expect(fold(`\u001b[31mred words\u001b[39m here`, 14)).toHaveLength(1)
})

test('a name that is cut keeps its end, which tells devices apart', () => {
  expect(cutStart('pk/a-long-name-0001', 8)).toBe('…me-0001')
  expect(width(cutStart('pk/智能灯泡客厅', 8))).toBeLessThanOrEqual(8)
})

describe('how far', () => {
  test('the slowest devices are shown first', () => {
    const active = [90, 10, 50, 20, 30, 40, 60, 5].map((step, index) =>
      task({ id: String(index), device: `pk/d${step}`, state: 'in_progress', step }),
    )
    const lines = campaignLines(campaign({ counts: counts({ in_progress: 8 }) }), 0.3, active, plain)
    expect(lines.slice(2, 8).map((line) => line.trim().split(' ')[0])).toEqual(['pk/d5', 'pk/d10', 'pk/d20', 'pk/d30', 'pk/d40', 'pk/d50'])
    expect(lines.at(-1)).toBe('  and 2 more in progress')
  })

  test.each([
    [{ in_progress: 2 }, 0, 0.99],
    [{ succeeded: 999, in_progress: 1 }, 0, 0.99],
    [{ succeeded: 2 }, 1, 0.99],
    [{ succeeded: 2 }, 0, 1],
  ])('with %j and %i waiting is %d', (some, waiting, fraction) => {
    const active = Array.from({ length: (some as { in_progress?: number }).in_progress ?? 0 }, () =>
      task({ state: 'in_progress', step: 100 }),
    )
    expect(createGauge()(campaign({ counts: counts(some), waiting }), active)).toBeCloseTo(fraction)
  })

  test('a device that reports 100 % and has not restarted is not done, and no bar is full before 1', () => {
    const active = [task({ state: 'in_progress', step: 100 })]
    const lines = campaignLines(
      campaign({ counts: counts({ in_progress: 1 }) }),
      createGauge()(campaign({ counts: counts({ in_progress: 1 }) }), active),
      active,
      plain,
    )
    expect(lines.join('\n')).not.toContain('100 %')
    expect(bar(0.999, 10)).toBe('█████████░')
  })
})

test.each([80, 50])('help fits %d columns', async (columns) => {
  for (const argv of [
    ['--help'],
    ['push', '--help'],
    ['campaign', 'create', '--help'],
    ['campaign', 'watch', '--help'],
    ['serve', '--help'],
  ]) {
    const text = await shown(columns, ...argv)
    expect(text).toContain('Usage: fogbell')
    expect(widest(text), argv.join(' ')).toBeLessThanOrEqual(columns)
  }
})

test('a paragraph of help that does not fit is folded anew as a whole; what fits, and lists, stay as they are', () => {
  const help = [
    'Options:',
    '  --check  look',
    '  --force  go',
    '',
    'One two three four five six',
    'seven.',
    'with 4  one two three four',
    '        five',
  ]
  const folded = foldHelp(help.join('\n'), 42)
  expect(folded).toBe(help.join('\n'))
  expect(
    foldHelp(`${help.join('\n')} six seven eight nine ten eleven`, 40)
      .split('\n')
      .slice(4),
  ).toEqual(['One two three four five six', 'seven.', 'with 4  one two three four five six', '        seven eight nine ten eleven'])
  expect(foldHelp(`${'one two '.repeat(6).trim()}\nthree`, 40)).toBe('one two one two one two one two one two\none two three')
})
