// The core with a made-up dialect of plain words, whose uplinks have their verb in the topic: a second dialect is one more file.

import { expect, test } from 'vitest'
import type { Dialect, Malformed, Report, Uplink } from '../../../src/ota/dialects/dialect.ts'
import type { DeviceKey } from '../../../src/ota/model.ts'
import { createOrchestrator, type Orchestrator } from '../../../src/ota/orchestrator.ts'
import { createMemory } from '../../../src/store/memory.ts'
import { openStore } from '../../../src/store/records.ts'
import { otaSettings } from '../../support/ota-fixture.ts'

const malformed = (detail: string): Malformed => ({ kind: 'malformed', reason: 'bad_params', detail })

/** `inform` says `MODULE VERSION`, `progress` says `TASK STEP`, `request` says `ID`. */
const readings: Readonly<Record<string, (words: readonly string[]) => Report>> = {
  inform: ([module = '', version = '']) => ({ kind: 'version', identity: null, module, version, notString: false }),
  progress: ([task, step]) => ({ kind: 'progress', identity: null, module: 'mcu', task: Number(task), step: Number(step), desc: '' }),
  request: ([id]) => ({ kind: 'get', identity: null, module: 'mcu', id }),
}

const read = (up: string, payload: Uint8Array): Uplink | Malformed => {
  const words = Buffer.from(payload).toString().split(' ')
  const reading = readings[up]
  if (reading === undefined || words.length > 2) return malformed(`${words.length} words for ${up}`)
  return { kind: 'uplink', method: up, id: null, reports: [reading(words)] }
}

/** Offers are `ID upgrade TASK VERSION URL`; of sub-devices, `ID upgrade DEVICE …` with one element a message. */
const words: Dialect = {
  topicsOf: (product, name) => ({
    owns: (topic) => topic.endsWith(`/${product}/${name}`),
    up: (topic) => /^\/ota\/device\/(inform|progress|request)\//.exec(topic)?.[1] ?? null,
    selfTest: () => null,
    isDown: (topic) => topic.startsWith('/ota/device/upgrade/'),
    down: (channel) => `/ota/device/${channel === 'ota' ? 'upgrade' : 'children'}/${product}/${name}`,
  }),
  isReserved: (topic) => topic.startsWith('/ota/device/'),
  read,
  offerBody: ({ task, firmware, url }) => `upgrade ${task.id} ${firmware.version} ${url}`,
  offerMessage: (id, body) => ({ channel: 'ota', text: `${String(id)} ${body}` }),
  subOffers: (offers, nextId) =>
    offers.map(({ task, firmware, url }) => ({
      message: { channel: 'ota', text: `${nextId()} upgrade ${task.device} ${task.id} ${firmware.version} ${url}` },
      tasks: [task],
    })),
  noUpdate: (id) => ({ channel: 'ota', text: `${String(id)} none` }),
  topoAnswer: (id) => ({ channel: 'topo', text: `${String(id)} done` }),
}

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

interface Device {
  readonly core: Orchestrator
  readonly sent: string[]
  readonly drops: string[]
  settled(): Promise<void>
  says(up: string, text: string): Promise<void>
}

const open = async (): Promise<Device> => {
  const store = await openStore(createMemory())
  const sent: string[] = []
  const drops: string[] = []
  const core = createOrchestrator({
    store,
    dialect: words,
    settings: { ...otaSettings, noUpdateReply: 'empty' },
    enrolment: 'first-use',
    now: () => 1_000_000,
    breathe: () => Promise.resolve(),
    transport: { send: (_device: DeviceKey, { text }) => sent.push(text) > 0, host: () => 'h', tlsHost: () => null, close() {} },
    downloads: { url: (task) => `http://h/${task}`, forget() {}, returned() {} },
    events: { emit() {}, watches: () => false },
    meter: { count: (name, label) => void (name === 'dropped' && drops.push(label)) },
    log: silent,
  })
  await core.start()
  await core.enrol('pk', 'dn', null)
  const connection = { device: 'pk/dn', id: 1 }
  core.connected(connection)
  core.subscribed(connection, 'ota')
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await store.writes.settled().then(() => new Promise((resolve) => setImmediate(resolve)))
  }
  const says = async (up: string, text: string): Promise<void> => {
    await core.receive(connection, up, [Buffer.from(text)])
    await settled()
  }
  return { core, sent, drops, settled, says }
}

test('a device of another dialect is notified, reports, asks and succeeds', async () => {
  const { core, sent, drops, settled, says } = await open()
  const digests = { size: 1000, md5: 'd5', sha256: 'aa', checksum: '00000000' }
  const input = { product: 'pk', module: 'mcu', version: '1.1.0', description: '', from: [], signMethod: 'MD5' } as const
  const { firmware } = await core.operators.firmware.add(input, digests)
  await says('inform', 'mcu 1.0.0')
  await says('request', 'r1')
  expect(sent).toEqual(['r1 none'])
  await core.operators.campaigns.launch({ firmware: firmware.id })
  await settled()
  await says('request', 'r2')
  expect(sent.slice(1)).toEqual(['1 upgrade 1 1.1.0 http://h/1', 'r2 upgrade 1 1.1.0 http://h/1'])
  await says('progress', '1 50')
  expect(core.operators.reads.openTask(1)).toMatchObject({ state: 'in_progress', step: 50 })
  await says('inform', 'mcu 1.1.0')
  expect(await core.operators.queries.task(1)).toMatchObject({ state: 'succeeded' })
  await says('inform', 'one two three')
  await says('unheard-of', 'x')
  expect(drops).toEqual(['bad_params', 'bad_params'])
})
