// Reports changes to the main thread: important ones at once, others a few times per second, all tasks together.

export interface ServedReports {
  /** Something changed; `atOnce`: do not wait for the next report. */
  changed(atOnce: boolean): void
  stop(): void
}

/** `send` is called at most every `everyMs`, except for changes to report at once. */
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
