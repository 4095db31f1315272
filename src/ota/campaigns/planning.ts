// From a started campaign to its tasks, in steps that a restart goes on from, and without holding up the loop.

import { applyEvent } from '../memory/attempts.ts'
import type { Core, Making } from '../memory/core.ts'
import { createDraft, type Draft, stageCampaign, stageTally } from '../memory/draft.ts'
import { record } from '../memory/record.ts'
import { scopeOf } from '../memory/scope.ts'
import { type Campaign, type Device, type DeviceKey, isOpen, type Task, taskStates } from '../model.ts'
import type { Change, Queries } from '../ports/store.ts'
import { type Scope, standing } from '../rules/campaign.ts'
import { openTaskOf } from '../rules/open-task.ts'
import { phaseOf } from '../rules/phases.ts'
import { makeTask, membersIn } from './matching.ts'
import { type Candidate, survey } from './survey.ts'
import { endWaiting } from './waiting.ts'

const perStep = 100
/** Steps that are made while others are still being written: they share a sync, and fail together. */
const stepsAtOnce = 4

/** A step of work on the targets of one campaign: what it has made of them so far. */
interface Work {
  readonly draft: Draft
  readonly scope: Scope
  readonly more: Change[]
  /** Tasks and waiting targets of a phase, with those of this step. */
  readonly members: (phase: number) => number
  readonly joined: Map<number, number>
}

const createWork = (core: Core, campaign: Campaign): Work => {
  const joined = new Map<number, number>()
  const before = new Map<number, number>()
  const members = (phase: number): number => {
    const known = before.get(phase) ?? membersIn(core, campaign, phase)
    before.set(phase, known)
    return known + (joined.get(phase) ?? 0)
  }
  return { draft: createDraft(core.store), scope: scopeOf(core, campaign), more: [], members, joined }
}

/** Whether the campaign may take the place of the module's open task: never of one in progress. */
const replaces = (campaign: Campaign, open: Task): boolean =>
  campaign.overwrite && open.campaign !== campaign.id && (open.state === 'queued' || open.state === 'notified')

/** What becomes of a target: it gets its task, waits (for the module's open task, or for a step before), needs nothing, or is none. */
type Decision = 'task' | 'wait' | 'none' | 'not_eligible'

const decide = (core: Core, work: Work, device: Device, phase: number): Decision => {
  const { draft, scope } = work
  const { campaign } = scope
  const verdict = standing(scope, device)
  if (verdict === 'skip') stageTally(draft, campaign.id, 'skipped', 1)
  if (verdict !== 'target' && verdict !== 'step_first') return verdict === 'skip' ? 'none' : 'not_eligible'
  // Nothing of this device is in the draft yet: each is decided once in a step.
  const open = openTaskOf(core.store.reads, device.key, campaign.module)
  if (open?.campaign === campaign.id) return 'none'
  if (verdict === 'step_first' || (open !== undefined && !replaces(campaign, open))) return 'wait'
  if (open !== undefined) applyEvent(core, draft, open, { type: 'cancel', reason: 'superseded', force: false })
  return makeTask(core, draft, scope, device, phase) === undefined ? 'none' : 'task'
}

const join = (work: Work, phase: number): void => void work.joined.set(phase, (work.joined.get(phase) ?? 0) + 1)

const planOne = (core: Core, work: Work, device: Device): void => {
  const { campaign } = work.scope
  const phase = phaseOf(campaign, device, work.members)
  const decision = core.store.reads.waiting(campaign.id).has(device.key) ? 'none' : decide(core, work, device, phase)
  if (decision === 'none' || decision === 'not_eligible') return
  join(work, phase)
  if (decision === 'wait') {
    const value = { rev: 0, campaign: campaign.id, device: device.key, phase, since: core.now() }
    work.more.push({ put: 'waiting', value })
  }
}

/** A piece of the candidates. */
interface Piece {
  readonly candidates: readonly Candidate[]
  readonly isFirst: boolean
  readonly isLast: boolean
}

/** One step: its tasks go to disk together, with the last one that all are made. False where there is nothing to go on with. */
const step = async (core: Core, id: number, { through }: Making, { candidates, isFirst, isLast }: Piece): Promise<boolean> => {
  const campaign = core.store.reads.campaign(id)
  if (campaign === undefined || !campaign.planning || campaign.status === 'canceled') return false
  const work = createWork(core, campaign)
  // Those that an earlier run skipped are looked at again.
  const { skipped } = core.store.reads.tally(id)
  if (isFirst && skipped > 0) stageTally(work.draft, id, 'skipped', -skipped)
  for (const { key } of candidates) {
    const device = through.has(key) ? undefined : core.store.reads.device(key)
    if (device !== undefined) planOne(core, work, device)
  }
  if (isLast) stageCampaign(work.draft, { ...campaign, planning: false })
  await record(core, work.draft, work.more)
  return true
}

const endedStates = taskStates.filter((state) => !isOpen(state))

/** Notes devices that the campaign had a task for that is over: it was being made before a restart, or they came by themselves. */
const noteThrough = async (core: Core, id: number, { through }: Making): Promise<void> => {
  const tally = core.store.reads.tally(id)
  for (const state of endedStates) {
    for (let after: number | null = tally[state] === 0 ? null : 0; after !== null; ) {
      const page: Awaited<ReturnType<Queries['tasks']>> = await core.store.queries.tasks({ campaign: id, state, after, limit: 1000 })
      for (const { device } of page.items) through.add(device)
      after = page.next
    }
  }
}

const makeAll = async (core: Core, campaign: Campaign, making: Making, found: readonly Candidate[] | undefined): Promise<void> => {
  const { id } = campaign
  const candidates = found ?? (await survey(core, campaign)).candidates
  // Those that end from here on are noted as they do.
  await noteThrough(core, id, making)
  const writing: Promise<boolean>[] = []
  for (let from = 0; from === 0 || from < candidates.length; from += perStep) {
    const isLast = from + perStep >= candidates.length
    if (isLast && !(await Promise.all(writing)).every(Boolean)) return
    const next = step(core, id, making, { candidates: candidates.slice(from, from + perStep), isFirst: from === 0, isLast })
    if (isLast) await next
    next.catch(() => undefined)
    writing.push(next)
    await core.breathe()
    if (writing.length >= stepsAtOnce && (await writing.shift()) === false) return
  }
}

/** After a failed write the rest is made as soon as the disk takes it again. */
const retryMs = 5000

/**
 * Makes the tasks of a campaign, for those `found` or for a new survey's, and passes over whom it has decided about before: what it has
 * made is in the store, so it goes on after a crash wherever that was. Resolves when all are made, or the campaign was canceled meanwhile.
 */
export const plan = async (core: Core, id: number, found?: readonly Candidate[]): Promise<void> => {
  const campaign = core.store.reads.campaign(id)
  const begun = core.making.get(id)
  if (begun?.again === null) return
  if (campaign === undefined || !campaign.planning) return void core.making.delete(id)
  const making: Making = begun ?? { again: null, through: new Set(), freed: new Set() }
  making.again = null
  core.making.set(id, making)
  try {
    await makeAll(core, campaign, making, found)
  } catch (error) {
    making.again = core.now() + retryMs
    core.campaignTimers.set(id, making.again)
    throw error
  }
  core.making.delete(id)
  for (const device of making.freed) core.freed(device)
}

/** Goes on with what a failed write has interrupted, once it is time. */
export const planAgain = (core: Core, id: number): void => {
  const again = core.making.get(id)?.again ?? null
  if (again !== null && again <= core.now()) core.makeTasks(id)
}

/** Decides anew about a device that campaigns wait for, the oldest campaign first; the others go on waiting for the task that it makes. */
export const takeIn = async (core: Core, key: DeviceKey): Promise<void> => {
  const lines = [...core.store.reads.waitingOf(key)].sort((a, b) => a.campaign - b.campaign)
  for (const line of lines) {
    const campaign = core.store.reads.campaign(line.campaign)
    const device = core.store.reads.device(key)
    if (campaign === undefined || campaign.status === 'canceled') continue
    if (campaign.planning) {
      core.making.get(campaign.id)?.freed.add(key)
      continue
    }
    const work = createWork(core, campaign)
    const decision = device === undefined ? 'none' : decide(core, work, device, line.phase)
    const standing = core.store.reads.waiting(line.campaign).get(key)
    if (decision === 'wait' || standing === undefined) continue
    const ends =
      decision === 'not_eligible' ? endWaiting(core, work.draft, standing, decision) : { del: 'waiting' as const, value: standing }
    await record(core, work.draft, [ends])
    core.poke(campaign.id)
  }
}
