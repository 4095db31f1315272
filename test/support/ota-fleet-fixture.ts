// A fleet in virtual time: devices with their own seeds that update, fail, straggle, fall silent and all reconnect at once, against
// the real core over a memory store. Nothing sleeps; a restart at any time opens the same disk again.

import { fogcloud } from '../../src/ota/dialects/fogcloud.ts'
import type { Task } from '../../src/ota/model.ts'
import { createOrchestrator, type Orchestrator } from '../../src/ota/orchestrator.ts'
import type { Connection, Downlink } from '../../src/ota/ports/mqtt.ts'
import type { Store } from '../../src/ota/ports/store.ts'
import type { OtaSettings } from '../../src/settings.ts'
import { createMemory } from '../../src/store/memory.ts'
import { openStore } from '../../src/store/records.ts'
import { otaSettings } from './ota-fixture.ts'
import { silentLog } from './recording-log.ts'

/** Of a thousand devices, how many do what with a build. The others succeed. */
export interface Manners {
  readonly fail: number
  /** Reports progress now and then until after the upgrade's time-out. */
  readonly straggle: number
  /** Shows no sign of life after it was notified. */
  readonly silent: number
  /** Reports the old version again after all was fetched. */
  readonly rollBack: number
}

export interface OtaFleetFixtureOptions {
  readonly devices: number
  readonly manners: (version: string) => Manners
  readonly settings?: Partial<OtaSettings>
  /** Every so many seconds all devices lose their connection at once; 0: never. */
  readonly stormEvery?: number
  /** Times (seconds of virtual time) at which the server is restarted. */
  readonly restarts?: readonly number[]
}

interface Play {
  version: string
  connection: Connection | undefined
  /** What it is doing with which task; a reboot ends it. */
  doing: { readonly task: number } | undefined
}

const start = Date.parse('2026-05-01T00:00Z')

/** A number below 1000 that is the same for the same device and version. */
const lot = (name: string, version: string): number => {
  let hash = 7
  for (const letter of name + version) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0
  return ((hash ^ (hash >>> 12)) >>> 0) % 1000
}

type Fate = keyof Manners | 'succeed'

const fateOf = (name: string, version: string, manners: Manners): Fate => {
  let below = 0
  for (const fate of ['fail', 'straggle', 'silent', 'rollBack'] as const) {
    below += manners[fate]
    if (lot(name, version) < below) return fate
  }
  return 'succeed'
}

export interface OtaFleetFixture {
  readonly store: () => Store
  readonly core: () => Orchestrator
  now(): number
  /** The most tasks that held a slot at one time. */
  mostSlots(): number
  /** Devices that were notified of a version. */
  notified(version: string): number
  versions(): ReadonlyMap<string, number>
  errors(): readonly unknown[]
  /** Continues until `done`, at most so many seconds of virtual time. */
  play(seconds: number, done?: () => boolean): Promise<void>
}

export const createOtaFleetFixture = async (options: OtaFleetFixtureOptions): Promise<OtaFleetFixture> => {
  const disk = createMemory()
  const plays = new Map<string, Play>()
  /** What happens in which second. */
  const acts = new Map<number, (() => Promise<void> | void)[]>()
  const notified = new Map<string, Set<string>>()
  const errors: unknown[] = []
  let time = start
  let connections = 0
  let slots = 0
  let epoch = 0
  let store = await openStore(disk)
  let core: Orchestrator

  const later = (seconds: number, act: () => Promise<void> | void): void => {
    const born = epoch
    const at = time / 1000 + Math.max(1, Math.round(seconds))
    const list = acts.get(at) ?? []
    list.push(() => (born === epoch ? act() : undefined))
    acts.set(at, list)
  }
  const flush = async (): Promise<void> => {
    for (let i = 0; i < 4; i++) await store.writes.settled().then(() => new Promise((resolve) => setImmediate(resolve)))
  }
  const say = async (device: string, method: string, params: object): Promise<void> => {
    const connection = plays.get(device)?.connection
    if (connection === undefined) return
    const payload = Buffer.from(JSON.stringify({ id: 1, version: '1.0', method, params }))
    await core.receive(connection, 'ota', [payload]).catch((error: unknown) => errors.push(error))
  }
  const report = (device: string, version: string): Promise<void> => say(device, 'version.post', { version, module: 'mcu' })

  const update = (device: string, play: Play, version: string, task: number): void => {
    if (play.doing?.task === task) return
    const doing = { task }
    play.doing = doing
    const then = (seconds: number, act: () => Promise<void> | void): void =>
      later(seconds, () => (play.doing === doing ? act() : undefined))
    const step = (value: number) => () => say(device, 'upgrade.post', { step: value, module: 'mcu', task_id: String(task) })
    const finish = (becomes: string) => async (): Promise<void> => {
      play.version = becomes
      play.doing = undefined
      await report(device, becomes)
    }
    const pace = 20 + (lot(device, 'pace') % 100)
    const fate = fateOf(device, version, options.manners(version))
    if (fate === 'silent') return
    then(pace * 0.1, step(10))
    if (fate === 'fail') then(pace, step(-4))
    else if (fate === 'straggle') for (let at = 600; at < 5400; at += 600) then(at, step(20))
    else if (fate === 'rollBack') {
      then(pace * 0.9, step(100))
      then(pace, () => reconnect(device))
    } else then(pace, finish(version))
  }
  const receive = (device: string, message: Downlink): void => {
    const { params } = JSON.parse(message.text) as { params: { version: string; task_id: string } }
    const group = notified.get(params.version) ?? new Set()
    notified.set(params.version, group.add(device))
    const play = plays.get(device)
    if (play !== undefined) update(device, play, params.version, Number(params.task_id))
  }
  const leave = (play: Play): void => {
    if (play.connection !== undefined) core.disconnected(play.connection)
    play.connection = undefined
  }
  const join = async (device: string): Promise<void> => {
    const play = plays.get(device)
    if (play === undefined) return
    play.doing = undefined
    play.connection = { device, id: ++connections }
    core.connected(play.connection)
    core.subscribed(play.connection, 'ota')
    await report(device, play.version)
  }
  const reconnect = async (device: string): Promise<void> => {
    const play = plays.get(device)
    if (play === undefined) return
    leave(play)
    await join(device)
  }
  const openCore = async (): Promise<void> => {
    core = createOrchestrator({
      dialect: fogcloud,
      store,
      now: () => time,
      breathe: () => Promise.resolve(),
      settings: { ...otaSettings, ...options.settings },
      enrolment: 'open',
      transport: {
        send(to, message) {
          receive(to, message)
          return true
        },
        host: () => '192.0.2.1',
        tlsHost: () => null,
        close() {},
      },
      downloads: { url: (task) => `http://192.0.2.1/d/${task}`, forget() {}, returned() {} },
      events: { emit() {}, watches: () => false },
      meter: { count() {} },
      log: { ...silentLog, error: (fields) => void errors.push(fields) },
    })
    slots = 0
    const count = (task: Task | undefined): number => Number(task?.slot === true && task.endedAt === null)
    store.writes.watch((table, before, after) => {
      if (table === 'task') slots += count(after as Task | undefined) - count(before as Task | undefined)
    })
    for (const task of store.reads.openTasks()) slots += count(task)
    await core.start()
    await flush()
  }
  /** Everything that was not on disk is lost; devices reconnect within a minute and start again. */
  const restart = async (): Promise<void> => {
    await store.writes.settled()
    epoch += 1
    for (const play of plays.values()) play.connection = undefined
    store = await openStore(disk)
    await openCore()
    for (const device of plays.keys()) later(1 + (lot(device, `back ${epoch}`) % 60), () => join(device))
  }

  await openCore()
  for (let at = 0; at < options.devices; at++) {
    const device = `pk/d${at}`
    plays.set(device, { version: '1.0.0', connection: undefined, doing: undefined })
    await core!.enrol('pk', `d${at}`, null)
  }
  for (const device of plays.keys()) await join(device)
  await flush()

  let most = 0
  const restarts = [...(options.restarts ?? [])]
  const storm = (): void => {
    for (const play of plays.values()) leave(play)
    for (const device of plays.keys()) later(lot(device, 'storm') % 30, () => join(device))
  }
  const second = async (): Promise<void> => {
    time += 1000
    const played = (time - start) / 1000
    if (restarts[0] !== undefined && played >= restarts[0]) {
      restarts.shift()
      await restart()
    }
    if (options.stormEvery && played % options.stormEvery === 0) storm()
    const due = acts.get(time / 1000) ?? []
    acts.delete(time / 1000)
    for (const act of due) {
      await act()
      most = Math.max(most, slots)
    }
    await core.tick()
    await flush()
    most = Math.max(most, slots)
  }
  return {
    store: () => store,
    core: () => core,
    now: () => time,
    mostSlots: () => most,
    notified: (version) => notified.get(version)?.size ?? 0,
    versions() {
      const counts = new Map<string, number>()
      for (const { version } of plays.values()) counts.set(version, (counts.get(version) ?? 0) + 1)
      return counts
    },
    errors: () => errors,
    async play(seconds, done = () => false) {
      for (let at = 0; at < seconds && !done(); at++) await second()
    },
  }
}
