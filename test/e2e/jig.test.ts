// docs/examples/jig.py is a whole test station: against a real server and a simulated board, also when answers are lost and the server is killed.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type DeviceClient, enter } from '../support/device-client.ts'
import { isFull } from '../support/full.ts'
import { createServerFixture, listOf, makePlace, type ServerFixture, textOf } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'

const jig = fileURLToPath(new URL('../../docs/examples/jig.py', import.meta.url))
const hasPython = spawnSync('python3', ['--version']).status === 0

const hasPytest = hasPython && spawnSync('python3', ['-m', 'pytest', '--version']).status === 0

interface Jig {
  readonly child: ChildProcess
  readonly output: { stdout: string; stderr: string }
  readonly ended: Promise<number | null>
}

const environmentOf = (url: string, token: string, vbat: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  FOGBELL_URL: url,
  FOGBELL_STATION: 'fct-1',
  FOGBELL_STATION_TOKEN: token,
  VBAT: vbat,
  PYTHONDONTWRITEBYTECODE: '1',
})

const runPython = (env: NodeJS.ProcessEnv, ...args: readonly string[]): Jig => {
  const child = spawn('python3', args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, output, ended: once(child, 'close').then(([status]) => status as number | null) }
}

const runJig = (url: string, token: string, vbat: string, ...args: readonly string[]): Jig =>
  runPython(environmentOf(url, token, vbat), jig, ...args)

/** A station whose self-test is that of a jig; resolves to its token. */
const addStation = async ({ call }: ServerFixture): Promise<string> => {
  const limits = [{ name: 'Vbat', unit: 'V', low: 3.1, high: 3.5 }]
  await call('PUT', '/procedures/lamp-fct', { product: 'lamp', process: 'FCT', selfTest: { source: 'jig', limits } })
  await call('POST', '/procedures/lamp-fct/release')
  await call('PUT', '/stations/fct-1', { procedure: 'lamp-fct' })
  return textOf((await call('POST', '/stations/fct-1/token'))['token'])
}

interface Place {
  readonly data: string
  server: ServerFixture
  readonly token: string
}

const createPlace = async (): Promise<Place> => {
  const { path, clean } = await makePlace()
  onTestFinished(clean)
  const data = join(path, 'data')
  const server = await createServerFixture(data)
  const place = { data, server, token: await addStation(server) }
  onTestFinished(async () => void (await place.server.kill()))
  return place
}

const adminOf = ({ server }: Place): URL => new URL(server.description.admin ?? '')

/** After a kill, on the same port. */
const startAgain = async (place: Place, port: string): Promise<void> => {
  place.server = await createServerFixture(place.data, {}, '--admin-port', port)
}

const board = async ({ server }: Place, name: string): Promise<DeviceClient> => {
  const device = await enter(server, { product: 'lamp', name })
  await device.report('version.post', { module: 'default', version: '1.0.0' })
  return device
}

/** A start of Python on a busy machine, ms. */
const patience = 40_000

const says = (running: Jig, text: string): Promise<unknown> =>
  waitFor(`jig.py says "${text}"`, () => running.output.stderr.includes(text), patience)

const runsOf = async ({ server }: Place, serial: string) => listOf((await server.call('GET', `/runs?serial=${serial}`))['items'])

interface Losing {
  readonly url: string
  /** The first lines of the requests whose first answer was lost. */
  readonly lost: readonly string[]
}

/** Passes each request on to the server and loses the first answer to each of them, as a cable does that is pulled. */
const losing = async (to: URL, wasLost: (line: string) => void = () => undefined): Promise<Losing> => {
  const lost: string[] = []
  const sockets = new Set<Socket>()
  const proxy: Server = createServer((client) => {
    const server = connect(Number(to.port), to.hostname)
    for (const each of [client, server]) {
      sockets.add(each)
      each.on('error', () => each.destroy())
      each.once('close', () => void (each === client ? server : client).destroy())
    }
    let request = ''
    client.on('data', (bytes) => {
      request += bytes.toString('latin1')
      server.write(bytes)
    })
    server.on('data', (bytes) => {
      const line = request.split('\r\n', 1)[0] ?? ''
      if (lost.includes(line)) return void client.write(bytes)
      lost.push(line)
      client.destroy()
      wasLost(line)
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => {
    proxy.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = proxy.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, lost }
}

describe.runIf(isFull && hasPython)('jig.py', { timeout: 120_000 }, () => {
  it('passes a board within its limits, fails one outside, and takes commands from the scanner', async () => {
    const place = await createPlace()
    const url = adminOf(place).origin
    const good = runJig(url, place.token, '3.3', 'SN-1')
    await says(good, 'SN-1 waiting')
    await board(place, 'SN-1')
    expect([await good.ended, good.output.stdout]).toEqual([0, 'SN-1 PASS\n'])

    const bad = runJig(url, place.token, '3.02')
    bad.child.stdin?.write('SN-2\n')
    await says(bad, 'SN-2 waiting')
    await board(place, 'SN-2')
    await waitFor('the FAIL', () => bad.output.stdout.includes('FAIL'), patience)
    bad.child.stdin?.end('SN-3\n\nFB:OK\n')
    expect(await bad.ended).toBe(1)
    expect(bad.output.stdout.split('\n')).toEqual([
      'SN-2 FAIL SELFTEST_FAILED Vbat 3.02 V, allowed 3.1 to 3.5.',
      'SN-3 REFUSED NOT_ACKNOWLEDGED Slot 1 shows the result of SN-2. Acknowledge it first.',
      'SN-2 is acknowledged.',
      '',
    ])

    const broken = runJig(url, place.token, 'no number', 'SN-4')
    await says(broken, 'SN-4 waiting')
    await board(place, 'SN-4')
    expect(await broken.ended).toBe(1)
    expect(broken.output.stdout).toMatch(/^SN-4 ERROR JIG_ERROR .*no number/)
    const stranger = runJig(url, 'no-token', '3.3', 'SN-5')
    expect([await stranger.ended, stranger.output.stdout]).toEqual([2, ''])
  })

  it('does everything once when the first answer to each request is lost', async () => {
    const place = await createPlace()
    const { url, lost } = await losing(adminOf(place))
    const running = runJig(url, place.token, '3.3', 'SN-1')
    await says(running, 'SN-1 waiting')
    await board(place, 'SN-1')
    expect([await running.ended, running.output.stdout]).toEqual([0, 'SN-1 PASS\n'])
    expect(lost.filter((line) => line.startsWith('POST')).map((line) => line.split(/[/ ]/).at(-3))).toEqual([
      'scan',
      'measurements',
      'finish',
    ])
    const runs = await runsOf(place, 'SN-1')
    expect(runs.map(({ outcome, attempt }) => [outcome, attempt])).toEqual([['passed', 1]])
  })

  it('begins one run when the server is killed before it has answered the scan', async () => {
    const place = await createPlace()
    const { port } = adminOf(place)
    let again: Promise<void> | undefined
    const { url } = await losing(adminOf(place), () => {
      again ??= place.server.kill().then(() => startAgain(place, port))
    })
    const running = runJig(url, place.token, '3.3', 'SN-1')
    await says(running, 'SN-1 waiting')
    await again
    await board(place, 'SN-1')
    expect([await running.ended, running.output.stdout]).toEqual([0, 'SN-1 PASS\n'])
    expect((await runsOf(place, 'SN-1')).map(({ outcome, attempt }) => [outcome, attempt])).toEqual([['passed', 1]])
  })

  it('goes on where it was when the server is killed, and waits while it is away', async () => {
    const place = await createPlace()
    const { origin, port } = adminOf(place)
    const running = runJig(origin, place.token, '3.3', 'SN-1')
    await says(running, 'SN-1 waiting')
    await place.server.kill()
    await says(running, 'no server')
    const late = runJig(origin, place.token, '3.3', 'FB:OP:mei')
    await says(late, 'no server')
    await startAgain(place, port)
    expect([await late.ended, late.output.stdout]).toEqual([0, 'Operator: mei.\n'])
    await board(place, 'SN-1')
    expect([await running.ended, running.output.stdout]).toEqual([0, 'SN-1 PASS\n'])
    expect((await runsOf(place, 'SN-1')).map(({ outcome, attempt }) => [outcome, attempt])).toEqual([['passed', 1]])
  })
})

const tests = `
def test_supply(board):
    board.note("Vbat", 3.3, "V")

def test_serial(board):
    assert board.run["serial"] == "SN-1"
`

it.runIf(isFull && hasPytest)('pytest drives the station by conftest.py: a failed test fails the board', { timeout: 120_000 }, async () => {
  const place = await createPlace()
  const folder = join(place.data, '..', 'tests')
  await mkdir(folder)
  for (const name of ['jig.py', 'conftest.py']) await copyFile(join(dirname(jig), name), join(folder, name))
  await writeFile(join(folder, 'test_lamp.py'), tests)
  const outcomes: unknown[] = []
  for (const serial of ['SN-1', 'SN-2']) {
    const env = { ...environmentOf(adminOf(place).origin, place.token, ''), PYTEST_DISABLE_PLUGIN_AUTOLOAD: '1' }
    const running = runPython(env, '-m', 'pytest', '-p', 'no:cacheprovider', '-s', '--serial', serial, folder)
    await waitFor(`the run of ${serial}`, async () => (await runsOf(place, serial))[0]?.['state'], patience)
    await board(place, serial)
    const status = await running.ended
    const [ended] = await runsOf(place, serial)
    outcomes.push([status, ended?.['outcome'], ended?.['code'], running.output.stdout.includes(`${serial} ${textOf(ended?.['outcome'])}`)])
  }
  expect(outcomes).toEqual([
    [0, 'passed', null, true],
    [1, 'failed', 'JIG_FAILED', true],
  ])
})
