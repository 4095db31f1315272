// Random histories of commits, failing writes and restarts: what the store returns, what the disk holds and what was
// acknowledged must always agree.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { emptyTally, isOpen, type Tally, type Task } from '../../src/ota/model.ts'
import type { Change, Store } from '../../src/ota/ports/store.ts'
import type { Disk } from '../../src/store/disk.ts'
import { compareKeys } from '../../src/store/keys.ts'
import { addOps } from '../../src/store/layout.ts'
import { createMemory } from '../../src/store/memory.ts'
import { openStore } from '../../src/store/records.ts'
import { createValve, ended } from '../support/store-fixture.ts'
import { sampleCampaign, sampleDevice, sampleTask } from '../support/store-samples.ts'

type Action =
  | {
      readonly do: 'device' | 'forget' | 'create' | 'progress' | 'end' | 'change' | 'remove' | 'campaign' | 'uncampaign' | 'stale'
      readonly pick: number
    }
  | { readonly do: 'hold' | 'settle' | 'restart' }
  | { readonly do: 'break' | 'mend'; readonly where: 'gate' | 'sync' }

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'device',
        'forget',
        'create',
        'create',
        'progress',
        'progress',
        'end',
        'end',
        'change',
        'remove',
        'campaign',
        'uncampaign',
        'stale',
      ),
      pick: fc.nat(5),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('hold', 'hold', 'settle', 'settle', 'restart') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('break', 'mend', 'mend'), where: fc.constantFrom('gate', 'sync') }) },
)

const campaignOf = (pick: number): number => (pick % 2) + 1

/** The changes of one action, from the store's current records; none if there is nothing to change. */
const changesOf = async (store: Store, { do: what, pick }: Action & { readonly pick: number }): Promise<readonly Change[]> => {
  const name = `dev${pick}`
  const device = store.reads.device(`pk/${name}`)
  const open = [...store.reads.openTasks()]
  const old = (await store.queries.tasks({ limit: 100, allAttempts: true })).items.filter((task) => !isOpen(task.state))
  const task = (what === 'progress' || what === 'end' ? open : old)[pick % 3]
  const campaign = store.reads.campaign(campaignOf(pick))
  const count = (one: Task, state: keyof Tally, by: number): Change => ({ add: one.campaign, tally: { [state]: by } })
  if (what === 'device') return [{ put: 'device', value: { ...(device ?? sampleDevice(name)), lastSeen: (device?.lastSeen ?? 0) + 1 } }]
  if (what === 'forget') return device === undefined ? [] : [{ del: 'device', value: device }]
  if (what === 'stale')
    return [
      { put: 'device', value: sampleDevice('stale') },
      { put: 'device', value: sampleDevice(name, { rev: 1000 }) },
    ]
  if (what === 'campaign') return [{ put: 'campaign', value: campaign ?? sampleCampaign(campaignOf(pick)) }]
  if (what === 'uncampaign') return campaign === undefined ? [] : [{ del: 'campaign', value: campaign }]
  if (what === 'create') {
    const value = sampleTask(store.writes.nextId('task'), {
      campaign: campaignOf(pick),
      device: `pk/${name}`,
      module: `m${store.writes.nextId('task')}`,
    })
    return [{ put: 'task', value }, count(value, 'queued', 1)]
  }
  if (task === undefined) return []
  if (what === 'progress') return [{ put: 'task', value: { ...task, state: 'in_progress', step: (task.step ?? 0) + 1 } }]
  if (what === 'end')
    return [
      { put: 'task', value: ended(task, { state: pick % 2 ? 'failed' : 'succeeded', slotAt: pick < 4 ? pick : null }) },
      count(task, 'succeeded', 1),
    ]
  if (what === 'change') return [{ put: 'task', value: { ...task, state: 'succeeded', newest: !task.newest } }]
  return [{ del: 'task', value: task }]
}

/** What was acknowledged, as plain records by name. */
type Model = Map<string, unknown>

const apply = (model: Model, changes: readonly Change[]): void => {
  for (const change of changes) {
    if ('installed' in change || 'timeline' in change || 'clock' in change) continue
    if ('add' in change) {
      if (!model.has(`campaign ${change.add}`)) continue
      const sum: Record<string, number> = { ...emptyTally, ...(model.get(`tally ${change.add}`) as Tally | undefined) }
      for (const [state, by] of Object.entries(change.tally)) sum[state] = (sum[state] ?? 0) + by
      model.set(`tally ${change.add}`, sum)
      continue
    }
    const { value } = change
    const name = `${'put' in change ? change.put : change.del} ${'id' in value ? value.id : 'key' in value ? value.key : value.campaign}`
    if ('put' in change) model.set(name, { ...value, rev: value.rev + 1 })
    else model.delete(name)
    if ('del' in change && change.del === 'campaign') model.delete(`tally ${change.value.id}`)
  }
}

const shown = async (store: Store): Promise<Model> => {
  const tasks = (await store.queries.tasks({ limit: 1000, allAttempts: true })).items
  const tallies = [...store.reads.campaigns()].map(({ id }) => [`tally ${id}`, store.reads.tally(id)] as const)
  return new Map<string, unknown>([
    ...[...store.reads.devices()].map((device) => [`device ${device.key}`, device] as const),
    ...[...store.reads.campaigns()].map((campaign) => [`campaign ${campaign.id}`, campaign] as const),
    ...tasks.map((task) => [`task ${task.id}`, task] as const),
    ...tallies.filter(([, tally]) => Object.values(tally).some((count) => count !== 0)),
  ])
}

/** The keys that the disk should hold of tasks: records and lists, and nothing else. */
const taskKeys = async (store: Store): Promise<readonly string[]> => {
  const { items } = await store.queries.tasks({ limit: 1000, allAttempts: true })
  return items.flatMap((after) => {
    const ops: Parameters<typeof addOps>[1] = []
    addOps({ kind: 'task', before: undefined, after }, ops)
    return ops.map((op) => op.key)
  })
}

const keysOnDisk = async (disk: Disk): Promise<readonly string[]> => {
  const keys: string[] = []
  for (const prefix of ['by', 'ended/', 'open/', 'told/']) for await (const [key] of disk.range(prefix, `${prefix}~`)) keys.push(key)
  return keys
}

const sorted = (keys: readonly string[]): readonly string[] => keys.toSorted(compareKeys)

it('memory, disk and what was acknowledged agree through failures and restarts', { timeout: 60_000 }, async () => {
  const run = async (actions: readonly Action[]): Promise<void> => {
    const valves = { gate: createValve(), sync: createValve() }
    const disk = createMemory({ gate: valves.gate.gate, synced: valves.sync.gate })
    let store = await openStore(disk)
    let ids = 0
    const model: Model = new Map()
    const commits: { readonly changes: readonly Change[]; readonly done: Promise<void> }[] = []
    let release: (() => void) | undefined
    const settle = async (): Promise<void> => {
      release?.()
      release = undefined
      for (const { changes, done } of commits.splice(0)) {
        await done.then(
          () => apply(model, changes),
          () => undefined,
        )
      }
      expect(await shown(store)).toEqual(model)
    }
    const mend = async (): Promise<void> => {
      valves.gate.failing = false
      valves.sync.failing = false
      await store.writes.commit([{ put: 'device', value: sampleDevice(`fixed ${ids}`) }])
      apply(model, [{ put: 'device', value: sampleDevice(`fixed ${ids}`) }])
      ids += 1
    }
    for (const each of actions) {
      if ('pick' in each) {
        const changes = await changesOf(store, each)
        const done = store.writes.commit(changes)
        done.catch(() => undefined)
        commits.push({ changes, done })
      } else if ('where' in each) valves[each.where].failing = each.do === 'break'
      else if (each.do === 'hold') release ??= valves.gate.hold()
      else {
        await settle()
        if (each.do !== 'restart') continue
        await mend()
        const highest = Math.max(0, ...[...model.keys()].filter((name) => name.startsWith('task ')).map((name) => Number(name.slice(5))))
        store = await openStore(disk)
        expect(await shown(store)).toEqual(model)
        expect(store.writes.nextId('task')).toBeGreaterThan(highest)
        expect(sorted(await keysOnDisk(disk))).toEqual(sorted(await taskKeys(store)))
      }
    }
  }
  const withRestart = fc.array(action, { minLength: 5, maxLength: 60 }).map((actions): Action[] => [...actions, { do: 'restart' }])
  await fc.assert(fc.asyncProperty(withRestart, run), { numRuns: 150 })
})
