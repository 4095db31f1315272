// Continuous campaigns: whether a device that is new, or reports a version, now gets a task (protocol.md §4, row "none").

import { type Campaign, type Device, type DeviceKey, isOpen, type Judged, type Task } from '../model.ts'
import type { Reads } from '../ports/store.ts'
import { packageFor, sourcesOfAll } from '../rules/chains.ts'
import { eligibility, moduleOf, type Scope, sourcesOf, versionOf } from '../rules/eligibility.ts'
import { newTask } from '../rules/new-task.ts'
import { openTaskOf } from '../rules/open-task.ts'
import { phaseOf } from '../rules/phases.ts'
import { hasWholeImage } from '../rules/transition.ts'
import { applyEvent, type Making } from '../state/attempts.ts'
import { commit, repeated } from '../state/commit.ts'
import type { Context, Part } from '../state/context.ts'
import { createDraft, type Draft, stageTask } from '../state/draft.ts'
import { type Deciding, scopeOf } from '../state/scope.ts'
import { pastOf } from './past.ts'

/** A device that rolls back again and again is not updated by the same campaign forever. */
export const maxMatches = 3

/** A first attempt of the campaign for this device, with the package that fits it; undefined where none does. */
export const makeTask = (
  { writes, now }: Pick<Making, 'writes' | 'now'>,
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
      id: writes.nextId('task'),
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
    now(),
  )
  stageTask(draft, undefined, judged === null ? task : { ...task, judged })
  return task
}

/** Tasks and waiting targets that a phase has. */
export const membersIn = ({ ports, queue }: Part<'ports' | 'queue'>, campaign: Campaign, phase: number): number =>
  Object.values(ports.reads.tally(campaign.id, phase)).reduce((sum, count) => sum + count, queue.waiting(campaign.id, phase))

const decides = ({ status, target, product }: Campaign, device: Device): boolean =>
  status === 'running' && target.continuous && product === device.product

/** Whether continuous campaigns run that could match the device now. Asked with each version that a device reports. */
export const mayMatch = (reads: Pick<Reads, 'device' | 'campaigns'>, key: DeviceKey): boolean => {
  const device = reads.device(key)
  if (device === undefined) return false
  for (const campaign of reads.campaigns()) if (decides(campaign, device)) return true
  return false
}

const running = (reads: Reads, device: Device): readonly Campaign[] =>
  [...reads.campaigns()].filter((campaign) => decides(campaign, device)).sort((a, b) => b.id - a.id)

/** Whether the module has no open task that the campaign must not replace: one that overwrites replaces older campaigns' tasks. */
const isFree = (reads: Reads, campaign: Campaign, device: Device): boolean => {
  const open = openTaskOf(reads, device.key, campaign.module)
  if (open === undefined) return true
  if (reads.campaign(open.campaign)?.station !== undefined) return false
  return campaign.overwrite && open.campaign < campaign.id && (open.state === 'queued' || open.state === 'notified')
}

/** A version that is only a step: an older continuous campaign continues from there, and this one would not undo that. */
const leadsOn = (ports: Deciding, { campaign, packages }: Scope, device: Device): boolean =>
  running(ports.reads, device).some((older) => {
    if (older.id >= campaign.id || older.module !== campaign.module) return false
    const scope = scopeOf(ports, older)
    const isMeant = packageFor(scope.packages, campaign.version)?.from.includes(campaign.version) === true
    return isMeant && packageFor(packages, older.version) === undefined && eligibility(scope, device) === 'target'
  })

/** A continuous campaign that decides about a module of the device, with its verdict. */
interface Decider {
  readonly scope: Scope
  readonly verdict: 'target' | 'skip'
}

/** For each module the newest continuous campaign that has the device as a target decides; older ones never undo its update. */
const decidersOf = (ports: Deciding, device: Device, module: string | undefined): readonly Decider[] => {
  const decided = new Map<string, Decider>()
  for (const campaign of running(ports.reads, device)) {
    if (decided.has(campaign.module) || (module !== undefined && campaign.module !== module)) continue
    const scope = scopeOf(ports, campaign)
    const verdict = eligibility(scope, device)
    if (scope.packages.length === 0 || (verdict !== 'target' && verdict !== 'skip')) continue
    if (verdict === 'skip' && leadsOn(ports, scope, device)) continue
    decided.set(campaign.module, { scope, verdict })
  }
  return [...decided.values()]
}

const deciding = (ports: Deciding, device: Device, module: string | undefined): readonly Scope[] =>
  decidersOf(ports, device, module)
    .filter(({ scope, verdict }) => verdict === 'target' && isFree(ports.reads, scope.campaign, device))
    .map(({ scope }) => scope)

/** Ended because of what the device was then, not by the result of an update. */
const isVoid = ({ state, reason }: Task): boolean => state === 'canceled' && (reason === 'device_removed' || reason === 'not_eligible')

/**
 * Whether the device runs neither what the task began from nor its target, after it had downloaded the whole image and reported no failure:
 * the image calls itself so, and would do so again.
 */
const hasOtherVersion = (task: Task, version: string | null): boolean => {
  const isOpenEnded = task.state === 'timed_out' || (task.state === 'canceled' && task.startedAt !== null && !isVoid(task))
  const isUnexplained = isOpenEnded || task.reason === 'unexpected_version'
  return isUnexplained && hasWholeImage(task) && version !== null && version !== task.from && version !== task.to
}

/** Campaigns that decide themselves, and those of stations. */
interface Others {
  readonly deciders: ReadonlySet<number>
  readonly stations: ReadonlySet<number>
}

/** Why the device is not matched (again), from its past. */
export type Spent = 'matched_enough' | 'reflashed' | 'other_version' | 'failed_from_here' | 'put_there_later'

/** Replaced by the task of a station before its turn had come: the campaign has not had the device. */
const isDisplaced = (task: Task, ofModule: readonly Task[], stations: ReadonlySet<number>): boolean => {
  const next = task.reason === 'superseded' ? ofModule.find(({ id }) => id > task.id) : undefined
  return next !== undefined && stations.has(next.campaign)
}

const spent = (device: Device, { campaign, packages }: Scope, past: readonly Task[], { deciders, stations }: Others): Spent | null => {
  const version = versionOf(device, campaign.module)
  const ofModule = past.filter((task) => task.module === campaign.module)
  const own = ofModule.filter((task) => task.campaign === campaign.id && !isDisplaced(task, ofModule, stations))
  const last = own.findLast((task) => task.newest)
  if (own.filter((task) => task.attempt === 1).length >= maxMatches) return 'matched_enough'
  if (campaign.reflash && last?.state === 'succeeded' && version === campaign.version) return 'reflashed'
  // This must not act as a retry: after a failure the device is matched only from another version than the one it failed from.
  if (last !== undefined && hasOtherVersion(last, version)) return 'other_version'
  if (last !== undefined && last.state !== 'succeeded' && !isVoid(last) && last.from === version) return 'failed_from_here'
  // Another campaign has installed a source version of this one. (That has undone what this one installed before.)
  if (own.length === 0 && version !== null && sourcesOfAll(packages).includes(version)) return null
  // A later campaign has installed the version that it runs. (A continuous one that still runs decides itself, in `deciding`; with that of a
  // station a device only begins.)
  const isLater = (other: number): boolean => other > campaign.id && !deciders.has(other) && !stations.has(other)
  const isPut = ofModule.some((task) => isLater(task.campaign) && task.state === 'succeeded' && task.to === version)
  // Old tasks are removed some day; the device's record still knows.
  const by = moduleOf(device, campaign.module)?.task
  return isPut || (by != null && isLater(by.campaign)) ? 'put_there_later' : null
}

const othersOf = (reads: Reads, device: Device): Others => {
  const stations = [...reads.campaigns()].filter(({ station }) => station !== undefined)
  return { deciders: new Set(running(reads, device).map(({ id }) => id)), stations: new Set(stations.map(({ id }) => id)) }
}

/** What keeps a running continuous campaign from matching the device, which is a target of it; null: nothing, once it reports. */
export const unmatched = (
  ports: Deciding,
  campaign: Campaign,
  device: Device,
  past: readonly Task[],
): Spent | 'busy' | { readonly newer: number } | null => {
  const [decider] = decidersOf(ports, device, campaign.module)
  if (decider !== undefined && decider.scope.campaign.id !== campaign.id) return { newer: decider.scope.campaign.id }
  if (!isFree(ports.reads, campaign, device)) return 'busy'
  return spent(device, scopeOf(ports, campaign), past, othersOf(ports.reads, device))
}

/** The phase that it was in before, if the campaign has had it already. */
const phaseAgain = (context: Part<'ports' | 'queue'>, campaign: Campaign, device: Device, past: readonly Task[]): number =>
  past.find((task) => task.campaign === campaign.id)?.phase ?? phaseOf(campaign, device, (phase) => membersIn(context, campaign, phase))

/** The ended task that counts for the device in the campaign's counts. */
const countedTask = ({ id }: Campaign, past: readonly Task[]): Task | undefined =>
  past.findLast((task) => task.campaign === id && task.newest && !isOpen(task.state))

/** Makes the tasks of continuous campaigns for the device; only that of `module`, if given. */
export const matchDevice = (context: Context, key: DeviceKey, module?: string): Promise<void> =>
  repeated(() => matchOnce(context, key, module))

const matchOnce = async (context: Context, key: DeviceKey, module: string | undefined): Promise<void> => {
  const { ports, queue } = context
  const { reads } = ports
  const device = reads.device(key)
  if (device === undefined || queue.held.has(key) || deciding(ports, device, module).length === 0) return
  const past = await pastOf(ports.queries, key)
  // Read again: the record may have changed while the past was read from disk.
  const now = reads.device(key)
  if (now === undefined || queue.held.has(key)) return
  const draft = createDraft(reads)
  const others = othersOf(reads, now)
  for (const scope of deciding(ports, now, module)) {
    const { campaign } = scope
    if (reads.waiting(campaign.id).has(key) || spent(now, scope, past, others) !== null) continue
    const open = openTaskOf(reads, key, campaign.module)
    if (open !== undefined) applyEvent(context, draft, open, { type: 'cancel', reason: 'superseded', force: false })
    const own = countedTask(campaign, past)
    const made = makeTask(ports, draft, scope, now, phaseAgain(context, campaign, now, past), own?.judged)
    // From now on the new one counts for the device: each device counts once.
    if (made !== undefined && own !== undefined) stageTask(draft, own, { ...own, newest: false })
  }
  await commit(context, draft)
}
