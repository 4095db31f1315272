// From a started campaign to its tasks, in steps that a restart goes on from, and without holding up the loop.

import { applyEvent } from './attempts.ts'
import { type Scope, standing } from './campaign.ts'
import type { Core } from './core.ts'
import { createDraft, type Draft, stageCampaign, stageTally } from './draft.ts'
import { makeTask, membersIn } from './matching.ts'
import type { Campaign, Device, DeviceKey, Planning, Task } from './model.ts'
import { phaseOf } from './phases.ts'
import type { Change } from './ports.ts'
import { record } from './record.ts'
import { scopeOf } from './scope.ts'
import { type Candidate, candidateOf, isEarlier, survey } from './survey.ts'

const perStep = 200
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

/** What becomes of a target: it gets its task, waits (for the module's open task, or for a step before), or needs nothing. */
type Decision = 'task' | 'wait' | 'none'

const decide = (core: Core, work: Work, device: Device, phase: number): Decision => {
  const { draft, scope } = work
  const { campaign } = scope
  const verdict = standing(scope, device)
  if (verdict === 'skip') stageTally(draft, campaign.id, 'skipped', 1)
  if (verdict !== 'target' && verdict !== 'step_first') return 'none'
  // Nothing of this device is in the draft yet: each is decided once in a step.
  const open = core.store.openTaskOf(device.key, campaign.module)
  if (open?.campaign === campaign.id) return 'none'
  if (verdict === 'step_first' || (open !== undefined && !replaces(campaign, open))) return 'wait'
  if (open !== undefined) applyEvent(core, draft, open, { type: 'cancel', reason: 'superseded', force: false })
  return makeTask(core, draft, scope, device, phase) === undefined ? 'none' : 'task'
}

const join = (work: Work, phase: number): void => void work.joined.set(phase, (work.joined.get(phase) ?? 0) + 1)

const planOne = (core: Core, work: Work, device: Device): void => {
  const { campaign } = work.scope
  const phase = phaseOf(campaign, device, work.members)
  const decision = core.store.waiting(campaign.id).has(device.key) ? 'none' : decide(core, work, device, phase)
  if (decision === 'none') return
  join(work, phase)
  if (decision === 'wait') {
    const value = { rev: 0, campaign: campaign.id, device: device.key, phase, since: core.now() }
    work.more.push({ put: 'waiting', value })
  }
}

/** One step: the tasks and how far it has come go to disk together. False where there is nothing to go on with. */
const step = async (core: Core, id: number, candidates: readonly Candidate[], isLast: boolean): Promise<boolean> => {
  const campaign = core.store.campaign(id)
  if (campaign === undefined || !campaign.planning || campaign.status === 'canceled') return false
  const work = createWork(core, campaign)
  for (const { key } of candidates) {
    const device = core.store.device(key)
    if (device !== undefined) planOne(core, work, device)
  }
  const planning: Planning = core.store.planning(id) ?? { rev: 0, campaign: id, after: '' }
  if (!isLast) work.more.push({ put: 'planning', value: { ...planning, after: candidates.at(-1)?.key ?? planning.after } })
  else {
    if (planning.rev > 0) work.more.push({ del: 'planning', value: planning })
    stageCampaign(work.draft, { ...campaign, planning: false })
  }
  await record(core, work.draft, work.more)
  return true
}

/** Makes the tasks of a campaign from where it stands, of those `found` or of a new survey. Resolves when all are made, or the campaign was canceled meanwhile. */
export const plan = async (core: Core, id: number, found?: readonly Candidate[]): Promise<void> => {
  const campaign = core.store.campaign(id)
  if (campaign === undefined || !campaign.planning) return
  const candidates = found ?? (await survey(core, campaign)).candidates
  const after = core.store.planning(id)?.after
  const last = after === undefined ? undefined : candidateOf(campaign, after)
  let piece: Candidate[] = []
  const writing: Promise<boolean>[] = []
  for (const candidate of candidates) {
    if (last !== undefined && !isEarlier(last, candidate)) continue
    if (piece.length === perStep) {
      const next = step(core, id, piece, false)
      next.catch(() => undefined)
      writing.push(next)
      await core.breathe()
      if (writing.length >= stepsAtOnce && (await writing.shift()) === false) return
      piece = []
    }
    piece.push(candidate)
  }
  if ((await Promise.all(writing)).every(Boolean)) await step(core, id, piece, true)
}

/** Decides anew about a device that campaigns wait for, the oldest campaign first; the others go on waiting for the task that it makes. */
export const takeIn = async (core: Core, key: DeviceKey): Promise<void> => {
  const lines = [...core.store.waitingOf(key)].sort((a, b) => a.campaign - b.campaign)
  for (const line of lines) {
    const campaign = core.store.campaign(line.campaign)
    const device = core.store.device(key)
    if (campaign === undefined || campaign.planning || campaign.status === 'canceled') continue
    const work = createWork(core, campaign)
    const decision = device === undefined ? 'none' : decide(core, work, device, line.phase)
    const standing = core.store.waiting(line.campaign).get(key)
    if (decision === 'wait' || standing === undefined) continue
    await record(core, work.draft, [{ del: 'waiting', value: standing }])
    core.poke(campaign.id)
  }
}
