// The core put together: what the broker, the downloads and the operators may ask of it, over one shared memory.

import {
  beginScheduled,
  cancelCampaign,
  createCampaign,
  launchCampaign,
  nextPhase,
  pauseCampaign,
  resumeCampaign,
  retryCampaign,
  startCampaign,
} from './campaigns/campaigns.ts'
import { addFirmware, imageInUse, removeFirmware } from './campaigns/catalog.ts'
import { campaignDoubts, dryRun } from './campaigns/dry-run.ts'
import { why } from './campaigns/explain.ts'
import { gateNow, waitingFor } from './campaigns/gates.ts'
import { matchDevice } from './campaigns/matching.ts'
import { plan, takeIn } from './campaigns/planning.ts'
import { createPruner } from './campaigns/prune.ts'
import { cancelTask, pushTask } from './campaigns/tasks.ts'
import { putOffSoaks, takeTurn } from './campaigns/turn.ts'
import { grant, served } from './devices/bytes.ts'
import { connected, disconnected, freeSlotsOf, subscribed, unsubscribed } from './devices/connections.ts'
import { receive } from './devices/receive.ts'
import { enrol, forgetCredential, importDevices, patchDevice, putDevice, removeDevice } from './devices/registry.ts'
import type { Core, CoreDeps } from './memory/core.ts'
import { createIndex } from './memory/lines.ts'
import { createPace } from './memory/pace.ts'
import { createSessions } from './memory/presence.ts'
import { createRate } from './memory/rate.ts'
import { createShares } from './memory/shares.ts'
import { createTimers } from './memory/timers.ts'
import type { Away } from './model.ts'
import { type Campaign, type DeviceKey, isOpen, type Task } from './model.ts'
import type { DownloadSide } from './ports/downloads.ts'
import type { DeviceSide, Registry } from './ports/mqtt.ts'
import type { Operators } from './ports/operators.ts'
import { spansAt } from './rules/uptime.ts'
import { noteTime, schedule, tick } from './tick.ts'

export interface Orchestrator extends DeviceSide, Registry, DownloadSide {
  readonly operators: Operators

  /** Goes on with what a stop or crash left half done. Call once, before devices connect. */
  start(): Promise<void>
  /** Devices connected now. */
  online(): number
  /** Does what is due; call several times a second. */
  tick(): Promise<void>
  /** Writes down when the server stopped, from where clocks go on. Call last, before the store is closed. */
  stop(): Promise<void>
}

const perBreath = 500

/** Runs `work` for each key soon, one after another, once however often it was asked for meanwhile. */
const soon = <K>(core: () => Core, work: (core: Core, key: K) => Promise<void>, what: string): ((key: K) => void) => {
  const asked = new Set<K>()
  let running = false
  const run = async (): Promise<void> => {
    let done = 0
    // Keys that are asked for while this goes on come at the end of the same set.
    for (const key of asked) {
      asked.delete(key)
      await work(core(), key).catch((error: unknown) => core().log.error({ err: error, key }, what))
      // Thousands that ask at once hold nobody up.
      done += 1
      if (done % perBreath === 0) await core().breathe()
    }
    running = false
  }
  return (key) => {
    if (core().stopping) return
    asked.add(key)
    if (running) return
    running = true
    void Promise.resolve().then(run)
  }
}

/** When the server was not there, as far as clocks of open tasks saw it. It was there when the last of them was recorded. */
const spansAway = ({ store, now }: CoreDeps): { readonly away: readonly Away[]; readonly awayFor: number } => {
  let oldest: number | null = null
  let latest = 0
  for (const { notifiedAt, signAt, history } of store.reads.openTasks()) {
    if (notifiedAt !== null) oldest = Math.min(notifiedAt, oldest ?? notifiedAt)
    latest = Math.max(latest, signAt ?? 0, history.at(-1)?.at ?? 0)
  }
  const note = store.queries.clock()
  const lastAt = note === null ? now() : Math.max(note.at, latest)
  return { away: spansAt(note === null ? null : { at: lastAt, away: note.away }, oldest, now()), awayFor: Math.max(0, now() - lastAt) }
}

const createCore = (deps: CoreDeps): Core => {
  const sessions = createSessions()
  const isReachable = (key: DeviceKey, gateway: DeviceKey | null): boolean => sessions.presence({ key, gateway }) === 'reachable'
  let messages = 0
  const begin = soon(() => core, beginScheduled, 'a scheduled campaign could not begin')
  const core: Core = {
    ...deps,
    sessions,
    index: createIndex(deps.store, isReachable),
    taskTimers: createTimers(),
    doubts: createTimers(),
    sessionTimers: createTimers(),
    campaignTimers: createTimers(),
    pace: createPace(),
    uptime: { ...spansAway(deps), notedAt: 0 },
    shares: createShares(() => core),
    stopping: false,
    flaps: new Map(),
    making: new Map(),
    released: new Set(),
    activeChildren: new Map(),
    live: new Map(),
    gatewaySigns: new Map(),
    mayAsk: createRate(deps.settings.getBurst, deps.settings.getPerSecond, deps.now),
    poke: soon(
      () => core,
      (c, id) => takeTurn(c, id, begin),
      'a campaign could not take its turn',
    ),
    makeTasks: soon(
      () => core,
      (c, id) => plan(c, id),
      "a campaign's tasks could not be made",
    ),
    freed: soon(() => core, takeIn, 'a waiting device could not be decided about'),
    consider: soon(
      () => core,
      (c, key) => matchDevice(c, key),
      'a device could not be matched with campaigns',
    ),
    nextMessageId: () => {
      messages = messages >= 0xffff_ffff ? 1 : messages + 1
      return messages
    },
  }
  return core
}

const goOn = (core: Core, campaign: Campaign): void => {
  for (const device of core.store.reads.waiting(campaign.id).keys()) core.freed(device)
  core.poke(campaign.id)
}

/** What was told in the minute before the restart counts in the minute after it. */
const rememberPace = async (core: Core): Promise<void> => {
  const told = await core.store.queries.notifiedSince(Math.max(0, core.now() - 60_000))
  for (const task of [...told].sort((a, b) => (a.slotAt ?? 0) - (b.slotAt ?? 0))) core.pace.note(task.campaign, task.slotAt ?? 0)
}

/** Of families that are being updated nobody knows any more who showed the last sign before the restart: it counts as one. */
const rememberSigns = (core: Core): void => {
  const at = core.now() - core.uptime.awayFor
  for (const task of core.store.reads.openTasks()) {
    const gateway = task.state === 'in_progress' ? core.index.gatewayOf(task.device) : null
    if (gateway !== null) core.gatewaySigns.set(gateway, at)
  }
}

const operators = (core: Core): Operators => ({
  reads: core.store.reads,
  queries: core.store.queries,
  firmware: {
    add: (input, digests) => addFirmware(core, input, digests),
    imageInUse: (sha256) => imageInUse(core, sha256),
    remove: (id) => removeFirmware(core, id),
  },
  devices: {
    put: (product, name, input) => putDevice(core, product, name, input),
    patch: (key, input) => patchDevice(core, key, input),
    import: (rows) => importDevices(core, rows),
    remove: (key) => removeDevice(core, key),
    forgetCredential: (key) => forgetCredential(core, key),
    presence(key) {
      const device = core.store.reads.device(key)
      return device === undefined ? 'offline' : core.sessions.presence(device)
    },
    lastSeen: (key) => core.sessions.lastSeen(key) ?? core.store.reads.device(key)?.lastSeen ?? null,
    connectionNote: (key) => core.sessions.noteOf(key),
    why: (key, module) => why(core, key, module),
  },
  campaigns: {
    create: (input) => createCampaign(core, input),
    warnings: (input) => campaignDoubts(core, input),
    launch: (input) => launchCampaign(core, input),
    dryRun: (input, limit) => dryRun(core, input, limit),
    start: (id) => startCampaign(core, id),
    pause: (id) => pauseCampaign(core, id),
    resume: (id) => resumeCampaign(core, id),
    cancel: (id, force) => cancelCampaign(core, id, force),
    nextPhase: (id, wanted) => nextPhase(core, id, wanted),
    retry: (id) => retryCampaign(core, id),
    gate: (campaign) => gateNow(core, campaign),
  },
  tasks: {
    waitReason: (task) => waitingFor(core, task),
    bytes: (task) => core.live.get(task.id)?.bytes ?? task.bytes,
    cancel: (id) => cancelTask(core, id),
    push: (id) => pushTask(core, id),
  },
})

/** What happens to a campaign as a whole, for whoever asks the log who opened phase 3, and when. */
const logTurn = (core: Core, before: Campaign | undefined, after: Campaign | undefined): void => {
  if (after === undefined || (before?.status === after.status && before.phase?.index === after.phase?.index)) return
  const { id, status, reason, phase, fired } = after
  const figures = fired === null || status === 'running' ? {} : { finished: fired.finished, bad: fired.bad }
  core.log.info({ campaign: id, status, reason, phase: phase === null ? null : phase.index + 1, ...figures }, `campaign ${id} is ${status}`)
}

/** The core over its ports. Nothing runs before `start` and `tick` are called. */
export const createOrchestrator = (deps: CoreDeps): Orchestrator => {
  const core = createCore(deps)
  const pruner = createPruner()
  for (const task of core.store.reads.openTasks()) schedule(core, undefined, task)
  core.store.writes.watch((table, before, after) => {
    if (table === 'task' || table === 'device') core.activeChildren.clear()
    if (table === 'campaign') logTurn(core, before as Campaign | undefined, after as Campaign | undefined)
    if (table !== 'task') return
    const task = after as Task | undefined
    schedule(core, before as Task | undefined, task)
    if (task !== undefined && !isOpen(task.state)) core.making.get(task.campaign)?.through.add(task.device)
  })
  return {
    operators: operators(core),
    device: (key) => core.store.reads.device(key),
    enrol: (product, name, firstUse) => enrol(core, product, name, firstUse),
    noteConnection(key, what, reason) {
      if (core.store.reads.device(key) !== undefined) core.sessions.note(key, { what, reason, at: core.now() })
    },
    connected: (connection) => connected(core, connection),
    disconnected: (connection) => disconnected(core, connection),
    subscribed: (connection, channel) => subscribed(core, connection, channel),
    unsubscribed: (connection, channel) => unsubscribed(core, connection, channel),
    receive: (connection, channel, payloads) => receive(core, connection, channel, payloads),
    grant: (task) => grant(core, task),
    served(report) {
      served(core, report).catch((error: unknown) => core.log.error({ err: error, task: report.task }, 'could not record served bytes'))
    },
    async start() {
      await rememberPace(core)
      rememberSigns(core)
      const atStart = Promise.all([putOffSoaks(core), freeSlotsOf(core, core.store.reads.openTasks())])
      // A full disk must not keep the server from starting.
      await atStart.catch((error: unknown) => core.log.warn({ err: error }, 'soaks and slots could not be put right at the start'))
      for (const campaign of Array.from(core.store.reads.campaigns())) {
        if (campaign.planning) await plan(core, campaign.id)
        goOn(core, campaign)
      }
    },
    online: () => core.sessions.count(),
    async tick() {
      await tick(core)
      await pruner.prune(core)
    },
    stop() {
      core.stopping = true
      return noteTime(core, true)
    },
  }
}
