// Continuous campaigns: whether a device that is new, or reports a version, now gets a task (protocol.md §4, row "none").

import { applyEvent } from './attempts.ts'
import { type Scope, sourcesOf, standing, versionOf } from './campaign.ts'
import { packageFor, sourcesOfAll } from './chains.ts'
import type { Core } from './core.ts'
import { createDraft, type Draft, stageTask } from './draft.ts'
import { type Campaign, type Device, type DeviceKey, isOpen, type Task } from './model.ts'
import { newTask } from './new-task.ts'
import { phaseOf } from './phases.ts'
import { record, repeated } from './record.ts'
import { scopeOf } from './scope.ts'

/** A device that falls back again and again is not updated by the same campaign for ever. */
const maxMatches = 3

/** A first attempt of the campaign for this device, with the package that fits it; undefined where none does. */
export const makeTask = (core: Core, draft: Draft, { campaign, packages }: Scope, device: Device, phase: number): Task | undefined => {
  const from = versionOf(device, campaign.module)
  const firmware = packageFor(packages, from)
  if (firmware === undefined) return undefined
  const task = newTask(
    {
      id: core.store.nextId('task'),
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
  stageTask(draft, undefined, task)
  return task
}

/** Tasks and waiting targets that a phase has. */
export const membersIn = (core: Core, campaign: Campaign, phase: number): number =>
  Object.values(core.store.tally(campaign.id, phase)).reduce((sum, count) => sum + count, core.index.waiting(campaign.id, phase))

const running = (core: Core, device: Device): readonly Campaign[] =>
  [...core.store.campaigns()]
    .filter((campaign) => campaign.status === 'running' && campaign.target.continuous && campaign.product === device.product)
    .sort((a, b) => b.id - a.id)

/** Whether nothing of the module is open that the campaign must leave alone: one that overwrites takes the place of older campaigns' tasks. */
const isFree = (core: Core, campaign: Campaign, device: Device): boolean => {
  const open = core.store.openTaskOf(device.key, campaign.module)
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

/**
 * Of each module the newest continuous campaign that the device belongs to decides; older ones never pull it back.
 */
const deciding = (core: Core, device: Device, module: string | undefined): readonly Scope[] => {
  const decided = new Set<string>()
  const matches: Scope[] = []
  for (const campaign of running(core, device)) {
    if (decided.has(campaign.module) || (module !== undefined && campaign.module !== module)) continue
    const scope = scopeOf(core, campaign)
    const verdict = standing(scope, device)
    if (scope.packages.length === 0 || (verdict !== 'target' && verdict !== 'skip')) continue
    if (verdict === 'skip' && leadsOn(core, scope, device)) continue
    decided.add(campaign.module)
    if (verdict === 'target' && isFree(core, campaign, device)) matches.push(scope)
  }
  return matches
}

/** Ended by what the device was then, not by what became of its update. */
const isVoid = ({ state, reason }: Task): boolean => state === 'canceled' && (reason === 'device_removed' || reason === 'not_eligible')

/** What the device went through before speaks against matching it (again). */
const spent = (device: Device, { campaign, packages }: Scope, past: readonly Task[], steps: ReadonlySet<number>): boolean => {
  const version = versionOf(device, campaign.module)
  const ofModule = past.filter((task) => task.module === campaign.module)
  const own = ofModule.filter((task) => task.campaign === campaign.id)
  const last = own.findLast((task) => task.newest)
  if (own.filter((task) => task.attempt === 1).length >= maxMatches) return true
  // Not a retry by the back door: after a failure only another version than the one it failed from is news.
  if (last !== undefined && last.state !== 'succeeded' && !isVoid(last) && last.from === version) return true
  // Another has brought it where this one begins. (One that had it before has been undone by that.)
  if (own.length === 0 && version !== null && sourcesOfAll(packages).includes(version)) return false
  // A later act of an operator put it on the version that it runs. (A continuous one that still runs speaks for itself, in `deciding`.)
  return ofModule.some(
    (task) => task.campaign > campaign.id && task.state === 'succeeded' && task.to === version && !steps.has(task.campaign),
  )
}

/** The phase that it was in before, where the campaign had it already. */
const phaseAgain = (core: Core, campaign: Campaign, device: Device, past: readonly Task[]): number =>
  past.find((task) => task.campaign === campaign.id)?.phase ?? phaseOf(campaign, device, (phase) => membersIn(core, campaign, phase))

/** The task that stood for the device in the campaign's counts so far does so no more: each device counts once. */
const succeedOwn = (draft: Draft, { id }: Campaign, past: readonly Task[]): void => {
  for (const task of past)
    if (task.campaign === id && task.newest && !isOpen(task.state)) stageTask(draft, task, { ...task, newest: false })
}

/** Makes the tasks that continuous campaigns have for the device now; the one of `module`, if asked for one. */
export const matchDevice = (core: Core, key: DeviceKey, module?: string): Promise<void> => repeated(() => matchOnce(core, key, module))

const matchOnce = async (core: Core, key: DeviceKey, module: string | undefined): Promise<void> => {
  const device = core.store.device(key)
  if (device === undefined || deciding(core, device, module).length === 0) return
  const past = await core.store.tasks({ device: key, allAttempts: true, limit: 1000 })
  // Read again: the world went on while the past was read from disk.
  const now = core.store.device(key)
  if (now === undefined) return
  const draft = createDraft(core.store)
  const steps = new Set(running(core, now).map(({ id }) => id))
  for (const scope of deciding(core, now, module)) {
    const { campaign } = scope
    if (core.store.waiting(campaign.id).has(key) || spent(now, scope, past.items, steps)) continue
    const open = core.store.openTaskOf(key, campaign.module)
    if (open !== undefined) applyEvent(core, draft, open, { type: 'cancel', reason: 'superseded', force: false })
    if (makeTask(core, draft, scope, now, phaseAgain(core, campaign, now, past.items)) !== undefined)
      succeedOwn(draft, campaign, past.items)
  }
  await record(core, draft)
}
