import { expect, test } from 'vitest'
import { createEventLog } from '../../src/admin/event-log.ts'
import type { EventEntry } from '../../src/admin/event-ring.ts'
import type { Task } from '../../src/ota/model.ts'
import type { Event } from '../../src/ota/ports/observers.ts'
import { queued } from '../support/ota-samples.ts'

const task = (fields: Partial<Task>): Event => ({ type: 'task', task: queued(fields) })
const device = (name: string): Event => ({ type: 'device', device: name, what: 'connected' })
const message = (name: string, text: string): Event => ({ type: 'message', device: name, direction: 'up', text })

const create = (capacity = 100) => createEventLog({ capacity, now: () => 5, first: 1000 })
const idsOf = (entries: readonly EventEntry[]): string => entries.map(({ id }) => id).join()

test('events come once, in order, with ids that count up', () => {
  const log = create()
  let woken = 0
  const subscription = log.subscribe({}, undefined, () => woken++)
  log.emit(device('pk/a'))
  log.emit(device('pk/b'))
  expect(subscription.take(1)).toEqual([{ id: 1001, at: 5, event: device('pk/a') }])
  expect(idsOf(subscription.take(9))).toBe('1002')
  expect(subscription.take(9)).toEqual([])
  expect(woken).toBe(2)
  expect(log.latest).toBe(1002)
})

test('a filter passes what it names, and raw messages only with their device', () => {
  const log = create()
  const all = log.subscribe({}, undefined, () => undefined)
  const campaign = log.subscribe({ campaign: 7 }, undefined, () => undefined)
  const watcher = log.subscribe({ device: 'pk/a' }, undefined, () => undefined)
  log.emit(task({ id: 1, campaign: 7, device: 'pk/a' }))
  log.emit(task({ id: 2, campaign: 8, device: 'pk/b' }))
  log.emit({ type: 'campaign', campaign: 7 })
  log.emit({ type: 'campaign', campaign: 8 })
  log.emit(device('pk/a'))
  log.emit(device('pk/b'))
  log.emit(message('pk/a', 'x'))
  expect(idsOf(all.take(99))).toBe('1001,1002,1003,1004,1005,1006')
  expect(idsOf(campaign.take(99))).toBe('1001,1003')
  expect(idsOf(watcher.take(99))).toBe('1001,1005,1007')
})

test('a device is watched while a subscription names it', () => {
  const log = create()
  const one = log.subscribe({ device: 'pk/a' }, undefined, () => undefined)
  const two = log.subscribe({ device: 'pk/a' }, undefined, () => undefined)
  one.close()
  one.close()
  expect([log.watches('pk/a'), log.watches('pk/b')]).toEqual([true, false])
  two.close()
  expect(log.watches('pk/a')).toBe(false)
})

test('a resumed subscription gets what it missed, or a gap if that was too much', () => {
  const log = create(3)
  for (const name of ['1', '2', '3', '4']) log.emit(device(`pk/${name}`))
  const resumed = log.subscribe({}, 1002, () => undefined)
  expect(resumed.gap).toBe(false)
  expect(idsOf(resumed.take(9))).toBe('1003,1004')
  expect(idsOf(log.subscribe({}, 1001, () => undefined).take(9))).toBe('1002,1003,1004')
  for (const after of [1000, 1005, -1, 0]) {
    const late = log.subscribe({}, after, () => undefined)
    expect([late.gap, late.take(9)]).toEqual([true, []])
  }
  expect(log.subscribe({}, undefined, () => undefined).gap).toBe(false)
})

test('an id of another run is a gap', () => {
  const [one, two] = [createEventLog({ capacity: 9, now: () => 0 }), createEventLog({ capacity: 9, now: () => 0 })]
  one.emit(device('pk/a'))
  two.emit(device('pk/a'))
  expect(two.subscribe({}, one.latest, () => undefined).gap).toBe(true)
})

test('waiting progress is replaced by later progress, a change of state never', () => {
  const log = create()
  const slow = log.subscribe({}, undefined, () => undefined)
  log.emit(task({ id: 1, state: 'notified' }))
  for (const step of [1, 2, 3]) log.emit(task({ id: 1, state: 'in_progress', step }))
  log.emit(task({ id: 2, state: 'in_progress', step: 50 }))
  log.emit(task({ id: 1, state: 'in_progress', step: 4 }))
  log.emit(task({ id: 1, state: 'failed', step: 4 }))
  log.emit({ type: 'campaign', campaign: 1 })
  log.emit({ type: 'campaign', campaign: 1 })
  expect(idsOf(slow.take(99))).toBe('1001,1005,1006,1007,1009')
})

test('a subscriber that takes nothing is overrun, and its entries are released', () => {
  const log = create(10)
  let woken = 0
  const stuck = log.subscribe({}, undefined, () => woken++)
  for (let at = 0; at < 1000; at++) log.emit(device(`pk/${at}`))
  expect([stuck.overrun, stuck.take(999)]).toEqual([true, []])
  expect(woken).toBe(11)
})

test('large raw messages count as several, and are not kept', () => {
  const log = create(10)
  const stuck = log.subscribe({ device: 'pk/a' }, undefined, () => undefined)
  log.emit(message('pk/a', 'x'.repeat(8_000)))
  expect(stuck.overrun).toBe(false)
  log.emit(message('pk/a', 'x'.repeat(8_000)))
  expect(stuck.overrun).toBe(true)
  const other = create()
  other.emit(message('pk/a', 'x'))
  expect(other.subscribe({ device: 'pk/a' }, 1000, () => undefined).take(9)).toEqual([])
})

test('progress of a task and news of a campaign count once, so a busy fleet does not push out what others have missed', () => {
  const log = create(4)
  log.emit(device('pk/a'))
  for (let step = 0; step < 50; step++) {
    for (const id of [1, 2]) log.emit(task({ id, state: 'in_progress', step }))
    log.emit({ type: 'campaign', campaign: 7 })
  }
  const known = (after: number): readonly string[] =>
    log.since(after).map(({ event }) => (event.type === 'task' ? `task ${event.task.id} ${event.task.step}` : event.type))
  expect(known(1000)).toEqual(['device', 'task 1 49', 'task 2 49', 'campaign'])
  expect([log.isGap(1000), known(1149)]).toEqual([false, ['task 2 49', 'campaign']])
  log.emit(task({ id: 1, state: 'failed' }))
  expect([log.isGap(1000), log.isGap(1001)]).toEqual([true, false])
  log.emit(task({ id: 1, state: 'in_progress', step: 3 }))
  expect([log.isGap(1148), log.isGap(1149), known(1001).length]).toEqual([true, false, 4])
})

test('a listener has every event, until it ends', () => {
  const log = create()
  const seen: EventEntry[] = []
  const end = log.listen((entry) => seen.push(entry))
  log.emit(device('pk/a'))
  log.emit(message('pk/a', 'x'))
  end()
  log.emit(device('pk/b'))
  expect(idsOf(seen)).toBe('1001,1002')
})
