import { describe, expect, test } from 'vitest'
import { lanAddresses, openListeners, readyLines } from '../../src/cli/banner.ts'
import { expected, judge, membersOf } from '../../src/cli/demo-verdicts.ts'
import { ago, bytes, clean, seconds, span } from '../../src/cli/format.ts'
import { createOutput } from '../../src/cli/output.ts'
import { bar, campaignLines, countsText, outcome } from '../../src/cli/progress.ts'
import { createTable, cut, width } from '../../src/cli/table.ts'
import { pairs } from '../../src/cli/wrap.ts'
import { faultNames } from '../../src/simulate/faults.ts'
import { campaign, counts, task } from '../support/cli-samples.ts'
import { createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

const { colors } = createOutput(createCliTerminalFixture().io, false)

describe('figures', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [300_000, '293 KiB'],
    [1_048_570, '1.0 MiB'],
    [93_796_291, '89.5 MiB'],
    [3 * 2 ** 40, '3.0 TiB'],
  ])('%d bytes are %s', (count, text) => expect(bytes(count)).toBe(text))

  test.each([
    [400, '0 s'],
    [59_000, '59 s'],
    [60_000, '1 min'],
    [7_200_000, '2 h'],
    [200_000_000, '2 d'],
  ])('%d ms are %s', (ms, text) => expect(span(ms)).toBe(text))

  test('times are relative to now', () => {
    const now = Date.parse('2026-03-01T12:00:00Z')
    expect(ago('2026-03-01T11:56:00Z', now)).toBe('4 min ago')
    expect(ago('2026-03-01T14:00:00Z', now)).toBe('in 2 h')
    expect(ago('2026-03-01T12:00:00Z', now)).toBe('now')
    expect(ago(null, now)).toBe('-')
    expect(ago('yesterday', now)).toBe('-')
  })

  test.each([
    ['90', 90],
    ['90s', 90],
    ['15m', 900],
    ['1.5h', 5400],
    ['1d', 86_400],
    ['', undefined],
    ['-1', undefined],
    ['5 weeks', undefined],
  ])('the time "%s" is %s seconds', (text, value) => expect(seconds(text)).toBe(value))

  test('control characters and those that reorder the line are escaped', () => {
    expect(clean('设备 a\nb\u0007\u009b\u202e')).toBe('设备 a\\x0ab\\x07\\x9b\\u202e')
  })
})

describe('tables', () => {
  test('columns are aligned also with Chinese names, and combining marks have no width', () => {
    expect(width('设备')).toBe(4)
    expect(width('e\u0301')).toBe(1)
    for (const emoji of ['👍', '🟢', '⭐', '✨', '⛔', '⏰', '🪫']) expect(width(emoji), emoji).toBe(2)
    expect(
      createTable(['A', 'B'])([
        ['设备', '1'],
        ['dev1', ''],
      ]),
    ).toEqual(['A     B', '设备  1', 'dev1  -'])
  })

  test('later pages have no head and never narrower columns', () => {
    const table = createTable(['A', 'B'])
    table([['long one', 'x']])
    expect(table([['a', 'y']])).toEqual(['a         y'])
  })

  test('a text is cut to the width of the terminal, at whole characters', () => {
    expect(cut('设备设备', 5)).toBe('设备…')
    expect(cut('设备', 4)).toBe('设备')
  })

  test('pairs are aligned', () => {
    expect(
      pairs([
        ['a', '1'],
        ['long', ''],
      ]),
    ).toEqual(['a     1', 'long  -'])
  })
})

describe('progress', () => {
  test('a bar is full at 100 % and never longer', () => {
    expect(bar(0, 4)).toBe('░░░░')
    expect(bar(0.5, 4)).toBe('██░░')
    expect(bar(7, 4)).toBe('████')
  })

  test('counts are text', () => {
    expect(countsText(counts({ succeeded: 3, failed: 1, queued: 2, skipped: 5 }), colors)).toBe(
      '4 of 6 done: 3 succeeded, 1 failed, 2 queued, 5 up to date already',
    )
    expect(countsText(counts(), colors)).toBe('no devices yet')
    expect(countsText(counts({ skipped: 2 }), colors)).toBe('2 up to date already')
  })

  test('a campaign has a bar, and each busy device one of its own, by bytes if it reports nothing', () => {
    const busy = [
      task({ state: 'in_progress', step: 50, bytes: 500 }),
      task({ id: '22', device: 'pk/设备', state: 'in_progress', bytes: 250 }),
    ]
    const lines = campaignLines(campaign({ counts: counts({ in_progress: 2, succeeded: 2 }) }), 0.6875, busy, colors)
    expect(lines[0]).toContain(' 68 %  2 of 4 done')
    expect(lines.slice(2)).toEqual([`  pk/设备  ${bar(0.25, 16)}  25 %  250 B`, `  pk/dev1  ${bar(0.5, 16)}  50 %  500 B`])
  })

  test('a waiting campaign says why below its counts', () => {
    const lines = campaignLines(campaign({ counts: counts({ queued: 1 }), text: 'phase 1 has 1 of 2 finished' }), 0, [], colors)
    expect(lines.slice(1)).toEqual(['  1 queued', '  phase 1 has 1 of 2 finished'])
  })

  test('many busy devices are cut short', () => {
    const busy = Array.from({ length: 9 }, (_, i) => task({ id: String(i + 1), device: `pk/d${i}`, state: 'in_progress' }))
    expect(campaignLines(campaign({ counts: counts({ in_progress: 9 }) }), 0, busy, colors).at(-1)).toBe('  and 3 more in progress')
  })

  test('an end has the reason, raw step and the device’s text', () => {
    expect(outcome(task({ state: 'failed', reason: 'verify_error', code: -3, desc: 'bad\u0007' }))).toBe(
      'failed: verify_error, step -3, "bad\\x07"',
    )
  })
})

describe('what a started server prints', () => {
  const description = {
    pid: 1,
    version: '0.1.0',
    mqtt: ['mqtt://127.0.0.1:1883', 'mqtts://10.0.0.9:8883'],
    firmware: 'http://127.0.0.1:8070',
    admin: 'http://127.0.0.1:8080',
  }
  const open = openListeners({
    mqtt: { listeners: [{ url: 'mqtt://[::]:1883' }, { url: 'mqtts://10.0.0.9:8883' }] },
    firmware: { plain: true, tlsListen: { host: '::' }, listen: { host: '0.0.0.0' } },
    admin: { listen: { host: '127.0.0.1' } },
  })

  test('wildcard listeners are shown with the machine’s addresses, others as they are', () => {
    const facts = { description, open, addresses: ['192.0.2.7', '[2001:db8::1]'], dataDir: '/var/lib/fogbell' }
    const lines = readyLines({ ...facts, fragment: '#code=x' })
    expect(lines.map((line) => line.trim())).toEqual([
      '',
      'MQTT       mqtt://192.0.2.7:1883',
      'mqtt://[2001:db8::1]:1883',
      'mqtt://127.0.0.1:1883  (this machine)',
      'mqtts://10.0.0.9:8883',
      'firmware   http://192.0.2.7:8070',
      'http://[2001:db8::1]:8070',
      'http://127.0.0.1:8070  (this machine)',
      'admin API  http://127.0.0.1:8080/api/v1',
      'token      /var/lib/fogbell/admin.token',
      '',
      'Update devices: fogbell push FILE --product PK --version V --watch',
      '',
      'The page; this link signs in once, within 15 minutes (fogbell login prints another one):',
      'http://127.0.0.1:8080/#code=x',
      'Fogbell 0.1.0 is ready',
    ])
    expect(
      readyLines({ ...facts, fragment: '' })
        .slice(-3)
        .map((line) => line.trim()),
    ).toEqual(['The page (fogbell login prints a link that signs in):', 'http://127.0.0.1:8080/', 'Fogbell 0.1.0 is ready'])
  })

  test('the commands name the data directory where they do not look by themselves', () => {
    const lines = readyLines({ description, open, addresses: [], dataDir: '/srv/my fleet', fragment: '' }).join('\n')
    expect(lines).toContain("fogbell push FILE --product PK --version V --watch --data '/srv/my fleet'")
    expect(lines).toContain("(fogbell login --data '/srv/my fleet' prints a link that signs in)")
  })

  test('the machine’s addresses are those of its networks: IPv4, else routable IPv6', () => {
    const info = (address: string, family: 'IPv4' | 'IPv6', internal = false) =>
      family === 'IPv4'
        ? { address, family, internal, netmask: '', mac: '', cidr: null }
        : { address, family, internal, netmask: '', mac: '', cidr: null, scopeid: 0 }
    expect(lanAddresses({ lo: [info('127.0.0.1', 'IPv4', true)], eth0: [info('192.0.2.7', 'IPv4'), info('2001:db8::1', 'IPv6')] })).toEqual(
      ['192.0.2.7'],
    )
    expect(lanAddresses({ eth0: [info('fe80::1', 'IPv6'), info('2001:db8::1', 'IPv6')] })).toEqual(['[2001:db8::1]'])
  })
})

describe('the demo’s verdicts', () => {
  test('a device is judged by the end that its fault demands', () => {
    const fleet = [
      { device: 'demo/a', fault: 'bad-hash', resumed: false },
      { device: 'demo/b', fault: null, resumed: false },
      { device: 'demo/c', fault: 'reboot-mid-download', resumed: false },
      { device: 'demo/d', fault: null, resumed: false },
    ]
    const tasks = [
      task({ device: 'demo/a', state: 'failed', reason: 'verify_error' }),
      task({ device: 'demo/b', state: 'failed', reason: 'rolled_back' }),
      task({ device: 'demo/c', state: 'succeeded' }),
    ]
    expect(judge(fleet, tasks).map(({ actual, ok }) => [actual, ok])).toEqual([
      ['failed: verify_error', true],
      ['failed: rolled_back', false],
      ['succeeded, not resumed', false],
      ['no task', false],
    ])
  })

  test('the fleet’s lines say which devices there are and which resumed; other text is ignored', () => {
    const said = [
      'not JSON',
      '{"at":"","device":"demo/a","event":"downloading","detail":{"task":"1","from":512,"size":1024}}',
      '{"at":"","device":"demo/a","event":"summary","fault":"reboot-mid-download","version":"1","outcome":"updated"}',
      '{"at":"","device":"demo/b","event":"summary","fault":null,"version":"1","outcome":"updated"}',
    ]
    expect(membersOf(said)).toEqual([
      { device: 'demo/a', fault: 'reboot-mid-download', resumed: true },
      { device: 'demo/b', fault: null, resumed: false },
    ])
  })

  test('every fault that the demo shows is one that the simulator knows', () => {
    expect(Object.keys(expected).filter((name) => !faultNames.some((known) => known === name))).toEqual([])
  })
})
