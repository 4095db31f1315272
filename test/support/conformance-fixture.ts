// The server under test, started for each test file: Fogbell as built or, with TARGET, a mosquitto or a plain Aedes on level, which tests
// the tests themselves. Its data outlives a restart. Knows no tests.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, it, vi } from 'vitest'
import { startInside } from './inside-server.ts'
import { createServerFixture, makePlace, type ServerClient } from './server-fixture.ts'
import { waitFor } from './until.ts'

export type Broker = 'fogbell' | 'mosquitto' | 'aedes'

const named = process.env['TARGET'] ?? 'fogbell'
export const underTest: Broker = named === 'mosquitto' || named === 'aedes' ? named : 'fogbell'

/** Declares a test of what the standard leaves open and Fogbell decided, or what mosquitto is known to do differently. */
export const ours = it.skipIf(underTest === 'mosquitto')

/** The limit of packets of every server here, bytes. */
export const maxPacketBytes = 262_144

interface Running {
  readonly port: number
  /** The port of MQTT over WebSocket, or null. */
  readonly ws: string | null
  stop(): Promise<unknown>
  kill(): Promise<unknown>
}

export interface ConformanceFixture {
  readonly port: number
  readonly ws: string | null
  /** SIGTERM or kill -9, and a start on the same data. */
  restart(how: 'stop' | 'kill'): Promise<void>
}

// Devices have their own topics; anonymous clients have the others, and may read the server's topics.
const settings = {
  mqtt: {
    listeners: [{ url: 'mqtt://127.0.0.1:0' }, { url: 'ws://127.0.0.1:0/mqtt' }],
    anonymous: { publish: ['#'], subscribe: ['#', '$SYS/#'] },
    maxPacketBytes,
  },
  devices: { enrolment: 'open' },
}

const wsOf = ({ description }: ServerClient): string | null => description.mqtt.find((url) => url.startsWith('ws:')) ?? null

const startFogbell = async (data: string): Promise<Running> => {
  const server = await startInside(data, settings)
  return { port: server.port, ws: wsOf(server), stop: () => server.stop(), kill: () => server.stop() }
}

const startKillable = async (data: string): Promise<Running> => {
  const server = await createServerFixture(data, settings)
  return { port: server.port, ws: wsOf(server), stop: () => server.stop(), kill: () => server.kill() }
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

const running = (child: ChildProcess, port: number, ws: string | null): Running => {
  const ended = once(child, 'close')
  const end = (signal: NodeJS.Signals): Promise<unknown> => {
    child.kill(signal)
    return ended
  }
  return { port, ws, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
}

const startMosquitto = async (data: string): Promise<Running> => {
  const [port, ws] = [await freePort(), await freePort()]
  await mkdir(data, { recursive: true })
  const config = `${data}.conf`
  const text = `
allow_anonymous true
user root
persistence true
persistence_location ${data}/
max_packet_size ${maxPacketBytes}
max_queued_messages 0
set_tcp_nodelay true
sys_interval 1
log_type error
listener ${port} 127.0.0.1
listener ${ws} 127.0.0.1
protocol websockets
`
  await writeFile(config, text)
  const child = spawn('/usr/sbin/mosquitto', ['-c', config], { stdio: 'ignore' })
  await waitFor('mosquitto accepts', async () => (await accepts(port)) && (await accepts(ws)))
  const server = running(child, port, `ws://127.0.0.1:${ws}/mqtt`)
  // It writes to disk only periodically, so it is made to before it is killed.
  const kill = async (): Promise<unknown> => {
    const written = (): Promise<number> =>
      stat(join(data, 'mosquitto.db'))
        .then(({ mtimeMs }) => mtimeMs)
        .catch(() => 0)
    const before = await written()
    child.kill('SIGUSR1')
    await waitFor('mosquitto wrote', async () => (await written()) > before)
    return server.kill()
  }
  return { ...server, kill }
}

const startAedes = async (data: string): Promise<Running> => {
  const script = fileURLToPath(new URL('../conformance/plain-aedes.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, data], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return running(child, Number(line.toString()), null)
}

/** The server of a test file: started before its first test, stopped after its last. Only a `killable` one can be restarted. */
export const createConformanceFixture = ({ killable = false }: { readonly killable?: boolean } = {}): ConformanceFixture => {
  const fogbell = killable ? startKillable : startFogbell
  const start = { fogbell, mosquitto: startMosquitto, aedes: startAedes }[underTest]
  vi.setConfig({ testTimeout: 20_000, hookTimeout: 20_000 })
  let now: Running | undefined
  let data = ''
  let clean: () => Promise<void>
  const present = (): Running => {
    if (now === undefined) throw new Error('the server under test was asked for before it was started')
    return now
  }
  beforeAll(async () => {
    const place = await makePlace()
    clean = place.clean
    data = join(place.path, 'data')
    now = await start(data)
  })
  afterAll(async () => {
    // One that a test has stopped does not react to it.
    const late = setTimeout(() => void now?.kill(), 8000)
    await now?.stop()
    clearTimeout(late)
    await clean()
  })
  return {
    get port() {
      return present().port
    },
    get ws() {
      return present().ws
    },
    async restart(how) {
      if (!killable) throw new Error('this server cannot be killed: ask for one that is killable')
      await present()[how]()
      now = await start(data)
    },
  }
}
