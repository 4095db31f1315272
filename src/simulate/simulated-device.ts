// One device's life as a small state machine over a real MQTT connection: off, connecting, announcing, idle, updating,
// rebooting, lost, gone. A gateway is a device with children. Knows no fleet; the steps of one update are in install.ts.

import { announce, sendGet } from './announce.ts'
import { openSession } from './device-session.ts'
import { receiveMessage } from './incoming.ts'
import { type InstallResult, install } from './install.ts'
import { pause } from './pause.ts'
import {
  type Bench,
  createSelf,
  type DevicePlan,
  finishUpdate,
  type Self,
  type State,
  sendUpgrade,
  sendVersions,
  type Work,
} from './self.ts'
import { flash, type SimulatedUnit } from './unit.ts'
import { connectIdentity } from './wire.ts'

export interface SimulatedDevice {
  /** Itself first, then its children. */
  readonly units: readonly SimulatedUnit[]
  /** Runs until `stop`, or until a fault ends it for good. Never rejects. */
  run(): Promise<void>
  stop(): void
  /** Breaks its connection off, as a loose cable does: it connects again. */
  cut(): Promise<void>
  /** Nothing happens, and nothing will without a message. */
  quiet(): boolean
}

const off = async (self: Self): Promise<State> => {
  self.life = new AbortController()
  self.inbox.clear()
  const first = self.booted ? 0 : self.plan.startMs
  self.booted = true
  await pause(first + self.bench.bootMs * self.plan.traits.bootFactor, self.life.signal)
  return 'connecting'
}

const lost = async (self: Self): Promise<State> => {
  await self.session?.kill()
  self.bench.emit(self.own, 'lost', {})
  self.life = new AbortController()
  await pause(self.bench.reconnectMs, self.life.signal)
  return 'connecting'
}

/** The usual reason in tests: a name stays bound to the first password it connected with. */
const hint = 'if the name is bound to another password, use the same seed as before or forget its credential'

const offline: readonly string[] = ['waiting', 'refused', 'unreachable']

const notConnected = async (self: Self, kind: 'refused' | 'unreachable', why: string): Promise<State> => {
  const retryMs = Math.min(30_000, self.bench.reconnectMs * 2 ** self.attempts)
  self.attempts += 1
  if (offline.includes(self.own.outcome)) self.own.outcome = kind
  self.bench.emit(self.own, kind, { why, again: `in ${retryMs} ms`, ...(kind === 'refused' ? { hint } : {}) })
  await pause(retryMs, self.life.signal)
  return 'connecting'
}

const connecting = async (self: Self): Promise<State> => {
  const { plan, bench, life } = self
  const identity = connectIdentity(plan, plan.secret)
  const opening = await openSession({
    ...identity,
    password: bench.password ?? identity.password,
    broker: bench.broker,
    clean: plan.clean,
    insecure: bench.insecure,
    ca: bench.ca,
    ackMs: bench.ackMs,
    localAddress: plan.localAddress ?? null,
    signal: life.signal,
    onMessage: (topic, payload) => receiveMessage(self, topic, payload),
  })
  if (opening.kind !== 'open') return self.stopping ? 'gone' : notConnected(self, opening.kind, opening.why)
  self.session = opening.session
  void opening.session.closed.then(() => life.abort())
  self.attempts = 0
  if (offline.includes(self.own.outcome)) self.own.outcome = 'waiting'
  bench.emit(self.own, 'connected', { session: opening.session.present ? 'restored' : 'new' })
  return 'announcing'
}

const announcing = async (self: Self): Promise<State> => ((await announce(self)) ? 'idle' : 'lost')

const idle = async (self: Self): Promise<State> => {
  const why = await self.inbox.arrival(self.bench.askEveryMs, self.life.signal)
  if (why === 'aborted') return 'lost'
  if (why === 'late') return (await sendGet(self)) ? 'idle' : 'lost'
  self.current = self.inbox.take() ?? null
  return self.current === null ? 'idle' : 'updating'
}

const powerLoss = async (self: Self, unit: SimulatedUnit): Promise<State> => {
  await self.session?.kill()
  unit.hasDied = true
  unit.outcome = unit.plan.traits.returns ? 'interrupted' : 'dropped'
  self.bench.emit(unit, unit.outcome, {})
  return unit.plan.traits.returns ? 'off' : 'gone'
}

/** A child boots behind its gateway, which stays connected and reports for it. */
const rebootChild = async (self: Self, unit: SimulatedUnit): Promise<State> => {
  self.bench.emit(unit, 'rebooting', {})
  if (!(await pause(self.bench.bootMs * unit.plan.traits.bootFactor, self.life.signal))) return 'lost'
  if (!(await sendVersions(self, unit))) return 'lost'
  await finishUpdate(self, unit)
  return 'idle'
}

const afterInstall = (self: Self, { unit, order }: Work, result: InstallResult): Promise<State> | State => {
  switch (result.kind) {
    case 'died':
      return powerLoss(self, unit)
    case 'lost':
      unit.outcome = 'interrupted'
      return 'lost'
    case 'failed':
      unit.outcome = result.step === -5 ? 'declined' : 'failed'
      self.bench.emit(unit, unit.outcome, { task: order.taskId, step: result.step })
      return 'idle'
    case 'flashed':
      flash(unit, order.module, order.version, order.taskId)
      return unit === self.own ? 'rebooting' : rebootChild(self, unit)
  }
}

const updating = async (self: Self): Promise<State> => {
  const work = self.current
  if (work === null) return 'idle'
  const { bench, life, plan } = self
  work.unit.outcome = 'updating'
  const result = await install(work.unit, work.order, {
    style: plan.style,
    chunkBytes: bench.chunkBytes,
    bytesPerSecond: bench.bytesPerSecond,
    insecure: bench.insecure,
    ca: bench.ca,
    flashMs: bench.flashMs,
    retryMs: bench.reconnectMs,
    signal: life.signal,
    power: self.power.signal,
    report: (step, desc, raw) => sendUpgrade(self, work, step, desc, raw),
    emit: (event, detail) => bench.emit(work.unit, event, detail),
  })
  const next = await afterInstall(self, work, result)
  self.current = null
  return next
}

const rebooting = async (self: Self): Promise<State> => {
  self.bench.emit(self.own, 'rebooting', {})
  await self.session?.end()
  return 'off'
}

const steps: Readonly<Record<Exclude<State, 'gone'>, (self: Self) => Promise<State>>> = {
  off,
  connecting,
  announcing,
  idle,
  updating,
  rebooting,
  lost,
}

export const createSimulatedDevice = (plan: DevicePlan, bench: Bench): SimulatedDevice => {
  const self = createSelf(plan, bench)
  return {
    units: [self.own, ...self.children],
    run: async () => {
      for (let state: State = self.state; state !== 'gone'; state = self.state) {
        self.state = self.stopping ? 'gone' : await steps[state](self)
      }
      await self.session?.end()
    },
    stop: () => {
      self.stopping = true
      self.power.abort()
      self.life.abort()
      // Closes soon, even if a report waits for a PUBACK that never comes.
      void self.session?.end()
    },
    cut: async () => self.session?.kill(),
    quiet: () => self.state === 'idle' || self.state === 'gone' || self.attempts > 0,
  }
}
