// Tells the main thread what changed: at once where it matters, else a few times a second, all tasks together.

export interface ServedReports {
  /** Something changed; `atOnce`: do not wait for the next round. */
  changed(atOnce: boolean): void
  stop(): void
}

/** `tell` is called at most every `everyMs`, but for what must go at once. */
export const createServedReports = (send: () => void, everyMs: number): ServedReports => {
  let later: NodeJS.Timeout | undefined
  let soon: NodeJS.Immediate | undefined
  const stop = (): void => {
    clearTimeout(later)
    clearImmediate(soon)
    later = undefined
    soon = undefined
  }
  const flush = (): void => {
    stop()
    send()
  }
  return {
    changed: (atOnce) => {
      if (atOnce) soon ??= setImmediate(flush)
      else later ??= setTimeout(flush, everyMs)
    },
    stop,
  }
}
