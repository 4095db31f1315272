// What must be on disk before something follows, in order: a message before its PUBACK and its delivery, a PUBREC before its PUBREL.
// Knows the rows' port and no packet. What it writes shares its syncs with the OTA data.

import type { SessionOp, SessionRows } from '../../ota/ports/session-rows.ts'
import { createFifo } from './fifo.ts'

type Then = () => void
type Failed = (cause: unknown) => void

export interface Journal {
  /**
   * `done` runs when `ops` are synced, or `failed` when they could not be: in the order of the calls, whatever they write. With nothing to
   * write and nothing under way `done` runs at once.
   */
  write(ops: readonly SessionOp[], done: Then, failed: Failed): void
  /**
   * What must reach the disk sooner or later: the end of a message that was acknowledged. When it cannot be written it goes with the next
   * write that can. With `paid` it is synced, and `paid` runs after it; without, it is with the system before the next write is.
   */
  owe(ops: readonly SessionOp[], paid?: Then): void
  /** Tries again what could not be written; true when nothing was owed. */
  retry(): boolean
  /** Resolves when all that was asked so far is written or has failed. */
  settled(): Promise<void>
}

interface Step {
  state: 'writing' | 'written' | 'failed'
  cause: unknown
  readonly done: Then
  readonly failed: Failed
}

interface Debt {
  readonly ops: readonly SessionOp[]
  readonly paid: Then | undefined
}

/** Steps that end in the order they began. */
const createSteps = () => {
  const steps = createFifo<Step>()
  let ending = false
  const end = (): void => {
    // A step's own follow-up may begin further ones: they come behind it, not into it.
    if (ending) return
    ending = true
    try {
      for (let step = steps.peek(); step !== undefined && step.state !== 'writing'; step = steps.peek()) {
        steps.shift()
        if (step.state === 'written') step.done()
        else step.failed(step.cause)
      }
    } finally {
      ending = false
    }
  }
  return {
    get idle() {
      return steps.length === 0 && !ending
    },
    begin(state: 'writing' | 'written', done: Then, failed: Failed): Step {
      const step: Step = { state, cause: undefined, done, failed }
      steps.push(step)
      return step
    },
    end,
  }
}

export const createJournal = (rows: SessionRows): Journal => {
  const steps = createSteps()
  const underWay = new Set<Promise<void>>()
  let debts: Debt[] = []

  const follow = (written: Promise<void>, kept: Then, failed: Failed): void => {
    const followed = written.then(
      () => kept(),
      (cause: unknown) => failed(cause),
    )
    underWay.add(followed)
    void followed.finally(() => underWay.delete(followed))
  }

  const pay = (debt: Debt): void =>
    follow(
      rows.commit(debt.ops, debt.paid !== undefined),
      () => debt.paid?.(),
      () => void debts.push(debt),
    )

  const retry = (): boolean => {
    const owed = debts
    debts = []
    for (const debt of owed) pay(debt)
    return owed.length === 0
  }

  return {
    write(ops, done, failed) {
      if (ops.length === 0 && steps.idle) {
        done()
        return
      }
      const step = steps.begin(ops.length === 0 ? 'written' : 'writing', done, failed)
      if (ops.length === 0) return
      if (debts.length > 0) retry()
      const settle = (state: 'written' | 'failed', cause?: unknown): void => {
        Object.assign(step, { state, cause })
        steps.end()
      }
      follow(
        rows.commit(ops, true),
        () => settle('written'),
        (cause: unknown) => settle('failed', cause),
      )
    },
    owe(ops, paid) {
      const debt = { ops, paid }
      // Behind what is owed already: that must not be written over it later.
      if (debts.length > 0) debts.push(debt)
      else pay(debt)
    },
    retry,
    async settled() {
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
  }
}
