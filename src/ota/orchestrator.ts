// The core assembled: what the broker, the downloads and the operators may request from it, over one shared context.

import { createQuotas } from '../quotas.ts'
import { pauseForImage } from './campaigns/faulty-image.ts'
import { beginOrPlan } from './campaigns/lifecycle.ts'
import { matchDevice, mayMatch } from './campaigns/matching.ts'
import { plan, takeIn } from './campaigns/planning.ts'
import { createPruner } from './campaigns/prune.ts'
import { decideSilentGateways, watchSilentGateways } from './campaigns/silent-gateways.ts'
import { putOffSoaks, takeTurn } from './campaigns/turn.ts'
import { admitted } from './devices/claims.ts'
import { connected, connectRefused, disconnected, freeSlotsOf, subscribed, unsubscribed } from './devices/presence.ts'
import { receive } from './devices/receive.ts'
import { enrol } from './devices/registry.ts'
import { grant, served } from './devices/served-bytes.ts'
import type { Campaign, DeviceKey, Task } from './model.ts'
import { operatorsOf } from './operations.ts'
import type { DownloadSide } from './ports/downloads.ts'
import type { DeviceSide, Registry } from './ports/mqtt.ts'
import type { Operators } from './ports/operators.ts'
import type { Store } from './ports/store.ts'
import { createCensus } from './state/census.ts'
import { createClocks } from './state/clocks.ts'
import { storeTimeline } from './state/commit.ts'
import { createConnections } from './state/connections.ts'
import type { Context, Part, Ports, Wake } from './state/context.ts'
import { createFamilies } from './state/families.ts'
import { createPlaces } from './state/places.ts'
import { createQueue } from './state/queue.ts'
import { noteTime, schedule, tick } from './tick.ts'
import { createSoon } from './wake.ts'

export interface Orchestrator extends DeviceSide, Registry, DownloadSide {
  readonly operators: Operators
  /** Continues what a stop or crash left half done. Call once, before devices connect. */
  start(): Promise<void>
  /** Devices connected now. */
  online(): number
  /** Does what is due; call several times a second. */
  tick(): Promise<void>
  /** Records when the server stopped: clocks continue from there. */
  stop(): Promise<void>
  /** Stores what the end of the last connections has left. Call last, before the store is closed. */
  end(): Promise<void>
}

/** What the composition root passes in. */
export interface OrchestratorOptions extends Omit<Ports, 'reads' | 'writes' | 'queries' | 'quotas' | 'families'> {
  readonly store: Store
}

// ---------------------------------------------------------------- context

/** Devices that are decided about together: as many as one turn offers to. */
const devicesAtOnce = 100

const createWake = (context: () => Context): Wake => {
  const soon = createSoon(context)
  const decide = soon(takeIn, 'a waiting device could not be decided about', { atOnce: devicesAtOnce })
  const rematch = soon(matchDevice, 'a device could not be matched with campaigns', { atOnce: devicesAtOnce })
  return {
    // A gateway's sub-devices that reported in one message are offered in as few messages.
    turn: soon(takeTurn, 'a campaign could not be advanced', { after: [decide, rematch] }),
    plan: soon(beginOrPlan, 'a campaign could not start, or not all of its tasks could be created'),
    decide,
    rematch: (device) => {
      if (mayMatch(context().ports.reads, device)) rematch(device)
    },
  }
}

const createContext = ({ store, ...outside }: OrchestratorOptions): Context => {
  const families = createFamilies(store.reads, store.writes)
  const ports: Ports = { ...outside, ...store, families, quotas: createQuotas(outside) }
  const { settings, now } = ports
  const connections = createConnections(families, settings, now)
  const isReachable = (key: DeviceKey, gateway: DeviceKey | null): boolean => connections.presence({ key, gateway }) === 'reachable'
  const queue = createQueue(ports, families, isReachable, createPlaces(ports, connections.signs, now))
  const context: Context = {
    ports,
    connections,
    queue,
    clocks: createClocks(ports, now()),
    wake: createWake(() => context),
  }
  return context
}

// ---------------------------------------------------------------- start

/** Rows of timelines that no commit has taken along are stored after this time, and after a failed write not before this (ms). */
const timelineMs = 5_000
const timelineAgainMs = 30_000
/** Each tick stores rows so many times at most: what else is due must not wait for a slow disk. */
const timelineTurns = 4

/** Stores rows that have waited long enough. What cannot be stored waits for the next commit that succeeds: the store says what is wrong. */
const createRowWriter = (context: Context): (() => Promise<void>) => {
  const { now } = context.ports
  let notBefore = 0
  return async () => {
    if (now() < notBefore) return
    const before = now() - timelineMs
    try {
      for (let turn = 0; turn < timelineTurns && (await storeTimeline(context, before)); turn += 1);
    } catch {
      notBefore = now() + timelineAgainMs
    }
  }
}

const storeAllRows = (context: Context): Promise<void> =>
  storeTimeline(context, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY).then(
    () => undefined,
    (error: unknown) => context.ports.log.warn({ err: error }, 'the last rows of timelines are lost'),
  )

/** Offers of the minute before the restart count in the minute after it. */
const rememberRates = async ({ ports, queue }: Part<'ports' | 'queue'>): Promise<void> => {
  const offered = await ports.queries.notifiedSince(Math.max(0, ports.now() - 60_000))
  for (const task of [...offered].sort((a, b) => (a.slotAt ?? 0) - (b.slotAt ?? 0))) queue.rates.note(task.campaign, task.slotAt ?? 0)
}

/** Which member of a family showed the last sign of life before the restart is not stored: the restart counts as one. */
const rememberSigns = ({ ports, connections, clocks }: Part<'ports' | 'connections' | 'clocks'>): void => {
  const at = ports.now() - clocks.uptime.awayFor
  for (const task of ports.reads.openTasks()) {
    const family = task.state === 'in_progress' ? connections.families.familyOf(task.device) : null
    if (family !== null) connections.signs.noteFamily(family, at)
  }
}

const start = async (context: Context): Promise<void> => {
  const { ports, wake } = context
  const { reads, log } = ports
  await rememberRates(context)
  rememberSigns(context)
  const atStart = Promise.all([putOffSoaks(context), freeSlotsOf(context, reads.openTasks())])
  // A full disk must not keep the server from starting.
  await atStart.catch((error: unknown) => log.warn({ err: error }, 'soaks and slots could not be corrected at the start'))
  decideSilentGateways(context)
  for (const campaign of Array.from(reads.campaigns())) {
    if (campaign.planning) await plan(context, campaign.id)
    for (const device of reads.waiting(campaign.id).keys()) wake.decide(device)
    wake.turn(campaign.id)
  }
}

/** What stops a campaign though no operator has asked for it. */
const unasked: ReadonlySet<string | null> = new Set(['aborted', 'phase_failed'])

/** Changes of a campaign's status and phase, for operators who look up in the log when phase 3 was opened. */
const logTurn = ({ log }: Ports, before: Campaign | undefined, after: Campaign | undefined): void => {
  if (after === undefined || (before?.status === after.status && before.phase?.index === after.phase?.index)) return
  const { id, status, reason, phase, fired } = after
  const figures = fired === null || status === 'running' ? {} : { finished: fired.finished, bad: fired.bad }
  const level = status !== 'running' && unasked.has(reason) ? 'warn' : 'info'
  log[level]({ campaign: id, status, reason, phase: phase === null ? null : phase.index + 1, ...figures }, `campaign ${id} is ${status}`)
}

/** The core over its ports. Nothing runs before `start` and `tick` are called. */
export const createOrchestrator = (options: OrchestratorOptions): Orchestrator => {
  const context = createContext(options)
  const { ports, connections, clocks } = context
  const { reads, log, now } = ports
  const pruner = createPruner()
  const census = createCensus(context)
  for (const task of reads.openTasks()) schedule(context, undefined, task)
  ports.writes.watch((table, before, after) => {
    if (table === 'campaign') logTurn(ports, before as Campaign | undefined, after as Campaign | undefined)
    if (table === 'task') schedule(context, before as Task | undefined, after as Task | undefined)
  })
  watchSilentGateways(context)
  const storeRows = createRowWriter(context)
  return {
    operators: operatorsOf(context, census),
    device: reads.device,
    enrol: (product, name, firstUse) => enrol(context, product, name, firstUse),
    admitted: (...who) => admitted(context, ...who),
    noteConnection(key, what, reason, address) {
      if (reads.device(key) === undefined) return
      const note = { what, reason, at: now(), address: address ?? null }
      connections.note(key, note)
      connections.timeline.noteConnection(key, note)
    },
    connectRefused: (refused) => connectRefused(context, refused),
    connected: (connection) => connected(context, connection),
    disconnected: (connection, newer) => disconnected(context, connection, newer),
    subscribed: (connection, channel) => subscribed(context, connection, channel),
    unsubscribed: (connection, channel) => unsubscribed(context, connection, channel),
    receive: (connection, up, payloads) => receive(context, connection, up, payloads),
    grant: (task) => grant(ports, connections.signs, task),
    served(report) {
      served(context, report).catch((error: unknown) => log.error({ err: error, task: report.task }, 'could not record served bytes'))
    },
    faulty(image) {
      pauseForImage(context, image).catch((error: unknown) =>
        log.error({ err: error, ...image }, 'could not pause for an unreadable image'),
      )
    },
    async start() {
      await census.remember()
      await start(context)
    },
    online: connections.count,
    async tick() {
      await tick(context)
      await storeRows()
      await pruner.prune(context)
    },
    async stop() {
      clocks.stopping = true
      // A full disk must not keep the time from being tried.
      await storeAllRows(context)
      await noteTime(context, true)
    },
    end: () => storeAllRows(context),
  }
}
