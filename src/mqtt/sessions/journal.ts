// Orders writes and what follows them: a message is on disk before its PUBACK and its delivery, a PUBREC before its PUBREL.
// Knows the rows' port and no packets. Its writes share their syncs with the OTA data.

import type { SessionOp, SessionRows } from '../../ota/ports/session-rows.ts'
import { createFifo } from './fifo.ts'

type Then = () => void
type Failed = (cause: unknown) => void

export interface Journal {
  /**
   * Runs `done` when `ops` are synced, or `failed` when they could not be: in the order of the calls, whatever they write. With nothing to
   * write and nothing pending, `done` runs at once.
   */
  write(ops: readonly SessionOp[], done: Then, failed: Failed): void
  /**
   * For what nothing waits for, such as removing a message that was acknowledged: if it cannot be written now, it is written with a later
   * call. With `synced` it is synced, and `synced` runs after that; without, it reaches the system before the next write does.
   */
  writeLater(ops: readonly SessionOp[], synced?: Then): void
  /** As `writeLater` without `synced`, within a tenth of a second: for what may be lost in a crash, such as when a client was last connected. */
  writeSoon(ops: readonly SessionOp[]): void
  /** Writes again what could not be written; true if there was nothing. */
  retry(): boolean
  /** Resolves when every earlier call is written or has failed. */
  settled(): Promise<void>
}

/** Rows of clients that come and go share a write: thousands may within a second. */
const soonMs = 100

interface Step {
  state: 'writing' | 'written' | 'failed'
  cause: unknown
  readonly done: Then
  readonly failed: Failed
}

interface Deferred {
  readonly ops: readonly SessionOp[]
  readonly synced: Then | undefined
}

/** Steps that end in the order in which they began. */
const createSteps = () => {
  const steps = createFifo<Step>()
  let ending = false
  const end = (): void => {
    // What follows a step may begin more of them: they end after it, not within it.
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

/** What nothing waits for is written together: thousands of connections may begin or end at once. */
const createGathering = (write: (ops: readonly SessionOp[]) => void) => {
  let gathered: SessionOp[] = []
  /** Whether it is written at the end of this turn, or after `soonMs`. */
  let isTurnComing = false
  let timer: NodeJS.Timeout | undefined
  const writeNow = (): void => {
    isTurnComing = false
    if (timer !== undefined) clearTimeout(timer)
    timer = undefined
    if (gathered.length === 0) return
    const ops = gathered
    gathered = []
    write(ops)
  }
  return {
    writeNow,
    thisTurn(ops: readonly SessionOp[]): void {
      if (!isTurnComing) queueMicrotask(writeNow)
      isTurnComing = true
      for (const op of ops) gathered.push(op)
    },
    soon(ops: readonly SessionOp[]): void {
      for (const op of ops) gathered.push(op)
      if (!isTurnComing) timer ??= setTimeout(writeNow, soonMs).unref()
    },
  }
}

export const createJournal = (rows: SessionRows): Journal => {
  const steps = createSteps()
  const underWay = new Set<Promise<void>>()
  let deferred: Deferred[] = []

  const follow = (written: Promise<void>, kept: Then, failed: Failed): void => {
    const followed = written.then(
      () => kept(),
      (cause: unknown) => failed(cause),
    )
    underWay.add(followed)
    void followed.finally(() => underWay.delete(followed))
  }

  const writeDeferred = (each: Deferred): void =>
    follow(
      rows.commit(each.ops, each.synced !== undefined),
      () => each.synced?.(),
      () => void deferred.push(each),
    )

  const later = (each: Deferred): void => {
    // After what is deferred already, which must not overwrite it later.
    if (deferred.length > 0) deferred.push(each)
    else writeDeferred(each)
  }

  const gathering = createGathering((ops) => later({ ops, synced: undefined }))

  const retry = (): boolean => {
    gathering.writeNow()
    const due = deferred
    deferred = []
    for (const each of due) writeDeferred(each)
    return due.length === 0
  }

  return {
    write(ops, done, failed) {
      if (ops.length === 0 && steps.idle) {
        done()
        return
      }
      gathering.writeNow()
      const step = steps.begin(ops.length === 0 ? 'written' : 'writing', done, failed)
      if (ops.length === 0) return
      if (deferred.length > 0) retry()
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
    writeLater(ops, synced) {
      if (synced === undefined) {
        gathering.thisTurn(ops)
        return
      }
      gathering.writeNow()
      later({ ops, synced })
    },
    writeSoon: gathering.soon,
    retry,
    async settled() {
      gathering.writeNow()
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
  }
}
