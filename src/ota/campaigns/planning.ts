// From a started campaign to its tasks, in steps from which a restart continues, without blocking the event loop.

import { type Campaign, type Device, type DeviceKey, isOpen, type Task, taskStates } from '../model.ts'
import type { Change, Queries, Reads } from '../ports/store.ts'
import { eligibility, type Scope } from '../rules/eligibility.ts'
import { openTaskOf } from '../rules/open-task.ts'
import { phaseOf } from '../rules/phases.ts'
import { applyEvent } from '../state/attempts.ts'
import { commit } from '../state/commit.ts'
import type { Context, Part, Ports } from '../state/context.ts'
import { createDraft, type Draft, stageCampaign, stageTally } from '../state/draft.ts'
import type { Planning } from '../state/queue.ts'
import { scopeOf } from '../state/scope.ts'
import { makeTask, membersIn } from './matching.ts'
import { endOfSilentGateway } from './silent-gateways.ts'
import { type Candidate, survey } from './survey.ts'
import { endWaiting } from './waiting.ts'

const perStep = 100
/** Steps that run while others are still being written: they share a sync, and fail together. */
const stepsAtOnce = 4

/** A step of work on the targets of one campaign, and what it has created so far. */
interface Work {
  readonly draft: Draft
  readonly scope: Scope
  readonly more: Change[]
  /** Tasks and waiting targets of a phase, with those of this step. */
  readonly members: (phase: number) => number
  readonly joined: Map<number, number>
}

const createWork = (context: Part<'ports' | 'queue'>, campaign: Campaign): Work => {
  const joined = new Map<number, number>()
  const before = new Map<number, number>()
  const members = (phase: number): number => {
    const known = before.get(phase) ?? membersIn(context, campaign, phase)
    before.set(phase, known)
    return known + (joined.get(phase) ?? 0)
  }
  return { draft: createDraft(context.ports.reads), scope: scopeOf(context.ports, campaign), more: [], members, joined }
}

/** Whether the campaign may replace the module's open task: never one in progress, nor that of a station. */
const replaces = (reads: Pick<Reads, 'campaign'>, campaign: Campaign, open: Task): boolean =>
  campaign.overwrite &&
  open.campaign !== campaign.id &&
  (open.state === 'queued' || open.state === 'notified') &&
  reads.campaign(open.campaign)?.station === undefined

/** The decision about a target: it gets its task, waits (for the module's open task, or for a step), needs nothing, or is no target. */
type Decision = 'task' | 'wait' | 'none' | 'not_eligible'

const decide = (context: Part<'ports' | 'connections' | 'clocks'>, work: Work, device: Device, phase: number): Decision => {
  const { ports } = context
  const { draft, scope } = work
  const { campaign } = scope
  const verdict = eligibility(scope, device)
  if (verdict === 'skip') stageTally(draft, campaign.id, 'skipped', 1)
  if (verdict !== 'target' && verdict !== 'step_first') return verdict === 'skip' ? 'none' : 'not_eligible'
  // The draft holds nothing of this device yet: each is decided once in a step.
  const open = openTaskOf(ports.reads, device.key, campaign.module)
  if (open?.campaign === campaign.id) return 'none'
  if (verdict === 'step_first' || (open !== undefined && !replaces(ports.reads, campaign, open))) return 'wait'
  if (open !== undefined) applyEvent(context, draft, open, { type: 'cancel', reason: 'superseded', force: false })
  return makeTask(ports, draft, scope, device, phase) === undefined ? 'none' : 'task'
}

const join = (work: Work, phase: number): void => void work.joined.set(phase, (work.joined.get(phase) ?? 0) + 1)

const planOne = (context: Part<'ports' | 'connections' | 'clocks'>, work: Work, device: Device): void => {
  const { campaign } = work.scope
  const phase = phaseOf(campaign, device, work.members)
  const decision = context.ports.reads.waiting(campaign.id).has(device.key) ? 'none' : decide(context, work, device, phase)
  if (decision === 'none' || decision === 'not_eligible') return
  join(work, phase)
  if (decision === 'wait') {
    const value = { rev: 0, campaign: campaign.id, device: device.key, phase, since: context.ports.now() }
    work.more.push({ put: 'waiting', value })
  }
}

/** A piece of the candidates. */
interface Piece {
  readonly candidates: readonly Candidate[]
  readonly isFirst: boolean
  readonly isLast: boolean
}

/** One step: its tasks go to disk together, the last step with the note that all are created. False if there is nothing to continue with. */
const step = async (context: Context, id: number, { through }: Planning, { candidates, isFirst, isLast }: Piece): Promise<boolean> => {
  const { reads } = context.ports
  const campaign = reads.campaign(id)
  // A server that stops continues at its next start.
  if (context.clocks.stopping || campaign === undefined || !campaign.planning || campaign.status === 'canceled') return false
  const work = createWork(context, campaign)
  // Devices that an earlier run skipped are decided again.
  const { skipped } = reads.tally(id)
  if (isFirst && skipped > 0) stageTally(work.draft, id, 'skipped', -skipped)
  for (const { key } of candidates) {
    const device = through.has(key) ? undefined : reads.device(key)
    if (device !== undefined) planOne(context, work, device)
  }
  if (isLast) stageCampaign(work.draft, { ...campaign, planning: false })
  await commit(context, work.draft, work.more)
  return true
}

const endedStates = taskStates.filter((state) => !isOpen(state))

/** Notes devices whose task of the campaign has ended: it was created before a restart, or at the device's request. */
const noteThrough = async ({ reads, queries }: Ports, id: number, { through }: Planning): Promise<void> => {
  const tally = reads.tally(id)
  for (const state of endedStates) {
    for (let after: number | null = tally[state] === 0 ? null : 0; after !== null; ) {
      const page: Awaited<ReturnType<Queries['tasks']>> = await queries.tasks({ campaign: id, state, after, limit: 1000 })
      for (const { device } of page.items) through.add(device)
      after = page.next
    }
  }
}

const makeAll = async (
  context: Context,
  campaign: Campaign,
  planning: Planning,
  found: readonly Candidate[] | undefined,
): Promise<void> => {
  const { ports } = context
  const { id } = campaign
  const candidates = found ?? (await survey(ports, campaign)).candidates
  // Tasks that end from here on are noted when they do.
  await noteThrough(ports, id, planning)
  const writing: Promise<boolean>[] = []
  for (let from = 0; from === 0 || from < candidates.length; from += perStep) {
    const isLast = from + perStep >= candidates.length
    if (isLast && !(await Promise.all(writing)).every(Boolean)) return
    const next = step(context, id, planning, { candidates: candidates.slice(from, from + perStep), isFirst: from === 0, isLast })
    if (isLast) await next
    next.catch(() => undefined)
    writing.push(next)
    await ports.breathe()
    if (writing.length >= stepsAtOnce && (await writing.shift()) === false) return
  }
}

/** After a failed write the rest is created as soon as the disk accepts writes again. */
const retryMs = 5000

/**
 * Creates the tasks of a campaign, for those `found` or by a new survey, and skips devices that were decided before: what was created is in
 * the store, so it continues after a crash from any point. Resolves when all are created, or the campaign was canceled meanwhile.
 */
export const plan = async (context: Context, id: number, found?: readonly Candidate[]): Promise<void> => {
  const { ports, queue, clocks, wake } = context
  const campaign = ports.reads.campaign(id)
  const begun = queue.plans.get(id)
  if (begun?.again === null) return
  if (campaign === undefined || !campaign.planning) return void queue.plans.delete(id)
  const planning: Planning = begun ?? { again: null, through: new Set(), freed: new Set() }
  planning.again = null
  queue.plans.set(id, planning)
  try {
    await makeAll(context, campaign, planning, found)
  } catch (error) {
    planning.again = ports.now() + retryMs
    clocks.campaigns.set(id, planning.again)
    throw error
  }
  queue.plans.delete(id)
  for (const device of planning.freed) wake.decide(device)
}

/** Continues what a failed write has interrupted, when it is time. */
export const planAgain = ({ ports, queue, wake }: Part<'ports' | 'queue' | 'wake'>, id: number): void => {
  const again = queue.plans.get(id)?.again ?? null
  if (again !== null && again <= ports.now()) wake.plan(id)
}

/** Decides again about a device that waits for campaigns, the oldest first; the others continue to wait, for its task. */
export const takeIn = async (context: Context, key: DeviceKey): Promise<void> => {
  const { ports, queue, wake } = context
  await endOfSilentGateway(context, key)
  const { reads } = ports
  const waits = [...reads.waitingOf(key)].sort((a, b) => a.campaign - b.campaign)
  for (const { campaign: id, phase } of waits) {
    const campaign = reads.campaign(id)
    const device = reads.device(key)
    if (campaign === undefined || campaign.status === 'canceled') continue
    if (campaign.planning) {
      queue.plans.get(id)?.freed.add(key)
      continue
    }
    const work = createWork(context, campaign)
    const decision = device === undefined ? 'none' : decide(context, work, device, phase)
    const waiting = reads.waiting(id).get(key)
    if (decision === 'wait' || waiting === undefined) continue
    const ends =
      decision === 'not_eligible' ? endWaiting(ports, work.draft, waiting, decision) : { del: 'waiting' as const, value: waiting }
    await commit(context, work.draft, [ends])
    wake.turn(id)
  }
}
