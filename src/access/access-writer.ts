// The one writer of the room: changes are applied to memory one after the other, written together, and undone together if that fails. A line
// of the audit is in the commit of what it is about. Knows the disk by its port and no rule of people or tokens.

import { asOtaError } from '../errors.ts'
import type { AuditAct } from '../ota/ports/access.ts'
import type { Batches, Op } from '../ota/ports/store.ts'

/** A change of memory that was made, and what writes it. */
export interface WriteStep {
  readonly ops: readonly Op[]
  undo(): void
  /** What the audit has of it; null: nothing. */
  readonly act: AuditAct | null
}

export interface Lines {
  /** The next line of the audit, which counts from now on. */
  append(act: AuditAct): WriteStep
}

interface Job {
  readonly plan: () => WriteStep
  readonly resolve: () => void
  readonly reject: (cause: unknown) => void
}

export interface AccessWriter {
  /** `plan` checks, changes memory at once and says what to write; what it throws is the refusal. */
  write(plan: () => WriteStep): Promise<void>
  settled(): Promise<void>
}

export const noStep: WriteStep = { ops: [], undo: () => undefined, act: null }

export const createAccessWriter = (batches: Pick<Batches, 'commit' | 'get'>, lines: Lines): AccessWriter => {
  const queue: Job[] = []
  /** Keys of a failed write, which the disk may have kept all the same, and what it had before. */
  const before = new Map<string, string | undefined>()
  let running: Promise<void> | undefined

  const planned = (job: Job, steps: WriteStep[]): boolean => {
    try {
      const step = job.plan()
      steps.push(step)
      if (step.act !== null) steps.push(lines.append(step.act))
      return true
    } catch (thrown) {
      job.reject(asOtaError(thrown))
      return false
    }
  }

  const repairs = (): readonly Op[] =>
    [...before].map(([key, value]) => (value === undefined ? { type: 'del', key } : { type: 'put', key, value }))

  const commit = async (steps: readonly WriteStep[]): Promise<void> => {
    const ops = steps.flatMap((step) => step.ops)
    if (ops.length === 0) return
    for (const { key } of ops) if (!before.has(key)) before.set(key, await batches.get(key))
    await batches.commit([...repairs(), ...ops])
    before.clear()
  }

  const turn = async (): Promise<void> => {
    const steps: WriteStep[] = []
    const jobs = queue.splice(0).filter((job) => planned(job, steps))
    try {
      await commit(steps)
      for (const job of jobs) job.resolve()
    } catch (thrown) {
      for (const step of steps.toReversed()) step.undo()
      for (const job of jobs) job.reject(asOtaError(thrown))
    }
  }

  const run = async (): Promise<void> => {
    await Promise.resolve()
    while (queue.length > 0) await turn()
    running = undefined
  }

  return {
    write: (plan) =>
      new Promise((resolve, reject) => {
        queue.push({ plan, resolve, reject })
        running ??= run()
      }),
    settled: async () => {
      await running
    },
  }
}
