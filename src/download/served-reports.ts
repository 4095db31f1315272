// Reports changes to the main thread: important ones at once, others a few times per second, all tasks together.

export interface ServedReports {
  /** Something changed; `atOnce`: do not wait for the next report. */
  changed(atOnce: boolean): void
  stop(): void
}

/** Between two reports: many downloads that begin and end at the same time share one. */
const LEAST_MS = 5

/** `send` is called at most every `everyMs`, except for changes to report at once; `now`: milliseconds of a monotonic clock. */
export const createServedReports = (send: () => void, everyMs: number, now: () => number): ServedReports => {
  let later: NodeJS.Timeout | undefined
  let soon: NodeJS.Timeout | undefined
  let next: NodeJS.Immediate | undefined
  let sentAt = Number.NEGATIVE_INFINITY
  const stop = (): void => {
    clearTimeout(later)
    clearTimeout(soon)
    clearImmediate(next)
    later = undefined
    soon = undefined
    next = undefined
  }
  const flush = (): void => {
    stop()
    sentAt = now()
    send()
  }
  const flushSoon = (): void => {
    if (soon !== undefined || next !== undefined) return
    const wait = sentAt + LEAST_MS - now()
    if (wait > 0) soon = setTimeout(flush, Math.ceil(wait))
    else next = setImmediate(flush)
  }
  return {
    changed: (atOnce) => {
      if (atOnce) flushSoon()
      else later ??= setTimeout(flush, everyMs)
    },
    stop,
  }
}
