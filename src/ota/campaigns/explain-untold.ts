// Why a device that a campaign is for has no task of it now: what it waits for, or how it ended. In words, by the functions that decide.

import type { Core } from '../memory/core.ts'
import { type Campaign, type Device, isOpen, type Task } from '../model.ts'
import { type Scope, type Standing, stepsFor, versionOf } from '../rules/campaign.ts'
import { firstStep, sourcesOfAll } from '../rules/chains.ts'
import { openTaskOf } from '../rules/open-task.ts'
import { maxMatches, unmatched } from './matching.ts'

export interface Said {
  readonly text: string
  readonly reason: string
  /** The task that it is about. */
  readonly task: Task | null
}

const when = (at: number | null): string => (at === null ? 'never' : new Date(at).toISOString())

/** `task 9 of campaign 5 failed (verify_error, step -3, "md5 differs") at 2026-03-01T12:00:00.000Z`. */
export const endText = (task: Task): string => {
  const words = [task.reason ?? '', task.code === null ? '' : `step ${task.code}`, task.desc === null ? '' : JSON.stringify(task.desc)]
  const why = words.filter((word) => word !== '' && word !== '""').join(', ')
  const tries = task.attempt === 1 ? '' : ` at attempt ${task.attempt}`
  const ended = `task ${task.id} of campaign ${task.campaign} ${task.state.replace('_', ' ')}`
  return `${ended}${why === '' ? '' : ` (${why})`}${tries} at ${when(task.endedAt ?? task.createdAt)}`
}

const again = ({ state, campaign }: Task): string =>
  state === 'succeeded' || state === 'canceled' ? '' : `; \`fogbell campaign retry ${campaign}\` makes another attempt of what failed`

/** How the last task of those ended that the device had. */
const lastEnded = (past: readonly Task[], of: (task: Task) => boolean): Task | null =>
  past.findLast((task) => task.newest && !isOpen(task.state) && of(task)) ?? null

/** What the device waits for where another campaign must take it a step further first. */
const stepText = (core: Core, scope: Scope, device: Device, past: readonly Task[]): Said => {
  const version = versionOf(device, scope.campaign.module)
  const step = firstStep(version, sourcesOfAll(scope.packages), stepsFor(scope, device))
  if (step === undefined) return { text: 'waits in line for a step that another campaign offers', reason: 'busy', task: null }
  const { campaign, to } = step
  const open = openTaskOf(core.store.reads, device.key, scope.campaign.module)
  const first = `takes the step to ${to} of campaign ${campaign} first`
  if (open !== undefined)
    return { text: `${first}: task ${open.id} of campaign ${open.campaign} is ${open.state.replace('_', ' ')}`, reason: 'busy', task: null }
  const last = lastEnded(past, (task) => task.campaign === campaign && task.state !== 'succeeded' && task.from === version)
  if (last !== null)
    return { text: `${first}, and that goes no further by itself: ${endText(last)}${again(last)}`, reason: 'step', task: last }
  const other = core.store.reads.campaign(campaign)
  return { text: `${first}, which has no task for it yet${other?.status === 'paused' ? ': it is paused' : ''}`, reason: 'step', task: null }
}

/** Of a continuous campaign that runs: what keeps it from taking the device in (again). */
const unmatchedText = (core: Core, campaign: Campaign, device: Device, past: readonly Task[], own: Task | null): Said => {
  const found = unmatched(core, campaign, device, past)
  const ended = own === null ? '' : `: ${endText(own)}`
  if (typeof found === 'object' && found !== null)
    return { text: `campaign ${found.newer}, which is newer and continuous, decides about this module`, reason: 'newer', task: own }
  switch (found) {
    case 'busy': {
      const open = openTaskOf(core.store.reads, device.key, campaign.module)
      return {
        text: `its module has open task ${open?.id} of campaign ${open?.campaign}: decided when that has ended`,
        reason: 'busy',
        task: null,
      }
    }
    case 'matched_enough':
      return { text: `matched ${maxMatches} times of ${maxMatches}, and not again by itself${ended}`, reason: 'ended', task: own }
    case 'reflashed':
      return { text: `has been updated once${ended}`, reason: 'ended', task: own }
    case 'failed_from_here':
      return {
        text: own === null ? 'ended from this very version' : `${endText(own)}; not matched again from that version${again(own)}`,
        reason: 'ended',
        task: own,
      }
    case 'put_there_later':
      return { text: 'a later campaign has put it on the version that it runs, which is not undone by itself', reason: 'newer', task: own }
    case null:
      return { text: `taken in when it next reports its version, or connects and says nothing${ended}`, reason: 'not_reported', task: own }
  }
}

const statusText = (campaign: Campaign): string => {
  const { id, status, reason, schedule } = campaign
  if (status === 'draft') return `the campaign is a draft: \`fogbell campaign start ${id}\` starts it`
  if (status === 'scheduled') return `the campaign starts at ${when(schedule.startAt)}`
  return `the campaign is ${status}${reason === null ? '' : ` (${reason})`}`
}

/** `found`: what the device is to the campaign, a target or one after a step. `past`: its tasks, all attempts, oldest first. */
export const untoldText = (core: Core, scope: Scope, device: Device, found: Standing, past: readonly Task[]): Said => {
  const { campaign } = scope
  if (found === 'step_first' && campaign.status !== 'draft' && campaign.status !== 'scheduled') return stepText(core, scope, device, past)
  if (core.store.reads.waiting(campaign.id).has(device.key)) {
    const open = openTaskOf(core.store.reads, device.key, campaign.module)
    const text =
      open === undefined
        ? 'is decided about this instant'
        : `waits in line: its module has open task ${open.id} of campaign ${open.campaign}`
    return { text, reason: 'busy', task: null }
  }
  if (campaign.planning) return { text: 'its tasks are being made', reason: 'planning', task: null }
  const own = lastEnded(past, (task) => task.campaign === campaign.id && task.module === campaign.module)
  if (campaign.status === 'running' && campaign.target.continuous) return unmatchedText(core, campaign, device, past, own)
  if (campaign.status !== 'running')
    return { text: own === null ? statusText(campaign) : `${statusText(campaign)}; ${endText(own)}`, reason: campaign.status, task: own }
  if (own !== null) return { text: `${endText(own)}${again(own)}`, reason: 'ended', task: own }
  const text = `the campaign took its targets when it started, at ${when(campaign.startedAt)}: the device was none of them then`
  return { text, reason: 'late', task: null }
}

/** That no campaign is under way, and what the last one did. */
export const noCampaign = (device: Device, module: string | undefined, past: readonly Task[]): Said => {
  const last = lastEnded(past, (task) => module === undefined || task.module === module)
  const none = `no campaign for product ${device.product}${module === undefined ? '' : ` and module ${module}`} is under way`
  return { text: last === null ? none : `${none}; the last one: ${endText(last)}`, reason: 'campaigns', task: last }
}
