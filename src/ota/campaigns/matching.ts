// Continuous campaigns: whether a device that is new, or reports a version, now gets a task (protocol.md §4, row "none").

import { applyEvent } from '../memory/attempts.ts'
import type { Core } from '../memory/core.ts'
import { createDraft, type Draft, stageTask } from '../memory/draft.ts'
import { record, repeated } from '../memory/record.ts'
import { scopeOf } from '../memory/scope.ts'
import { type Campaign, type Device, type DeviceKey, isOpen, type Judged, type Task } from '../model.ts'
import type { Queries } from '../ports/store.ts'
import { moduleOf, type Scope, sourcesOf, standing, versionOf } from '../rules/campaign.ts'
import { packageFor, sourcesOfAll } from '../rules/chains.ts'
import { newTask } from '../rules/new-task.ts'
import { openTaskOf } from '../rules/open-task.ts'
import { phaseOf } from '../rules/phases.ts'

/** A device that falls back again and again is not updated by the same campaign for ever. */
export const maxMatches = 3

/** A first attempt of the campaign for this device, with the package that fits it; undefined where none does. */
export const makeTask = (
  core: Core,
  draft: Draft,
  { campaign, packages }: Scope,
  device: Device,
  phase: number,
  judged: Judged | null = null,
): Task | undefined => {
  const from = versionOf(device, campaign.module)
  const firmware = packageFor(packages, from)
  if (firmware === undefined) return undefined
  const task = newTask(
    {
      id: core.store.writes.nextId('task'),
      campaign: campaign.id,
      device: device.key,
      module: campaign.module,
      firmware: firmware.id,
      from,
      to: campaign.version,
      size: firmware.size,
      sources: sourcesOf(campaign, firmware),
      reflash: campaign.reflash,
      phase,
    },
    core.now(),
  )
  stageTask(draft, undefined, judged === null ? task : { ...task, judged })
  return task
}

/** Tasks and waiting targets that a phase has. */
export const membersIn = (core: Core, campaign: Campaign, phase: number): number =>
  Object.values(core.store.reads.tally(campaign.id, phase)).reduce((sum, count) => sum + count, core.index.waiting(campaign.id, phase))

const running = (core: Core, device: Device): readonly Campaign[] =>
  [...core.store.reads.campaigns()]
    .filter((campaign) => campaign.status === 'running' && campaign.target.continuous && campaign.product === device.product)
    .sort((a, b) => b.id - a.id)

/** Whether nothing of the module is open that the campaign must leave alone: one that overwrites takes the place of older campaigns' tasks. */
const isFree = (core: Core, campaign: Campaign, device: Device): boolean => {
  const open = openTaskOf(core.store.reads, device.key, campaign.module)
  if (open === undefined) return true
  return campaign.overwrite && open.campaign < campaign.id && (open.state === 'queued' || open.state === 'notified')
}

/**
 * A version that is only a step: an older continuous campaign goes on from just there, and this one would not take the device back.
 */
const leadsOn = (core: Core, { campaign, packages }: Scope, device: Device): boolean =>
  running(core, device).some((older) => {
    if (older.id >= campaign.id || older.module !== campaign.module) return false
    const scope = scopeOf(core, older)
    const isMeant = packageFor(scope.packages, campaign.version)?.from.includes(campaign.version) === true
    return isMeant && packageFor(packages, older.version) === undefined && standing(scope, device) === 'target'
  })

/** A continuous campaign that decides about a module of the device, with its verdict. */
interface Decider {
  readonly scope: Scope
  readonly verdict: 'target' | 'skip'
}

/** Of each module the newest continuous campaign that the device belongs to decides; older ones never pull it back. */
const decidersOf = (core: Core, device: Device, module: string | undefined): readonly Decider[] => {
  const decided = new Map<string, Decider>()
  for (const campaign of running(core, device)) {
    if (decided.has(campaign.module) || (module !== undefined && campaign.module !== module)) continue
    const scope = scopeOf(core, campaign)
    const verdict = standing(scope, device)
    if (scope.packages.length === 0 || (verdict !== 'target' && verdict !== 'skip')) continue
    if (verdict === 'skip' && leadsOn(core, scope, device)) continue
    decided.set(campaign.module, { scope, verdict })
  }
  return [...decided.values()]
}

const deciding = (core: Core, device: Device, module: string | undefined): readonly Scope[] =>
  decidersOf(core, device, module)
    .filter(({ scope, verdict }) => verdict === 'target' && isFree(core, scope.campaign, device))
    .map(({ scope }) => scope)

/** Ended by what the device was then, not by what became of its update. */
const isVoid = ({ state, reason }: Task): boolean => state === 'canceled' && (reason === 'device_removed' || reason === 'not_eligible')

/** What the device went through before speaks against matching it (again). */
export type Spent = 'matched_enough' | 'reflashed' | 'failed_from_here' | 'put_there_later'

const spent = (device: Device, { campaign, packages }: Scope, past: readonly Task[], steps: ReadonlySet<number>): Spent | null => {
  const version = versionOf(device, campaign.module)
  const ofModule = past.filter((task) => task.module === campaign.module)
  const own = ofModule.filter((task) => task.campaign === campaign.id)
  const last = own.findLast((task) => task.newest)
  if (own.filter((task) => task.attempt === 1).length >= maxMatches) return 'matched_enough'
  if (campaign.reflash && last?.state === 'succeeded' && version === campaign.version) return 'reflashed'
  // Not a retry by the back door: after a failure only another version than the one it failed from is news.
  if (last !== undefined && last.state !== 'succeeded' && !isVoid(last) && last.from === version) return 'failed_from_here'
  // Another has brought it where this one begins. (One that had it before has been undone by that.)
  if (own.length === 0 && version !== null && sourcesOfAll(packages).includes(version)) return null
  // A later act of an operator put it on the version that it runs. (A continuous one that still runs speaks for itself, in `deciding`.)
  const isLater = (other: number): boolean => other > campaign.id && !steps.has(other)
  const isPut = ofModule.some((task) => isLater(task.campaign) && task.state === 'succeeded' && task.to === version)
  // Old tasks are removed at last; the device's record still knows.
  const by = moduleOf(device, campaign.module)?.task
  return isPut || (by != null && isLater(by.campaign)) ? 'put_there_later' : null
}

/** What of the device's past matters: read from disk, before anything is decided by it. */
export const pastOf = async (core: Core, key: DeviceKey): Promise<readonly Task[]> => {
  const past: Task[] = []
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<Queries['tasks']>> = await core.store.queries.tasks({
      device: key,
      allAttempts: true,
      after,
      limit: 1000,
    })
    past.push(...page.items)
    after = page.next
  }
  return past
}

/** Campaigns that speak for themselves. */
const stepsFor = (core: Core, device: Device): ReadonlySet<number> => new Set(running(core, device).map(({ id }) => id))

/** What keeps a running continuous campaign from matching the device, which is a target of it; null: nothing, once it reports. */
export const unmatched = (
  core: Core,
  campaign: Campaign,
  device: Device,
  past: readonly Task[],
): Spent | 'busy' | { readonly newer: number } | null => {
  const [decider] = decidersOf(core, device, campaign.module)
  if (decider !== undefined && decider.scope.campaign.id !== campaign.id) return { newer: decider.scope.campaign.id }
  return isFree(core, campaign, device) ? spent(device, scopeOf(core, campaign), past, stepsFor(core, device)) : 'busy'
}

/** The phase that it was in before, where the campaign had it already. */
const phaseAgain = (core: Core, campaign: Campaign, device: Device, past: readonly Task[]): number =>
  past.find((task) => task.campaign === campaign.id)?.phase ?? phaseOf(campaign, device, (phase) => membersIn(core, campaign, phase))

/** The ended task that stands for the device in the campaign's counts. */
const standingOwn = ({ id }: Campaign, past: readonly Task[]): Task | undefined =>
  past.findLast((task) => task.campaign === id && task.newest && !isOpen(task.state))

/** Makes the tasks that continuous campaigns have for the device now; the one of `module`, if asked for one. */
export const matchDevice = (core: Core, key: DeviceKey, module?: string): Promise<void> => repeated(() => matchOnce(core, key, module))

const matchOnce = async (core: Core, key: DeviceKey, module: string | undefined): Promise<void> => {
  const device = core.store.reads.device(key)
  if (device === undefined || deciding(core, device, module).length === 0) return
  const past = await pastOf(core, key)
  // Read again: the world went on while the past was read from disk.
  const now = core.store.reads.device(key)
  if (now === undefined) return
  const draft = createDraft(core.store)
  const steps = stepsFor(core, now)
  for (const scope of deciding(core, now, module)) {
    const { campaign } = scope
    if (core.store.reads.waiting(campaign.id).has(key) || spent(now, scope, past, steps) !== null) continue
    const open = openTaskOf(core.store.reads, key, campaign.module)
    if (open !== undefined) applyEvent(core, draft, open, { type: 'cancel', reason: 'superseded', force: false })
    const own = standingOwn(campaign, past)
    const made = makeTask(core, draft, scope, now, phaseAgain(core, campaign, now, past), own?.judged)
    // From now on the new one stands for the device: each counts once.
    if (made !== undefined && own !== undefined) stageTask(draft, own, { ...own, newest: false })
  }
  await record(core, draft)
}
