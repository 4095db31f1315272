// A test station set up, rehearsed and read by the command, against a real server; and its screen when the server stops to answer.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { processIo } from '../../src/cli/io.ts'
import { run } from '../../src/cli/main.ts'
import { callFogbell } from '../support/call-fogbell.ts'
import { createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'
import { isFull } from '../support/full.ts'
import { type InsideServer, startInside } from '../support/inside-server.ts'
import { addImage, createServerFixture, makePlace, type ServerClient } from '../support/server-fixture.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 })

let place: string
let clean: () => Promise<void>
let stop: () => Promise<unknown>
beforeEach(async () => {
  const made = await makePlace()
  place = made.path
  clean = made.clean
})
afterEach(async () => {
  await stop()
  await clean()
})

const startServer = async (): Promise<InsideServer> => {
  const server = await startInside(join(place, 'data'))
  stop = () => server.stop()
  return server
}

const commandsOf =
  ({ data }: Pick<ServerClient, 'data'>) =>
  async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await callFogbell([...args, '--data', data])
    expect([args, status, status === 0 ? '' : stdout + stderr]).toEqual([args, 0, ''])
    return stdout
  }

/** A station of two slots whose jig measures. */
const setUp = async (server: ServerClient): Promise<ReturnType<typeof commandsOf>> => {
  const fogbell = commandsOf(server)
  const firmware = await addImage(server, { product: 'lamp', version: '1.1.0' }, Buffer.alloc(4000, 'image'))
  const file = join(place, 'procedure.json')
  const procedure = {
    id: 'lamp-fct',
    product: 'lamp',
    process: 'FCT',
    firmware: [{ module: 'default', firmware }],
    selfTest: { source: 'jig', limits: [{ name: 'vbat', unit: 'V', low: 3.1, high: 3.5 }] },
  }
  await writeFile(file, JSON.stringify(procedure))
  expect(await fogbell('procedure', 'set', file, '--release')).toContain('revision 1, released')
  expect(await fogbell('station', 'add', 'fct-1', '--slots', '2', '--procedure', 'lamp-fct', '--operator', 'scan')).toContain('2 slots')
  return fogbell
}

it('a station is set up, rehearsed with its own token, and all that was tested can be read', async () => {
  const server = await startServer()
  const fogbell = await setUp(server)
  expect(await fogbell('procedure', 'show', 'lamp-fct')).toMatch(/self-test +by the jig: vbat from 3\.1 to 3\.5 V/)
  expect(await fogbell('station', 'edit', 'fct-1', '--pass-seconds', '5')).toContain('station fct-1 changed')
  expect(await fogbell('station', 'list')).toMatch(/fct-1 +fct-1 +2 +lamp-fct +scan +en/)
  expect(await fogbell('yield')).toContain('nothing was tested')
  const link = (await fogbell('station', 'token', 'fct-1')).trim()
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/station\/fct-1#token=\S+$/)
  const token = new URL(link).hash.replace('#token=', '')
  const printed = await fogbell(
    'simulate',
    '--station',
    'fct-1',
    '--boards',
    '4',
    '--prefix',
    'unit',
    '--faults',
    isFull ? 'selftest-fails,retest' : 'selftest-fails',
    '--station-token',
    token,
  )
  expect(printed).toMatch(/4 boards: the station said what was expected, and its figures are right\n$/)
  expect(await fogbell('run', 'list', '--outcome', 'failed')).toMatch(/unit-\d\d +FCT +fct-1 +\d +1 +failed +SELFTEST_FAILED/)
  expect(await fogbell('yield', '--group', 'station', '--shift', 'today')).toMatch(
    isFull
      ? /fct-1 +4 +50 % \(2 of 4\) +75 % \(3 of 4\) +25 % \(1 of 4\) +1 /
      : /fct-1 +4 +75 % \(3 of 4\) +75 % \(3 of 4\) +0 % \(0 of 4\) +0 /,
  )
  const failed = /^(\d+) +(unit-\d\d)/m.exec(await fogbell('run', 'list', '--outcome', 'failed')) ?? []
  expect(await fogbell('run', 'show', failed[1] ?? '')).toContain('vbat 4.5 V (from 3.1 to 3.5) failed')
  expect(await fogbell('unit', 'release', `lamp/${failed[2]}`, '--reason', 'C7 was replaced')).toContain('is released')
  expect(await fogbell('unit', 'show', `lamp/${failed[2]}`)).toContain('C7 was replaced')
  const page = join(place, 'unit.html')
  await fogbell('unit', 'show', `lamp/${failed[2]}`, '--html', page)
  expect(await readFile(page, 'utf8')).toContain(failed[2])
  expect((await fogbell('run', 'export', '--csv')).trim().split('\n').length).toBe(isFull ? 6 : 5)
  expect(
    (await fogbell('run', 'export', '--openhtf'))
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line)).length,
  ).toBe(isFull ? 5 : 4)
  expect(await fogbell('station', 'show', 'fct-1')).toMatch(/operator +simulate/)
  expect(await fogbell('station', 'codes', 'fct-1', '--operators', 'mei')).toContain('FB:OP:mei')
  expect(await fogbell('station', 'remove', 'fct-1', '--yes')).toContain('removed')
})

it('a station that is in use is not rehearsed', async () => {
  const server = await startServer()
  await setUp(server)
  await server.call('POST', '/stations/fct-1/scan', { text: 'FB:OP:mei' })
  await server.call('POST', '/stations/fct-1/scan', { text: 'unit-1', slot: 2 })
  const { status, stderr } = await callFogbell(['simulate', '--station', 'fct-1', '--data', server.data])
  expect([status, stderr]).toEqual([1, expect.stringContaining('in slot 2 unit-1 is being tested')])
})

const openScreen = ({ data }: ServerClient) => {
  const terminal = createCliTerminalFixture({ tty: true, columns: 80 })
  const { sleep, now } = processIo()
  const ended = run(['station', 'watch', 'fct-1', '--data', data], { ...terminal.io, sleep, now })
  const says = (text: string) => terminal.until(() => terminal.out().includes(text))
  const end = async (): Promise<void> => {
    terminal.stdin.write('\u0003')
    await ended
  }
  return { terminal, says, end }
}

it('what a scanner types at the screen begins a run, which the screen shows', async () => {
  const server = await startServer()
  await setUp(server)
  const { terminal, says, end } = openScreen(server)
  await says('Scan your operator code first.')
  terminal.stdin.write('FB:OP:mei\rFB:SLOT:2\runit-7\r')
  await says('operator mei')
  await says('Insert and power the board.')
  terminal.stdin.write('FB:ABORT\r')
  await says('Seen: Enter or FB:OK')
  terminal.stdin.write('\r')
  await says('unit-7 is acknowledged.')
  await end()
})

it.runIf(isFull)('a server that no longer answers is said within three seconds', async () => {
  const server = await createServerFixture(join(place, 'data'))
  stop = () => server.kill()
  await setUp(server)
  const { says, end } = openScreen(server)
  await says('Scan your operator code first.')
  server.child.kill('SIGSTOP')
  const frozenAt = performance.now()
  await says('No answer. Nothing that is scanned now is taken.')
  expect(performance.now() - frozenAt).toBeLessThan(3000)
  server.child.kill('SIGCONT')
  await end()
})
