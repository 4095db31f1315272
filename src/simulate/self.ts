// The parts of a simulated device and the reports that it sends: its plan, its bench, its connection.
// The states and their order are in simulated-device.ts.

import type { SimulatedSession } from './device-session.ts'
import { createInbox, type Inbox } from './inbox.ts'
import { type Answers, createAnswers } from './simulated-gateway.ts'
import { createUnit, type SimulatedUnit, type UnitPlan } from './unit.ts'
import { childVoice, type Order, ownVoice, topicsOf } from './wire.ts'

export interface DevicePlan extends UnitPlan {
  readonly children: readonly UnitPlan[]
  /** CONNECT's clean session flag; with false a restored session is not subscribed again. */
  readonly clean: boolean
  /** Subscribes with a wildcard instead of the down topic. */
  readonly wildcard: boolean
  /** Sends `firmware.get` after its version at every boot. */
  readonly asks: boolean
  readonly style: 'whole' | 'ranges'
  /** Milliseconds until its first boot. */
  readonly startMs: number
  /** What it publishes after its version at every boot; by default nothing. */
  readonly selfTest?: { readonly topic: string; readonly payload: string } | null
  /** The address of this machine that it comes from; by default whichever. */
  readonly localAddress?: string | null
}

/** What all devices of a fleet share. Times are milliseconds. */
export interface Bench {
  readonly broker: string
  /** Sent instead of the HMAC if not null. */
  readonly password: string | null
  readonly insecure: boolean
  /** PEM of authorities to trust besides those of the system; null: no others. */
  readonly ca: string | null
  readonly bytesPerSecond: number
  readonly chunkBytes: number
  readonly bootMs: number
  readonly flashMs: number
  readonly reconnectMs: number
  readonly answerMs: number
  /** A device reconnects after this time without PUBACK or SUBACK. */
  readonly ackMs: number
  /** Between two `firmware.get` of an idle device; 0: never. */
  readonly askEveryMs: number
  readonly emit: (unit: SimulatedUnit, event: string, detail: Readonly<Record<string, string | number>>) => void
}

export type State = 'off' | 'connecting' | 'announcing' | 'idle' | 'updating' | 'rebooting' | 'lost' | 'gone'

export interface Work {
  readonly unit: SimulatedUnit
  readonly order: Order
}

export interface Self {
  readonly plan: DevicePlan
  readonly bench: Bench
  readonly own: SimulatedUnit
  readonly children: readonly SimulatedUnit[]
  readonly topics: ReturnType<typeof topicsOf>
  readonly inbox: Inbox<Work>
  readonly answers: Answers
  /** Reports of failures without a PUBACK: sent again on the next connection. */
  unacknowledged: Buffer[]
  state: State
  session: SimulatedSession | null
  /** Aborted when the connection closes, or at a stop. */
  life: AbortController
  /** Aborted at a stop. */
  readonly power: AbortController
  current: Work | null
  booted: boolean
  attempts: number
  stopping: boolean
  lastId: number
}

export const createSelf = (plan: DevicePlan, bench: Bench): Self => ({
  plan,
  bench,
  own: createUnit(plan, ownVoice),
  children: plan.children.map((child) => createUnit(child, childVoice(child))),
  topics: topicsOf(plan),
  inbox: createInbox(),
  answers: createAnswers(),
  unacknowledged: [],
  state: 'off',
  session: null,
  life: new AbortController(),
  power: new AbortController(),
  current: null,
  booted: false,
  attempts: 0,
  stopping: false,
  lastId: 0,
})

export const nextId = (self: Self): number => {
  self.lastId += 1
  return self.lastId
}

export const send = (self: Self, topic: string, payload: Uint8Array): Promise<boolean> =>
  self.session === null ? Promise.resolve(false) : self.session.publish(topic, payload, 1)

/** Sends a unit's report, as many times as its fault requires. */
export const sendReport = async (self: Self, unit: SimulatedUnit, payload: Uint8Array): Promise<boolean> => {
  for (let copy = 0; copy < unit.plan.traits.copies; copy++) {
    if (!(await send(self, self.topics.up, payload))) return false
  }
  return true
}

export const sendUpgrade = async (self: Self, { unit, order }: Work, step: number, desc: string, raw: boolean): Promise<boolean> => {
  const wire = unit.plan.traits.stepAs === 'string' ? String(step) : step
  const payload = unit.voice.upgrade(nextId(self), { step: wire, desc, module: order.module, taskId: order.taskId, raw })
  self.bench.emit(unit, 'progress', { task: order.taskId, step, ...(desc === '' ? {} : { desc: raw ? 'not valid UTF-8' : desc }) })
  const acknowledged = await sendReport(self, unit, payload)
  if (!acknowledged && step < 0) self.unacknowledged.push(payload)
  return acknowledged
}

export const sendVersions = async (self: Self, unit: SimulatedUnit): Promise<boolean> => {
  for (const [module, version] of unit.versions) {
    if (!(await sendReport(self, unit, unit.voice.version(nextId(self), module, version)))) return false
    self.bench.emit(unit, 'reported', { module, version })
  }
  return true
}

/** After its version was acknowledged: records how the update ended, and sends a late report if the fault has one. */
export const finishUpdate = async (self: Self, unit: SimulatedUnit): Promise<void> => {
  if (unit.flashed === null) return
  const { outcome, taskId, module } = unit.flashed
  unit.flashed = null
  unit.outcome = outcome
  self.bench.emit(unit, outcome, { task: taskId, version: unit.versions.get(module) ?? '' })
  if (!unit.plan.traits.lateReport) return
  await sendReport(self, unit, unit.voice.upgrade(nextId(self), { step: 50, desc: '', module, taskId }))
  self.bench.emit(unit, 'late-report', { task: taskId, step: 50 })
}
