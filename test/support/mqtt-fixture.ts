// A broker on real sockets with a core and a registry that only record calls, for tests of the broker.

import { EventEmitter, once } from 'node:events'
import { type Broker, createBroker } from '../../src/mqtt/broker.ts'
import type { Dialect } from '../../src/ota/dialects/dialect.ts'
import { fogcloud } from '../../src/ota/dialects/fogcloud.ts'
import { type Credential, type Device, type DeviceKey, deviceKey } from '../../src/ota/model.ts'
import type { Connection, DeviceSide, RefusedConnect, Registry, Tap } from '../../src/ota/ports/mqtt.ts'
import type { Event } from '../../src/ota/ports/observers.ts'
import type { SessionRows } from '../../src/ota/ports/session-rows.ts'
import type { Enrolment, Settings } from '../../src/settings.ts'
import { memoryRows } from './mqtt-memory-rows.ts'
import { createRecordingLog, type LogEntry } from './recording-log.ts'

export type MqttSettings = Settings['mqtt']

export const mqttSettings = (change: Partial<MqttSettings> = {}): MqttSettings => ({
  listeners: [{ url: 'mqtt://127.0.0.1:0' }],
  maxPacketBytes: 262_144,
  maxConnections: 1000,
  connectionsPerAddress: 1000,
  newDevicesPerAddress: 1000,
  keepaliveLimit: 0,
  maxRetainedBytes: 1_000_000,
  sessions: {
    inflight: 20,
    maxMessages: 1000,
    maxBytes: 4_000_000,
    maxTotalBytes: 16_000_000,
    share: 1,
    perDevice: 16,
    messageSeconds: 0,
    sessionSeconds: 0,
  },
  users: [],
  anonymous: null,
  ...change,
})

/** Records each call of the broker as text: `connected pk/dn 1`. */
export interface FakeCore extends DeviceSide {
  readonly calls: readonly string[]
  /** Connections that ended, with the one that took the place of each. */
  readonly ends: readonly (readonly [ended: Connection, newer: Connection | undefined])[]
  readonly received: readonly { readonly device: DeviceKey; readonly up: string; readonly text: string }[]
  /** `receive` waits for it; a test replaces it. */
  gate: (text: string) => Promise<void>
  /** Resolves when that call was made, or if it already was. */
  saw(line: string): Promise<void>
  /** Resolves when that many uplinks were received. */
  gotUplinks(count: number): Promise<void>
}

export const createFakeCore = (): FakeCore => {
  const calls: string[] = []
  const ends: (readonly [Connection, Connection | undefined])[] = []
  const received: { device: DeviceKey; up: string; text: string }[] = []
  const changes = new EventEmitter().setMaxListeners(0)
  const until = async (met: () => boolean): Promise<void> => {
    while (!met()) await once(changes, 'change')
  }
  const record = (line: string): void => {
    calls.push(line)
    changes.emit('change')
  }
  const name = (connection: Connection): string => `${connection.device} ${connection.id}`
  const core: FakeCore = {
    calls,
    received,
    gate: () => Promise.resolve(),
    connected: (connection) => record(`connected ${name(connection)}`),
    disconnected(connection, newer) {
      ends.push([connection, newer])
      record(`disconnected ${name(connection)}`)
    },
    ends,
    subscribed: (connection, channel) => record(`subscribed ${name(connection)} ${channel}`),
    unsubscribed: (connection, channel) => record(`unsubscribed ${name(connection)} ${channel}`),
    async receive(connection, up, payloads) {
      const texts = payloads.map((payload) => Buffer.from(payload).toString())
      for (const text of texts) received.push({ device: connection.device, up, text })
      changes.emit('change')
      for (const text of texts) await core.gate(text)
    },
    saw: (line) => until(() => calls.includes(line)),
    gotUplinks: (count) => until(() => received.length >= count),
  }
  return core
}

export interface FakeRegistry extends Registry {
  add(product: string, name: string, credential: Credential): void
  readonly enrolled: readonly string[]
  /** Of connections that were refused or ended: `disconnected pk/dn keepalive_timeout`. */
  readonly notes: readonly string[]
  readonly refusals: readonly RefusedConnect[]
  /** Called before each enrolment is recorded. */
  before: () => Promise<void>
}

const newDevice = (product: string, name: string, credential: Credential): Device => ({
  key: deviceKey(product, name),
  product,
  name,
  gateway: null,
  tags: [],
  credential,
  modules: [],
  late: [],
  createdAt: 0,
  lastSeen: null,
  rev: 1,
})

export const createFakeRegistry = (): FakeRegistry => {
  const devices = new Map<DeviceKey, Device>()
  const enrolled: string[] = []
  const notes: string[] = []
  const refusals: RefusedConnect[] = []
  const add = (product: string, name: string, credential: Credential): Device => {
    const device = newDevice(product, name, credential)
    devices.set(device.key, device)
    return device
  }
  const registry: FakeRegistry = {
    enrolled,
    notes,
    noteConnection: (key, what, reason) => void notes.push(`${what} ${key} ${reason}`),
    before: () => Promise.resolve(),
    add: (product, name, credential) => void add(product, name, credential),
    device: (key) => devices.get(key),
    admitted: () => Promise.resolve(),
    refusals,
    connectRefused: (refused) => void refusals.push(refused),
    async enrol(product, name, firstUse) {
      await registry.before()
      enrolled.push(`${product}/${name} ${firstUse ?? 'none'}`)
      const known = devices.get(deviceKey(product, name))
      if (known !== undefined && (known.credential.kind !== 'none' || firstUse === null)) return known
      return add(product, name, firstUse === null ? { kind: 'none' } : { kind: 'first-use', hash: firstUse })
    },
  }
  return registry
}

export interface MqttFixture {
  readonly broker: Broker
  readonly core: FakeCore
  readonly registry: FakeRegistry
  readonly counts: ReadonlyMap<string, number>
  readonly events: readonly Event[]
  readonly log: readonly LogEntry[]
  readonly watched: Set<DeviceKey>
  readonly port: number
}

export interface MqttFixtureOptions {
  readonly dialect?: Dialect
  readonly enrolment?: Enrolment
  readonly settings?: Partial<MqttSettings>
  readonly rows?: SessionRows
  readonly tap?: Tap
}

const open = new Set<Broker>()

/** For afterEach: closes every broker that the test opened. */
export const closeMqttFixtures = async (): Promise<void> => {
  await Promise.all(Array.from(open, (broker) => broker.close()))
  open.clear()
}

export const createMqttFixture = async ({
  dialect = fogcloud,
  enrolment = 'open',
  settings = {},
  rows = memoryRows(),
  tap,
}: MqttFixtureOptions = {}): Promise<MqttFixture> => {
  const [core, registry] = [createFakeCore(), createFakeRegistry()]
  const counts = new Map<string, number>()
  const events: Event[] = []
  const log: LogEntry[] = []
  const watched = new Set<DeviceKey>()
  const broker = await createBroker({
    settings: mqttSettings(settings),
    dialect,
    enrolment,
    registry,
    rows,
    tap,
    log: createRecordingLog(log),
    now: Date.now,
    version: '0.0.0',
    meter: { count: (name, label, by = 1) => void counts.set(`${name} ${label}`, (counts.get(`${name} ${label}`) ?? 0) + by) },
    events: { emit: (event) => void events.push(event), watches: (device) => watched.has(device) },
  })
  open.add(broker)
  await broker.listen(core)
  return { broker, core, registry, counts, events, log, watched, port: portOf(broker.urls[0] ?? '') }
}

export const portOf = (url: string): number => Number(new URL(url).port)
