// Bytes that were sent by a task's link: counted in memory, and stored with the task's next change and as its first and last sign of life.

import { isOpen, type Task } from '../model.ts'
import type { Grant, Served } from '../ports/downloads.ts'
import { moduleOf } from '../rules/eligibility.ts'
import { applyEvent } from '../state/attempts.ts'
import { commit } from '../state/commit.ts'
import type { Part, Ports } from '../state/context.ts'
import { createDraft, type Draft, draftTask, stageMark } from '../state/draft.ts'
import type { Signs } from '../state/signs.ts'

/** While a download continues, its bytes reach the disk at least this often (ms). */
const storeEvery = 30_000

/**
 * These must be recorded at once: the first byte, all arrived, started again after that; and all bytes of a reflash, which prove a report.
 */
const isNews = (task: Task, report: Served, now: number): boolean => {
  if (task.reflash && report.bytes >= task.size && task.bytes < task.size) return true
  if (task.state !== 'in_progress' || now - (task.signAt ?? 0) >= storeEvery) return true
  return report.complete ? task.completeAt === null : task.completeAt !== null && task.step !== 100 && report.bytes < task.size
}

/** How late it may be counted that the last byte was sent (ms): by then its device may have reported. */
const countedLateMs = 250

type Serving = Part<'ports' | 'connections' | 'queue' | 'clocks' | 'wake'>

/** A version report that came after the last byte, but before that byte was counted: only now is it known to prove something. */
const proveAgain = (context: Part<'ports' | 'connections' | 'clocks'>, draft: Draft, id: number, at: number): void => {
  const task = draftTask(draft, id)
  const device = task && context.ports.reads.device(task.device)
  const module = device && moduleOf(device, task.module)
  if (task?.state !== 'in_progress' || !task.reflash || task.bytes < task.size || module?.version !== task.to) return
  // What it reported before the offer proves nothing, however soon the image was fetched.
  const proves = module.reportedAt > Math.max(task.notifiedAt ?? at, task.slotAt ?? 0) && module.reportedAt > at - countedLateMs
  if (proves) applyEvent(context, draft, task, { type: 'version', version: task.to, since: at })
}

/** `DownloadSide.served`. */
export const served = async (context: Serving, report: Served): Promise<void> => {
  const { ports, connections } = context
  const { families, signs } = connections
  const now = ports.now()
  const task = ports.reads.openTask(report.task)
  if (task === undefined) return
  const family = families.familyOf(task.device)
  const at = now - report.quietMs
  const mark = (): void => {
    connections.seen(task.device, now)
    if (family !== null) signs.noteFamily(family, now)
  }
  if (!isNews(task, report, now)) {
    mark()
    signs.note(task.id, { bytes: report.bytes, signAt: at })
    context.queue.places.counted(task.id)
    return ports.events.emit({ type: 'task', task })
  }
  const draft = createDraft(ports.reads)
  // The report replaces what was counted in memory.
  const counted = signs.of(task.id)
  signs.forget(task.id)
  applyEvent(context, draft, task, { type: 'fetched', bytes: report.bytes, complete: report.complete, sure: report.sure, at })
  proveAgain(context, draft, task.id, at)
  stageMark(draft, mark)
  try {
    await commit(context, draft)
  } catch (error) {
    if (counted !== undefined && signs.of(task.id) === undefined) signs.note(task.id, counted)
    throw error
  }
}

/** `DownloadSide.grant`: valid while the task is open and `linkSeconds` after; gone from a cancel on (protocol.md §3). */
export const grant = async (
  { reads, queries, settings }: Pick<Ports, 'reads' | 'queries' | 'settings'>,
  signs: Signs,
  id: number,
): Promise<Grant | undefined> => {
  const task = reads.openTask(id) ?? (await queries.task(id))
  const firmware = task && reads.firmware(task.firmware)
  if (task === undefined || firmware === undefined) return undefined
  const until = isOpen(task.state) ? null : (task.endedAt ?? 0) + settings.linkSeconds * 1000
  const bytes = signs.of(id)?.bytes ?? task.bytes
  return { task: id, sha256: firmware.sha256, size: firmware.size, gone: task.state === 'canceled', until, bytes }
}
