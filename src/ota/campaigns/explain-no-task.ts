// Why a target of a campaign has no task now: what it waits for, or how its task ended. Uses the functions that decide.

import { type Sentence, sentence } from '../../sentences/sentence.ts'
import { type Campaign, type Device, isOpen, type Task } from '../model.ts'
import type { Reads } from '../ports/store.ts'
import { firstStep, sourcesOfAll } from '../rules/chains.ts'
import { type Eligibility, type Scope, stepsFor, versionOf } from '../rules/eligibility.ts'
import { openTaskOf } from '../rules/open-task.ts'
import type { Deciding } from '../state/scope.ts'
import { maxMatches, unmatched } from './matching.ts'
import { statusSentence, timeOf } from './times.ts'

export interface Explanation {
  readonly said: Sentence
  readonly reason: string
  /** The task in question. */
  readonly task: Task | null
}

/** Reason, raw step and the device's own words, where there are any. */
const endDetails = ({ reason, code, desc, to }: Task): readonly Sentence[] => [
  ...(reason === null ? [] : [sentence('end_reason', { reason })]),
  ...(code === null ? [] : [sentence('end_step', { code })]),
  ...(desc === null || desc === ''
    ? []
    : [
        reason === 'unexpected_version'
          ? sentence('end_other_version', { version: desc, to })
          : sentence('end_words', { words: JSON.stringify(desc) }),
      ]),
]

/** How the task ended, such as `task 9 of campaign 5 failed (verify_error; step -3; "md5 differs") at 2026-03-01T12:00:00.000Z`. */
const endSentence = (task: Task): Sentence => {
  const details = endDetails(task)
  const { id, campaign, state, attempt, endedAt, createdAt } = task
  const params = { task: String(id), campaign: String(campaign), state, attempt, at: timeOf(endedAt ?? createdAt) }
  return details.length === 0 ? sentence('task_ended', params) : sentence('task_ended_because', { ...params, details })
}

/** How it ended, and the command for another attempt if that needs an operator. */
const endAndRetry = (task: Task): Sentence =>
  task.state === 'succeeded' || task.state === 'canceled'
    ? endSentence(task)
    : sentence('ended_retry', { ended: endSentence(task), campaign: String(task.campaign), device: task.device })

/** The last task of the device, if it has ended. */
const lastEnded = (past: readonly Task[], of: (task: Task) => boolean): Task | null =>
  past.findLast((task) => task.newest && !isOpen(task.state) && of(task)) ?? null

/** What the device waits for if another campaign must update it to a step first. */
const stepExplanation = (reads: Reads, scope: Scope, device: Device, past: readonly Task[]): Explanation => {
  const version = versionOf(device, scope.campaign.module)
  const step = firstStep(version, sourcesOfAll(scope.packages), stepsFor(scope, device))
  if (step === undefined) return { said: sentence('step_of_another'), reason: 'busy', task: null }
  const { campaign, to } = step
  const first = { to, campaign: String(campaign) }
  const open = openTaskOf(reads, device.key, scope.campaign.module)
  if (open !== undefined)
    return {
      said: sentence('step_open', { ...first, task: String(open.id), taskCampaign: String(open.campaign), state: open.state }),
      reason: 'busy',
      task: null,
    }
  const last = lastEnded(past, (task) => task.campaign === campaign && task.state !== 'succeeded' && task.from === version)
  if (last !== null) return { said: sentence('step_ended', { ...first, ended: endAndRetry(last) }), reason: 'step', task: last }
  const isPaused = reads.campaign(campaign)?.status === 'paused'
  return { said: sentence(isPaused ? 'step_paused' : 'step_no_task', first), reason: 'step', task: null }
}

/** `said`, and how the campaign's last task for the device ended, if it had one. */
const withEnd = (said: Sentence, own: Task | null): Sentence =>
  own === null ? said : sentence('with_end', { said, ended: endSentence(own) })

const busyExplanation = (reads: Reads, campaign: Campaign, device: Device, code: 'module_busy' | 'queued_behind'): Explanation => {
  const open = openTaskOf(reads, device.key, campaign.module)
  const said = open === undefined ? sentence('decided_now') : sentence(code, { task: String(open.id), campaign: String(open.campaign) })
  return { said, reason: 'busy', task: null }
}

/** For a running continuous campaign: what keeps it from matching the device (again). */
const unmatchedExplanation = (
  ports: Deciding,
  campaign: Campaign,
  device: Device,
  past: readonly Task[],
  own: Task | null,
): Explanation => {
  const found = unmatched(ports, campaign, device, past)
  if (typeof found === 'object' && found !== null)
    return { said: sentence('newer_campaign_decides', { campaign: String(found.newer) }), reason: 'newer', task: own }
  switch (found) {
    case 'busy':
      return busyExplanation(ports.reads, campaign, device, 'module_busy')
    case 'matched_enough':
      return { said: withEnd(sentence('matched_enough', { times: maxMatches }), own), reason: 'ended', task: own }
    case 'reflashed':
      return { said: withEnd(sentence('reflashed_once'), own), reason: 'ended', task: own }
    case 'other_version':
      return {
        said: withEnd(sentence('image_calls_itself', { version: versionOf(device, campaign.module), to: campaign.version }), own),
        reason: 'ended',
        task: own,
      }
    case 'failed_from_here': {
      const said =
        own === null
          ? sentence('ended_from_this_version')
          : sentence('not_matched_again', { ended: endSentence(own), campaign: String(own.campaign), device: own.device, state: own.state })
      return { said, reason: 'ended', task: own }
    }
    case 'put_there_later':
      return { said: sentence('later_campaign_installed'), reason: 'newer', task: own }
    case null:
      return { said: withEnd(sentence('matched_at_next_report'), own), reason: 'not_reported', task: own }
  }
}

const statusOf = (campaign: Campaign): Sentence => {
  const { id, status, schedule } = campaign
  if (status === 'draft') return sentence('campaign_is_draft', { campaign: String(id) })
  if (status === 'scheduled') return sentence('starts_later', { at: timeOf(schedule.startAt) })
  return statusSentence(campaign)
}

/** A failure stands first: that the campaign runs again would not help the device. */
const statusAndEnd = (campaign: Campaign, own: Task): Sentence =>
  own.state === 'succeeded' || own.state === 'canceled'
    ? sentence('status_and_end', { status: statusOf(campaign), ended: endSentence(own) })
    : sentence('end_and_status', { ended: endAndRetry(own), status: sentence('campaign_status', { status: campaign.status }) })

/** `found`: whether the device is a target, or is one after a step. `past`: its tasks, all attempts, oldest first. */
export const noTaskExplanation = (
  ports: Deciding,
  scope: Scope,
  device: Device,
  found: Eligibility,
  past: readonly Task[],
): Explanation => {
  const { reads } = ports
  const { campaign } = scope
  const { status, module } = campaign
  if (found === 'step_first' && status !== 'draft' && status !== 'scheduled') return stepExplanation(reads, scope, device, past)
  if (reads.waiting(campaign.id).has(device.key)) return busyExplanation(reads, campaign, device, 'queued_behind')
  if (campaign.planning) return { said: sentence('tasks_being_made'), reason: 'planning', task: null }
  const own = lastEnded(past, (task) => task.campaign === campaign.id && task.module === module)
  if (status === 'running' && campaign.target.continuous) return unmatchedExplanation(ports, campaign, device, past, own)
  if (status !== 'running') {
    return { said: own === null ? statusOf(campaign) : statusAndEnd(campaign, own), reason: status, task: own }
  }
  if (own !== null) return { said: endAndRetry(own), reason: 'ended', task: own }
  return { said: sentence('came_after_start', { at: timeOf(campaign.startedAt) }), reason: 'late', task: null }
}

/** No campaign is under way, and what the last one did. */
export const noCampaign = (device: Device, module: string | undefined, past: readonly Task[]): Explanation => {
  const last = lastEnded(past, (task) => module === undefined || task.module === module)
  const { product } = device
  const none = module === undefined ? sentence('no_campaign', { product }) : sentence('no_campaign_of_module', { product, module })
  const said = last === null ? none : sentence('and_the_last_one', { none, ended: endSentence(last) })
  return { said, reason: 'campaigns', task: last }
}
