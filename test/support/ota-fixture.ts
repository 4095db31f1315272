// The core with a memory store, a fake transport, a clock moved by the test, and one package of product `pk`; and devices that connect,
// report and are notified.

import { fogcloud } from '../../src/ota/dialects/fogcloud.ts'
import type { Task } from '../../src/ota/model.ts'
import { createOrchestrator, type Orchestrator } from '../../src/ota/orchestrator.ts'
import type { Channel, Connection, Downlink } from '../../src/ota/ports/mqtt.ts'
import type { Event } from '../../src/ota/ports/observers.ts'
import type { Verdict } from '../../src/ota/ports/operators.ts'
import type { Store } from '../../src/ota/ports/store.ts'
import { say } from '../../src/sentences/sentence.ts'
import type { Enrolment, OtaSettings } from '../../src/settings.ts'
import { createMemory, type MemoryOptions } from '../../src/store/memory.ts'
import { openStore } from '../../src/store/records.ts'
import { silentLog } from './recording-log.ts'

export const otaSettings: OtaSettings = {
  maxUplinkBytes: 65_536,
  maxFamilyUplinkBytes: 524_288,
  noUpdateReply: 'none',
  getBurst: 5,
  getPerSecond: 1,
  slotSeconds: 900,
  noResponseSeconds: 86_400,
  upgradeSeconds: 3_600,
  subDeviceUpgradeSeconds: 21_600,
  stallSeconds: 900,
  rollbackGraceSeconds: 300,
  repushSeconds: 60,
  settleSeconds: 3,
  linkSeconds: 86_400,
  modulesAtOnce: 1,
  subDevicesAtOnce: 20,
  gatewayTakeover: 'unclaimed',
  childrenPerGateway: 5000,
  subElements: 10,
  subBytes: 16_384,
  maxInProgress: 50,
  perMinute: 1000,
  serverInProgress: 0,
  serverPerMinute: 0,
  flapDisconnects: 3,
  keepTaskDays: 365,
  keepTasks: 1_000_000,
}

export interface Sent {
  readonly to: string
  readonly channel: Channel
  readonly method: string
  readonly id: unknown
  readonly params: Record<string, string> & { readonly length?: number }
  readonly elements: readonly Record<string, string>[]
}

interface Wire {
  readonly sent: Sent[]
  readonly subscribed: Set<string>
  writable: boolean
  /** The server's address as devices reach it. */
  host: string
  /** What links were signed for: task, image, host. */
  readonly signed: string[]
  onSend?: (message: Sent) => void
}

const read = (to: string, message: Downlink): Sent => {
  const { method, id, params } = JSON.parse(message.text) as { method: string; id: unknown; params: unknown }
  return {
    to,
    channel: message.channel,
    method,
    id,
    params: params as Sent['params'],
    elements: Array.isArray(params) ? (params as Sent['elements']) : [],
  }
}

export interface OtaFixture {
  /** The package of which `start` makes campaigns. */
  firmware: number
  readonly core: Orchestrator
  readonly store: Store
  readonly sent: Sent[]
  readonly events: Event[]
  readonly drops: Map<string, number>
  readonly forgotten: number[]
  /** Messages of the log's warnings. */
  readonly warnings: string[]
  /** Tasks whose device has come back while it downloaded. */
  readonly returned: number[]
  readonly wire: Wire
  readonly disk: ReturnType<typeof createMemory>
  now(): number
  /** Moves the clock and does what is due. */
  pass(seconds: number): Promise<void>
  /** Moves the clock alone. */
  elapse(seconds: number): void
  /** Waits until everything that was started has ended. */
  settle(): Promise<void>
  /** Another core over the same disk, as after a restart, `away` seconds later. */
  restart(away?: number, more?: Partial<OtaFixtureOptions>): Promise<OtaFixture>
  /** Creates and starts a campaign for the package. */
  start(input?: object): Promise<number>
  connect(device: string, address?: string): Connection
  subscribe(connection: Connection, channel?: Channel): Promise<void>
  /** Connects and subscribes. */
  join(device: string, address?: string): Promise<Connection>
  /** A device that has reported its version, subscribed. */
  known(name?: string, version?: string): Promise<Connection>
  say(connection: Connection, method: string, params: unknown, id?: unknown): Promise<void>
  topo(connection: Connection, method: string, names: readonly string[]): Promise<void>
  task(id?: number): Promise<Task>
  /** How often the device was notified of a package. */
  pushes(to?: string): number
  /** Verdicts with their sentences as text. */
  why(device: string, module?: string): Promise<readonly (Verdict & { readonly text: string })[]>
}

export interface OtaFixtureOptions {
  readonly settings?: Partial<OtaSettings>
  readonly enrolment?: Enrolment
  readonly disk?: ReturnType<typeof createMemory>
  readonly memory?: MemoryOptions
  readonly start?: number
  /** Is shown each event of the core. */
  readonly watch?: (event: Event) => void
}

const openFixture = async (options: OtaFixtureOptions, firmware: number): Promise<OtaFixture> => {
  const disk = options.disk ?? createMemory(options.memory)
  const store = await openStore(disk)
  const wire: Wire = { sent: [], subscribed: new Set(), writable: true, host: '192.0.2.1', signed: [] }
  const events: Event[] = []
  const drops = new Map<string, number>()
  const forgotten: number[] = []
  const returned: number[] = []
  const errors: unknown[] = []
  const warnings: string[] = []
  let time = options.start ?? 1_000_000
  let connections = 0
  const core = createOrchestrator({
    dialect: fogcloud,
    store,
    now: () => time,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    settings: { ...otaSettings, ...options.settings },
    enrolment: options.enrolment ?? 'first-use',
    transport: {
      send(to, message) {
        if (!wire.writable || !wire.subscribed.has(`${to} ${message.channel}`)) return false
        const sent = read(to, message)
        wire.onSend?.(sent)
        return wire.sent.push(sent) > 0
      },
      host: () => wire.host,
      tlsHost: () => null,
      close() {},
    },
    downloads: {
      url(task, sha256, { host }) {
        wire.signed.push(`${task} ${sha256} ${host}`)
        return `http://${host}/d/${task}`
      },
      forget: (task) => void forgotten.push(task),
      returned: (task) => void returned.push(task),
    },
    events: {
      emit(event) {
        events.push(event)
        options.watch?.(event)
      },
      watches: () => false,
    },
    meter: { count: (name, label, by = 1) => void (name === 'dropped' && drops.set(label, (drops.get(label) ?? 0) + by)) },
    log: { ...silentLog, error: (fields) => void errors.push(fields), warn: (_fields, message) => void warnings.push(message) },
  })
  await core.start()
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) await store.writes.settled().then(() => new Promise((resolve) => setImmediate(resolve)))
    const [error] = errors.splice(0)
    if (error !== undefined) throw new Error(`the core logged an error: ${String((error as { err?: unknown }).err)}`)
  }
  const fixture: OtaFixture = {
    firmware,
    core,
    store,
    sent: wire.sent,
    events,
    drops,
    forgotten,
    warnings,
    returned,
    wire,
    disk,
    settle,
    now: () => time,
    elapse(seconds) {
      time += seconds * 1000
    },
    async pass(seconds) {
      time += seconds * 1000
      await core.tick()
      await settle()
    },
    restart: (away = 0, more = {}) => openFixture({ ...options, disk, ...more, start: time + away * 1000 }, fixture.firmware),
    async start(input = {}) {
      const campaign = await core.operators.campaigns.create({ firmware: fixture.firmware, ...input })
      await core.operators.campaigns.start(campaign.id)
      await settle()
      return campaign.id
    },
    connect(device, address) {
      const connection = { device, id: ++connections, ...(address === undefined ? {} : { address }) }
      core.connected(connection)
      return connection
    },
    async subscribe(connection, channel = 'ota') {
      wire.subscribed.add(`${connection.device} ${channel}`)
      core.subscribed(connection, channel)
      await settle()
    },
    async join(device, address) {
      const [product = '', name = ''] = device.split('/')
      await core.enrol(product, name, null)
      const connection = fixture.connect(device, address)
      await fixture.subscribe(connection)
      return connection
    },
    async known(name = 'dn', version = '1.0.0') {
      const connection = await fixture.join(`pk/${name}`)
      await fixture.say(connection, 'version.post', { version, module: 'mcu' })
      return connection
    },
    async say(connection, method, params, id = 1) {
      await core.receive(connection, 'ota', [Buffer.from(JSON.stringify({ id, version: '1.0', method, params }))])
      await settle()
    },
    async topo(connection, method, names) {
      const params = names.map((name) => ({ product_key: 'pk', device_name: name }))
      await core.receive(connection, 'topo', [Buffer.from(JSON.stringify({ id: 9, version: '1.0', method, params }))])
      await settle()
    },
    pushes: (to = 'pk/dn') => wire.sent.filter((message) => message.to === to && message.method === 'firmware.post').length,
    async why(device, module) {
      const verdicts = await core.operators.devices.why(device, module)
      return verdicts.map((verdict) => ({ ...verdict, text: say(verdict.said) }))
    },
    async task(id = 1) {
      const task = await store.queries.task(id)
      if (task === undefined) throw new Error(`no task ${id}`)
      return task
    },
  }
  return fixture
}

export const digests = (sha256 = 'aa'): { size: number; md5: string; sha256: string; checksum: string } => ({
  size: 1000,
  md5: 'd5',
  sha256,
  checksum: '00000000',
})

/** A package of product `pk`, module `mcu`. */
export const addFirmware = async (
  fixture: OtaFixture,
  version = '1.1.0',
  over: { from?: readonly string[]; module?: string } = {},
): Promise<number> => {
  const { firmware } = await fixture.core.operators.firmware.add(
    { product: 'pk', module: over.module ?? 'mcu', version, description: '', from: over.from ?? [], signMethod: 'MD5' },
    digests(version),
  )
  return firmware.id
}

export const createOtaFixture = async (options: OtaFixtureOptions = {}): Promise<OtaFixture> => {
  const fixture = await openFixture(options, 0)
  fixture.firmware = await addFirmware(fixture)
  return fixture
}
