// Which changes of records are alerts, and what is said of them. Fields have the names that they have in the API. Pure: knows no webhook.

import { randomUUID } from 'node:crypto'
import type { Campaign, Task } from '../ota/model.ts'
import type { Reads, Table, Tables } from '../ota/ports/store.ts'
import { abortSentence } from '../ota/rules/abort.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import { runJson } from '../station/run-json.ts'
import type { Run } from '../station/run-model.ts'
import type { AlertData, AlertEvent } from './alert-event.ts'

/** An alert, and the product that it is about; null: none. */
export interface Alert {
  readonly event: AlertEvent
  readonly product: string | null
}

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

const taskData = (task: Task, name: string): AlertData => ({
  id: String(task.id),
  campaign: String(task.campaign),
  campaignName: name,
  device: task.device,
  module: task.module,
  firmware: String(task.firmware),
  from: task.from,
  to: task.to,
  state: task.state,
  reason: task.reason,
  code: task.code,
  desc: task.desc,
  step: task.step,
  attempt: task.attempt,
  willRetry: !task.newest,
  bytes: task.bytes,
  size: task.size,
  createdAt: iso(task.createdAt),
  endedAt: iso(task.endedAt),
})

const campaignData = (reads: Reads, campaign: Campaign): AlertData => ({
  id: String(campaign.id),
  name: campaign.name,
  status: campaign.status,
  reason: campaign.reason,
  lastStep: campaign.lastStep == null ? null : { ...campaign.lastStep, at: iso(campaign.lastStep.at) },
  firmware: String(campaign.firmware),
  product: campaign.product,
  module: campaign.module,
  version: campaign.version,
  phase: campaign.phase === null ? null : campaign.phase.index + 1,
  phases: campaign.phases.length,
  counts: { ...reads.tally(campaign.id) },
  startedAt: iso(campaign.startedAt),
  endedAt: iso(campaign.endedAt),
})

const asText = (text: string): Sentence => sentence('as_text', { text })

const pausedBy = ({ lastStep }: Campaign): Sentence =>
  lastStep?.step === 'pause'
    ? sentence('webhook_paused_by', { kind: lastStep.kind, by: lastStep.by })
    : sentence('webhook_paused_by_operator')

const whyPaused = (campaign: Campaign): Sentence => {
  const { reason, fired, phase, firmware, faultyFirmware = firmware } = campaign
  if (reason === 'operator' || reason === null) return pausedBy(campaign)
  if (fired !== null)
    return sentence('campaign_abort_rules', {
      rules: [abortSentence(fired, campaign.resumedAt === undefined ? null : iso(campaign.resumedAt))],
    })
  if (reason === 'phase_failed') return sentence('webhook_phase_failed', { phase: (phase?.index ?? 0) + 1 })
  if (reason.startsWith('image_')) return sentence('campaign_image_faulty', { firmware: String(faultyFirmware), fault: reason })
  return asText(reason)
}

const endSentence = (reads: Reads, { id, name, status }: Campaign): Sentence => {
  const { succeeded, failed, timed_out, rejected } = reads.tally(id)
  return sentence('webhook_campaign_ended', { campaign: String(id), name, status, succeeded, failed: failed + timed_out + rejected })
}

const ended: ReadonlySet<string | undefined> = new Set(['completed', 'canceled'])

const newAlert = (type: string, at: number, said: Sentence, data: AlertData, product: string | null): Alert => ({
  event: { id: randomUUID(), type, at, said, data },
  product,
})

const ofCampaign = (before: Campaign | undefined, after: Campaign, reads: Reads, now: number): Alert | null => {
  const { id, name, status, product } = after
  if (status === before?.status) return null
  if (status === 'paused') {
    const said = sentence('webhook_campaign_paused', { campaign: String(id), name, why: whyPaused(after) })
    return newAlert('campaign.paused', now, said, campaignData(reads, after), product)
  }
  if (!ended.has(status)) return null
  return newAlert('campaign.ended', after.endedAt ?? now, endSentence(reads, after), campaignData(reads, after), product)
}

const failures: ReadonlySet<string> = new Set(['failed', 'timed_out', 'rejected'])

const ofTask = (before: Task | undefined, task: Task, reads: Reads, now: number): Alert | null => {
  if (!failures.has(task.state) || before?.state === task.state) return null
  const { device, module, to, id, campaign } = task
  const said = task.history.at(-1)?.said ?? task.reason ?? task.state
  const why = typeof said === 'string' ? asText(said) : said
  const alert = sentence('webhook_task_failed', { task: String(id), campaign: String(campaign), device, module, version: to, why })
  const data = taskData(task, reads.campaign(campaign)?.name ?? '')
  return newAlert('task.failed', task.endedAt ?? now, alert, data, device.slice(0, device.indexOf('/')))
}

/** The alert that a change of a record is; null: it is none. */
export const alertOf = <T extends Table>(
  table: T,
  before: Tables[T] | undefined,
  after: Tables[T] | undefined,
  reads: Reads,
  now: number,
): Alert | null => {
  if (after === undefined) return null
  if (table === 'task') return ofTask(before as Task | undefined, after as Task, reads, now)
  return table === 'campaign' ? ofCampaign(before as Campaign | undefined, after as Campaign, reads, now) : null
}

/** The end of a test run, whole. */
export const runAlert = (run: Run, now: number): Alert => {
  const { id, serial, product, process, attempt, outcome, said: why } = run
  const said = sentence('webhook_run_ended', { run: String(id), serial, product, process, attempt, outcome, why })
  return { event: { id: `run-${id}`, type: 'run.ended', at: run.endedAt ?? now, said, data: runJson(run) }, product }
}

/** `why`: how the store fails, with the directory. */
export const storeAlert = (why: Sentence, now: number): Alert => newAlert('store.failed', now, why, {}, null)

export const contendedAlert = (device: string, addresses: string, now: number): Alert => {
  const said = sentence('webhook_device_contended', { device, addresses })
  return newAlert('device.contended', now, said, { device, addresses: addresses.split(', ') }, device.slice(0, device.indexOf('/')))
}

export const testAlert = (name: string, now: number): Alert => newAlert('test', now, sentence('webhook_test', { name }), {}, null)
