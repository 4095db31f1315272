// The admin API over the real core, a memory store and real image files, with simulated devices, and every answer checked
// against openapi.json.

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type OpenAccess, openAccess } from '../../src/access/open-access.ts'
import type { AppDeps } from '../../src/admin/api.ts'
import { createEventLog } from '../../src/admin/event-log.ts'
import { createMetrics } from '../../src/admin/metrics.ts'
import { type Admin, createAdmin } from '../../src/admin/server.ts'
import type { Site } from '../../src/admin/site.ts'
import { createBackups } from '../../src/backup/backups.ts'
import { createFirmwareFiles } from '../../src/firmware/image-files.ts'
import { fogcloud } from '../../src/ota/dialects/fogcloud.ts'
import { createOrchestrator, type Orchestrator } from '../../src/ota/orchestrator.ts'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import type { OpenSnapshot } from '../../src/ota/ports/snapshot.ts'
import type { Store } from '../../src/ota/ports/store.ts'
import { inChinese } from '../../src/sentences/chinese.ts'
import { inEnglish } from '../../src/sentences/sentence.ts'
import { type OpenStations, openStations } from '../../src/station/open-stations.ts'
import type { Disk } from '../../src/store/disk.ts'
import { createMemory, type MemoryOptions } from '../../src/store/memory.ts'
import { openStore } from '../../src/store/records.ts'
import { type OpenWebhooks, openWebhooks } from '../../src/webhooks/open-webhooks.ts'
import { type Contract, checkSaid, createContract } from './admin-contract.ts'
import type { Json } from './json.ts'
import { otaSettings } from './ota-fixture.ts'
import { createRecordingLog, type LogEntry } from './recording-log.ts'
import { createStationsFake, type StationsFake } from './stations-fake.ts'

export const token = 'token-of-the-tests'
export const startTime = Date.UTC(2026, 0, 2, 3, 4, 5)

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body, if it is JSON. */
  readonly body: Json
}

/** The text of a JSON string. */
export const textOf = (json: unknown): string => (typeof json === 'string' ? json : '')

/** The items of a list. */
export const itemsOf = ({ body }: Answer): readonly Json[] => Object.values(body['items'] ?? {})

export interface AdminFixtureOptions
  extends Partial<Pick<AppDeps, 'maxFileBytes' | 'page' | 'ready' | 'heartbeatMs' | 'trustedProxies' | 'stallMs' | 'storeFailure'>> {
  readonly memory?: MemoryOptions
  /** Another one over the same disk is as after a restart. */
  readonly disk?: ReturnType<typeof createMemory>
  readonly site?: Partial<Site>
  readonly capacity?: number
  /** Test stations as in a server, over the same disk and core; by default a fake that only notes what it is asked. */
  readonly hasStations?: boolean
}

export interface AdminFixture {
  readonly core: Orchestrator
  readonly store: Store
  readonly deps: AppDeps
  readonly access: OpenAccess
  readonly webhooks: OpenWebhooks
  readonly stations: StationsFake
  readonly directory: string
  readonly logged: readonly LogEntry[]
  readonly admin: Admin
  /** Messages sent to devices. */
  readonly sent: readonly { readonly to: string; readonly text: string }[]
  /** A request with the token. An object is sent as JSON. */
  call(method: string, url: string, body?: object | string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** The same without the token. */
  ask: AdminFixture['call']
  upload(query: string, body?: string): Promise<Answer>
  /** Images and incomplete uploads on disk. */
  files(): Promise<readonly string[]>
  join(device: string): Promise<Connection>
  report(connection: Connection, method: string, params: unknown): Promise<void>
  settle(): Promise<void>
  pass(ms: number): void
  token: string
}

/** The rows of a disk in memory as a snapshot. */
const snapshotOf =
  (disk: Disk): OpenSnapshot =>
  async () => ({
    rows: () => disk.pieces('', '\u{10ffff}'),
    texts: (prefix) => disk.pieces(prefix, `${prefix}\u{10ffff}`),
    close: async () => undefined,
  })

const createWorld = async ({ memory, disk = createMemory(memory), capacity = 1000 }: AdminFixtureOptions) => {
  const logged: LogEntry[] = []
  const log = createRecordingLog(logged)
  const clock = { now: startTime }
  const now = (): number => clock.now
  const webhooks = await openWebhooks({ batches: disk, log, now, wallClock: now, version: '1.2.3' })
  const store = await openStore(disk, webhooks.companion)
  const sent: { to: string; text: string }[] = []
  const metrics = createMetrics()
  const events = createEventLog({ capacity, now: () => clock.now })
  const watching: { stations?: OpenStations } = {}
  const core = createOrchestrator({
    dialect: fogcloud,
    store,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    now: () => clock.now,
    settings: otaSettings,
    enrolment: 'first-use',
    transport: { send: (to, { text }) => sent.push({ to, text }) > 0, host: () => '192.0.2.1', tlsHost: () => null, close() {} },
    downloads: { url: (task, _sha, { host }) => `http://${host}/d/${task}`, forget() {}, returned() {} },
    events: {
      ...events,
      emit(event) {
        events.emit(event)
        watching.stations?.observe(event)
      },
    },
    meter: metrics,
    log,
  })
  await core.start()
  return { disk, store, logged, log, clock, sent, metrics, events, core, webhooks, watching }
}

type World = Awaited<ReturnType<typeof createWorld>>

/** Test stations as a server opens them. */
const openFloor = async ({ disk, core, events, log, clock, watching }: World): Promise<OpenStations> => {
  const { operators } = core
  const { reads, queries, connections, devices } = operators
  const stations = await openStations({
    batches: disk,
    core: { reads, queries, connections, devices, ...operators.stations, linkHost: () => '192.0.2.1', bytes: operators.tasks.bytes },
    validate: async () => ({ ok: true }),
    results: { rowsOf: () => [], settled: () => undefined, backlog: () => null },
    print: async () => undefined,
    emit: events.emit,
    settings: { shifts: [], timeZone: 'UTC', factoryNames: [] },
    log,
    now: () => clock.now,
    wallClock: () => clock.now,
  })
  watching.stations = stations
  await stations.start()
  return stations
}

/** A server around the API in which nothing happens. */
const quietSite: Site = {
  directory: '/var/lib/fogbell',
  startedAt: startTime,
  data: async () => ({ dataBytes: 0, freeBytes: null, diskBytes: null }),
  connections: () => 0,
  messages: () => ({ received: 0, sent: 0 }),
  downloads: () => ({ active: 0, waiting: 0, bytes: 0 }),
  listeners: () => [],
  settings: () => [],
  storeLost: () => ({ bytes: 0, commits: 0 }),
  descriptorsExhausted: () => false,
  logDropped: () => 0,
}

/** All fixtures have the same document: it is made and compiled once, which takes longer than most tests. */
let contractOfAll: Promise<Contract> | undefined

/** Closed and removed when the test ends. */
export const createAdminFixture = async (options: AdminFixtureOptions = {}): Promise<AdminFixture> => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-admin-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const world = await createWorld(options)
  const { disk, store, logged, log, clock, sent, metrics, events, core, webhooks } = world
  onTestFinished(() => webhooks.close())
  const fixture = { token }
  const stations = createStationsFake(() => clock.now, events.emit)
  const files = await createFirmwareFiles(directory)
  const access = await openAccess({ batches: disk, fileToken: () => fixture.token, now: () => clock.now, log })
  const deps: AppDeps = {
    access,
    trustedProxies: options.trustedProxies ?? [],
    renewToken: async () => {
      fixture.token = `${fixture.token}+`
      return { token: fixture.token, file: '/var/lib/fogbell/admin.token' }
    },
    operators: core.operators,
    webhooks,
    stations: options.hasStations === true ? await openFloor(world) : stations.stations,
    files,
    backups: createBackups({
      openSnapshot: snapshotOf(disk),
      imagePath: files.path,
      token: () => fixture.token,
      version: '1.2.3',
      instance: 'instance-of-the-tests',
      now: () => clock.now,
      log,
    }),
    maxFileBytes: options.maxFileBytes ?? 10_000_000,
    ready: options.ready ?? (() => true),
    storeFailure: options.storeFailure ?? (() => null),
    version: '1.2.3',
    reach: () => ({ mqtt: ['mqtt://[::]:1883'], firmware: ['http://[::]:8070'], publicUrls: [], probe: '/d/0/0123456789abcdef/x' }),
    log,
    metrics,
    events,
    ota: otaSettings,
    etagKey: 'key of the tests',
    site: { ...quietSite, ...options.site },
    page: options.page ?? null,
    now: () => clock.now,
    ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs }),
    ...(options.stallMs === undefined ? {} : { stallMs: options.stallMs }),
  }
  const admin = await createAdmin({ ...deps, listen: { host: '127.0.0.1', port: 0 }, tls: null })
  onTestFinished(() => admin.close())
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await store.writes.settled().then(() => new Promise((resolve) => setImmediate(resolve)))
  }
  let connections = 0
  const request = async (
    method: string,
    url: string,
    body?: object | string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer> => {
    const isObject = typeof body === 'object'
    const response = await fetch(admin.url + url, {
      method,
      headers: { ...(isObject ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body === undefined ? {} : { body: isObject ? JSON.stringify(body) : body }),
    })
    const text = await response.text()
    const isJson = /[/+]json(?:;|$)/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, headers: response.headers, text, body: isJson && text !== '' ? JSON.parse(text) : {} }
  }
  contractOfAll ??= request('GET', '/api/v1/openapi.json', undefined, { authorization: `Bearer ${token}` }).then(({ body }) =>
    createContract(body),
  )
  const contract = await contractOfAll
  const ask: AdminFixture['call'] = async (method, url, body, headers) => {
    const answer = await request(method, url, body, headers)
    contract.check(method, url, answer.status, answer.headers.get('content-type') ?? '', answer.text)
    if (!url.endsWith('/openapi.json')) checkSaid(answer.body, answer.headers.get('content-language') === 'zh' ? inChinese : inEnglish)
    return answer
  }
  const call: AdminFixture['call'] = (method, url, body, headers) =>
    ask(method, url, body, { authorization: `Bearer ${token}`, ...headers })
  return Object.assign(fixture, {
    core,
    store,
    deps,
    access,
    webhooks,
    stations,
    directory,
    logged,
    sent,
    call,
    ask,
    settle,
    admin,
    upload: (query: string, body = 'image bytes') =>
      call('PUT', `/api/v1/firmware?${query}`, body, { 'content-type': 'application/octet-stream' }),
    files: () => readdir(directory),
    async join(device: string) {
      const [product = '', name = ''] = device.split('/')
      await core.enrol(product, name, null)
      const connection = { device, id: ++connections }
      core.connected(connection)
      core.subscribed(connection, 'ota')
      await settle()
      return connection
    },
    async report(connection: Connection, method: string, params: unknown) {
      await core.receive(connection, 'ota', [Buffer.from(JSON.stringify({ id: 1, version: '1.0', method, params }))])
      await settle()
    },
    pass(ms: number) {
      clock.now += ms
    },
  })
}
