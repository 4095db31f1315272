// What a device sends once it is connected: subscriptions, versions, its children, unacknowledged reports, and `firmware.get`.

import { finishUpdate, nextId, type Self, send, sendVersions } from './self.ts'
import { bringUp } from './simulated-gateway.ts'
import { firmwareGet } from './wire.ts'

const subscribe = async ({ plan, session, topics, bench, own }: Self): Promise<boolean> => {
  if (session === null || !plan.traits.subscribes || session.present) return session !== null
  const filters = plan.wildcard ? [topics.downAll] : plan.children.length > 0 ? [topics.down, topics.topoDown] : [topics.down]
  if (!(await session.subscribe(filters))) return false
  bench.emit(own, 'subscribed', { filters: filters.join(' ') })
  return true
}

const nonsense = ['no JSON', '[]', '', '{"id":1,"version":"1.0","method":"no.such","params":{}}', '{"method":"firmware.post","params":{}}']

const sendNonsense = async (self: Self): Promise<boolean> => {
  if (!self.plan.traits.babbles) return true
  for (const text of nonsense) {
    if (!(await send(self, self.topics.up, Buffer.from(text)))) return false
  }
  self.bench.emit(self.own, 'babbled', { messages: nonsense.length })
  return true
}

const bringUpChildren = async (self: Self): Promise<boolean> => {
  const { children, answers, bench, life, own, topics } = self
  if (children.length === 0) return true
  const isUp = await bringUp(children, {
    answers,
    answerMs: bench.answerMs,
    signal: life.signal,
    nextId: () => nextId(self),
    send: (channel, payload) => send(self, channel === 'ota' ? topics.up : topics.topoUp, payload),
    emit: (event, detail) => bench.emit(own, event, detail),
  })
  if (isUp) for (const child of children) await finishUpdate(self, child)
  return isUp
}

const reportOwn = async (self: Self): Promise<boolean> => {
  const { own } = self
  if (!own.plan.traits.reportsAtBoot && !own.hasFlashed) return true
  if (!(await sendVersions(self, own))) return false
  await finishUpdate(self, own)
  return true
}

const resendUnacknowledged = async (self: Self): Promise<boolean> => {
  for (let report = self.unacknowledged[0]; report !== undefined; report = self.unacknowledged[0]) {
    if (!(await send(self, self.topics.up, report))) return false
    self.unacknowledged.shift()
  }
  return true
}

export const sendGet = async (self: Self): Promise<boolean> => {
  for (const module of self.own.versions.keys()) {
    if (!(await send(self, self.topics.up, firmwareGet(nextId(self), module)))) return false
    self.bench.emit(self.own, 'asked', { module })
  }
  return true
}

const sendSelfTest = async (self: Self): Promise<boolean> => {
  const { selfTest = null } = self.plan
  if (selfTest === null) return true
  if (!(await send(self, selfTest.topic, Buffer.from(selfTest.payload)))) return false
  self.bench.emit(self.own, 'self-test', {})
  return true
}

/** At boot, as real devices do it: subscribe first, then report. False if the connection died. */
export const announce = async (self: Self): Promise<boolean> => {
  for (const part of [subscribe, sendNonsense, reportOwn, bringUpChildren, resendUnacknowledged, sendSelfTest]) {
    if (!(await part(self))) return false
  }
  return !self.plan.asks || sendGet(self)
}
