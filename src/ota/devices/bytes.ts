// Bytes that went out by a task's link: counted in memory, stored with the task's next change, and as its first and last sign.

import { applyEvent } from '../memory/attempts.ts'
import type { Core } from '../memory/core.ts'
import { createDraft, type Draft, draftTask } from '../memory/draft.ts'
import { record } from '../memory/record.ts'
import { isOpen, type Task } from '../model.ts'
import type { Grant, Served } from '../ports/downloads.ts'
import { moduleOf } from '../rules/campaign.ts'

/** While a download goes on, its bytes reach the disk this often at least. */
const storeEvery = 30_000

/** First byte, all arrived, begun anew after that: these the task must know at once; and all of a reflash, which proves what is reported. */
const isNews = (core: Core, task: Task, report: Served): boolean => {
  if (task.reflash && report.bytes >= task.size && task.bytes < task.size) return true
  if (task.state !== 'in_progress' || core.now() - (task.signAt ?? 0) >= storeEvery) return true
  return report.complete ? task.completeAt === null : task.completeAt !== null && task.step !== 100 && report.bytes < task.size
}

/** A report of the version that came after the last byte, but was heard before the count of it: only now is it known to prove something. */
const proveAgain = (core: Core, draft: Draft, id: number, at: number): void => {
  const task = draftTask(draft, id)
  const device = task && core.store.reads.device(task.device)
  const module = device && moduleOf(device, task.module)
  if (task?.state !== 'in_progress' || !task.reflash || task.bytes < task.size || module?.version !== task.to) return
  if (module.reportedAt > at) applyEvent(core, draft, task, { type: 'version', version: task.to, since: at })
}

/** `DownloadSide.served`. */
export const served = async (core: Core, report: Served): Promise<void> => {
  const task = core.store.reads.openTask(report.task)
  if (task === undefined) return
  core.sessions.seen(task.device, core.now())
  const gateway = core.index.gatewayOf(task.device)
  if (gateway !== null) core.gatewaySigns.set(gateway, core.now())
  const at = core.now() - report.quietMs
  if (isNews(core, task, report)) {
    core.live.delete(task.id)
    const draft = createDraft(core.store)
    applyEvent(core, draft, task, { type: 'fetched', bytes: report.bytes, complete: report.complete, sure: report.sure, at })
    proveAgain(core, draft, task.id, at)
    return record(core, draft)
  }
  core.live.set(task.id, { bytes: report.bytes, signAt: at })
  core.events.emit({ type: 'task', task })
}

/** `DownloadSide.grant`: valid while the task is open and `linkSeconds` after; gone from a cancel on (protocol.md §3). */
export const grant = async (core: Core, id: number): Promise<Grant | undefined> => {
  const task = core.store.reads.openTask(id) ?? (await core.store.queries.task(id))
  const firmware = task && core.store.reads.firmware(task.firmware)
  if (task === undefined || firmware === undefined) return undefined
  const until = isOpen(task.state) ? null : (task.endedAt ?? 0) + core.settings.linkSeconds * 1000
  const bytes = core.live.get(id)?.bytes ?? task.bytes
  return { task: id, sha256: firmware.sha256, size: firmware.size, gone: task.state === 'canceled', until, bytes }
}
