// What a device does with received messages: orders go to its inbox, answers about topology to the request that waits for them.

import type { Self, Work } from './self.ts'
import type { SimulatedUnit } from './unit.ts'
import { type Order, parseOrders, sameLogin } from './wire.ts'

const unitOf = (self: Self, { identity }: Order): SimulatedUnit | undefined =>
  identity === null || sameLogin(identity, self.plan) ? self.own : self.children.find(({ plan }) => sameLogin(identity, plan))

const sameTask = (work: Work | null, unit: SimulatedUnit, order: Order): boolean =>
  work !== null && work.unit === unit && work.order.taskId === order.taskId

/** Puts the order into the inbox, or returns why not. */
const accept = (self: Self, unit: SimulatedUnit, order: Order): string | null => {
  if (!unit.plan.traits.answersPush) {
    unit.outcome = 'silent'
    return 'never answers'
  }
  // As SDKs do: a running update is not started a second time.
  if (sameTask(self.current, unit, order)) return 'already in progress'
  const work = { unit, order }
  if (!self.inbox.replace((known) => sameTask(known, unit, order), work)) self.inbox.put(work)
  return null
}

const receiveOrder = (self: Self, order: Order): void => {
  const { emit } = self.bench
  const unit = unitOf(self, order)
  if (unit === undefined) {
    emit(self.own, 'bad-push', { why: `${order.identity?.product}/${order.identity?.name} is not one of its children` })
    return
  }
  emit(unit, 'push', { task: order.taskId, module: order.module, version: order.version, size: order.size, url: order.url })
  const why = accept(self, unit, order)
  if (why !== null) emit(unit, 'ignored', { task: order.taskId, why })
}

const receiveOta = (self: Self, payload: Uint8Array): void => {
  const { orders, faults } = parseOrders(payload)
  for (const why of faults) self.bench.emit(self.own, 'bad-push', { why })
  if (orders.length + faults.length === 0) self.bench.emit(self.own, 'no-update', {})
  for (const order of orders) receiveOrder(self, order)
}

export const receiveMessage = (self: Self, topic: string, payload: Uint8Array): void => {
  if (topic === self.topics.down) receiveOta(self, payload)
  else if (topic === self.topics.topoDown) self.answers.receive(payload)
}
