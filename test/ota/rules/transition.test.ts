import { readFile, writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isOpen, type Task } from '../../../src/ota/model.ts'
import { deadlines } from '../../../src/ota/rules/deadlines.ts'
import { nextAttempt } from '../../../src/ota/rules/new-task.ts'
import { mayBeOffered, type TaskEvent, transition } from '../../../src/ota/rules/transition.ts'
import { allStates, inProgress, inState, limits, minute, notified, queued, rows } from '../../support/ota-samples.ts'
import { printTable } from '../../support/ota-task-table.ts'
import { chineseTable } from '../../support/ota-task-table-chinese.ts'

const then = (task: Task, event: TaskEvent, now = 1): Task => transition(task, event, now).task
const version = (value: string, since = 0): TaskEvent => ({ type: 'version', version: value, since })

test.each([
  ['docs/protocol.md', printTable],
  ['docs/zh/protocol.md', () => chineseTable(printTable())],
])('%s holds the table as the code has it (UPDATE_DOCS=1 writes it)', async (page, print) => {
  const file = new URL(`../../../${page}`, import.meta.url)
  const text = await readFile(file, 'utf8')
  const [begin, finish] = ['<!-- table: begin -->\n', '\n<!-- table: end -->']
  const printed = text.slice(0, text.indexOf(begin) + begin.length) + print() + text.slice(text.indexOf(finish))
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(file, printed)
  else expect(text).toBe(printed)
})

describe('success', () => {
  test('only the reported version makes it: step 100 and all bytes do not', () => {
    const task = then(then(inProgress(), { type: 'progress', step: 100 }), {
      type: 'fetched',
      bytes: 1000,
      complete: true,
      sure: true,
      at: 0,
    })
    expect(task.state).toBe('in_progress')
    expect(then(task, version('1.1.0'))).toMatchObject({ state: 'succeeded', reason: null, slot: false })
  })

  test('the target needs no progress before it', () => {
    for (const task of [queued(), notified(), inProgress()]) expect(then(task, version('1.1.0')).state).toBe('succeeded')
  })

  test('can come late only after a time-out or a rollback', () => {
    expect(then(inState('timed_out'), version('1.1.0'))).toMatchObject({ state: 'succeeded', reason: 'late' })
    expect(then({ ...inState('failed'), reason: 'rolled_back' }, version('1.1.0'))).toMatchObject({ state: 'succeeded', reason: 'late' })
    for (const state of ['failed', 'rejected', 'canceled'] as const) expect(then(inState(state), version('1.1.0')).state).toBe(state)
  })

  test('of a reflash counts only once the image was fetched', () => {
    const task = inProgress({ reflash: true, from: '1.1.0' })
    expect(then(task, version('1.1.0')).state).toBe('in_progress')
    expect(then(then(task, { type: 'progress', step: 100 }), version('1.1.0')).state).toBe('in_progress')
    expect(then(then(task, { type: 'fetched', bytes: 1000, complete: true, sure: true, at: 0 }), version('1.1.0')).state).toBe('succeeded')
  })
})

describe('versions that are not the target', () => {
  test('1.10 is not 1.1', () => {
    expect(then(queued({ to: '1.10' }), version('1.1')).state).toBe('queued')
  })

  test('an unknown old version is taken from the first report, also in progress', () => {
    expect(then(queued({ from: null }), version('0.5')).from).toBe('0.5')
    expect(then(inProgress({ from: null }), version('0.5'))).toMatchObject({ from: '0.5', state: 'in_progress' })
  })

  test('the old version on the same connection after step 100 is not a rollback', () => {
    const task = then(inProgress(), { type: 'progress', step: 100 }, 50)
    expect(then(task, version('1.0.0', 50)).graceSince).toBeNull()
    expect(then(task, version('1.0.0', 51), 60)).toMatchObject({ state: 'in_progress', graceSince: 60 })
  })

  test('the old version right after the last byte, while it is not known whether all have arrived, is checked again; then it is offered again', () => {
    const went = { type: 'fetched', bytes: 1000, complete: false, sure: false, at: 40 } as const
    const task = then(inProgress({ step: null }), went, 42)
    expect(task).toMatchObject({ completeAt: null, signAt: 40 })
    const said = (since: number, now: number, of = task) => transition(of, { type: 'version', version: '1.0.0', since }, now)
    expect(said(40, 50).effects).toEqual(['offer'])
    expect(said(41, 50)).toEqual({ task, effects: ['recheck'] })
    expect(said(41, 40 + 10_000).effects).toEqual(['offer'])
    // Meanwhile it became known that all had arrived by then.
    const known = then(task, { ...went, complete: true }, 60)
    expect(known).toMatchObject({ completeAt: 40 })
    expect(said(41, 70, known)).toMatchObject({ effects: [], task: { graceSince: 70 } })
  })

  test('silence after the last byte proves nothing of a device that reports its progress', () => {
    const quiet = { type: 'fetched', bytes: 1000, complete: true, sure: false, at: 40 } as const
    expect(then(inProgress({ step: 21 }), quiet, 50).completeAt).toBeNull()
    expect(then(inProgress({ step: null }), quiet, 50).completeAt).toBe(40)
    expect(then(inProgress({ step: 21 }), { ...quiet, sure: true }, 50).completeAt).toBe(40)
  })

  test('during the grace period nothing is offered; it ends once, and a new download ends it too', () => {
    const task = then(then(inProgress(), { type: 'progress', step: 100 }, 50), version('1.0.0', 51), 60)
    expect(mayBeOffered(task)).toBe(false)
    expect(transition(task, { type: 'version', version: '1.0.0', since: 70 }, 80)).toEqual({ task, effects: [] })
    expect(then(task, { type: 'due', limits }, 60 + 5 * minute)).toMatchObject({ state: 'failed', reason: 'rolled_back' })
    expect(then(task, { type: 'progress', step: 3 }, 70)).toMatchObject({ graceSince: null, completeAt: null })
  })
})

describe('time', () => {
  test('signs of life do not restart the upgrade clock', () => {
    let task = inProgress()
    for (let at = 10 * minute; at < 60 * minute; at += 10 * minute) task = then(task, { type: 'progress', step: 50 }, at)
    expect(then(task, { type: 'due', limits }, 60 * minute)).toMatchObject({ state: 'timed_out', reason: 'upgrade' })
  })

  test('a stall ends it sooner, unless another child of its gateway showed a sign of life', () => {
    expect(then(inProgress(), { type: 'due', limits }, 15 * minute)).toMatchObject({ state: 'timed_out', reason: 'stall' })
    expect(then(inProgress(), { type: 'due', limits: { ...limits, familySignAt: minute } }, 15 * minute).state).toBe('in_progress')
  })

  test('a notified task without a sign of life frees its slot, and takes one again at its first sign', () => {
    const silent = then(notified(), { type: 'due', limits }, 15 * minute)
    expect(silent).toMatchObject({ state: 'notified', slot: false })
    expect(then(silent, { type: 'progress', step: 0 }, 16 * minute)).toMatchObject({ state: 'in_progress', slot: true })
    expect(then(silent, { type: 'due', limits }, 24 * 60 * minute)).toMatchObject({ state: 'timed_out', reason: 'no_response' })
  })

  test('what is due at its deadline is not due before it', () => {
    for (const task of [queued({ notBefore: 50 }), notified(), inProgress(), inProgress({ graceSince: 1 })]) {
      const next = deadlines(task, limits)[0]
      if (next === undefined) throw new Error('no deadline')
      expect(transition(task, { type: 'due', limits }, next.at - 1).task).toBe(task)
      expect(transition(task, { type: 'due', limits }, next.at).task).not.toBe(task)
    }
  })
})

test('a retry is a new task, and a late failure of the first attempt cannot touch it', () => {
  const first = then(inProgress(), { type: 'failure', step: -2, desc: 'no route' })
  const second = nextAttempt(first, 8, '1.0.0', 500, 100)
  expect(second).toMatchObject({ id: 8, rev: 0, attempt: 2, state: 'queued', notBefore: 500, code: null, desc: null, bytes: 0 })
  expect(transition(first, { type: 'failure', step: -1, desc: '' }, 2).task).toBe(first)
})

describe('for every state and event', () => {
  const event = fc.oneof(
    fc.constantFrom(...rows.map((row) => row.event)),
    fc.record({ type: fc.constant('progress' as const), step: fc.integer({ min: 0, max: 100 }) }),
    fc.record({ type: fc.constant('failure' as const), step: fc.integer({ min: -9, max: -1 }), desc: fc.string() }),
    fc.record({
      type: fc.constant('fetched' as const),
      bytes: fc.integer({ min: 0, max: 1000 }),
      complete: fc.boolean(),
      sure: fc.boolean(),
      at: fc.integer({ min: 0, max: 20 }),
    }),
    fc.record({
      type: fc.constant('version' as const),
      version: fc.constantFrom('1.0.0', '1.1.0', '2'),
      since: fc.integer({ min: 0, max: 200 }),
    }),
  )

  test('terminal states do not change, except by a late success', () => {
    fc.assert(
      fc.property(fc.constantFrom(...allStates), fc.array(event, { maxLength: 12 }), (state, events) => {
        let task = inState(state)
        let now = 1
        for (const one of events) {
          const next = transition(task, one, now++).task
          if (!isOpen(task.state) && next !== task) {
            expect([task.state, next.reason]).toEqual([task.reason === 'rolled_back' ? 'failed' : 'timed_out', 'late'])
          }
          task = next
        }
      }),
    )
  })

  test('an ended task has an end time and no slot, an open one has no end time, and only a version report makes a success', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        let task = queued()
        let now = 1
        for (const one of events) {
          const before = task
          task = transition(task, one, now++).task
          if (task.state === 'succeeded' && before.state !== 'succeeded') expect(one.type).toBe('version')
          expect(task.endedAt === null).toBe(isOpen(task.state))
          if (task.endedAt !== null) expect(task.slot).toBe(false)
          expect(task.history.length).toBeLessThanOrEqual(40)
        }
      }),
    )
  })
})
