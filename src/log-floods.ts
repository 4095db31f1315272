// Folds floods of one line: a limited number a second, then one line with how many more there were. Knows no output.

export interface Floods {
  /** Whether the line is written; one that is not is counted. */
  passes(key: string, sayMore: (more: number) => void): boolean
  /** Writes what was counted so far. */
  flush(): void
}

const perSecond = 10
/** More different lines than this at once are not a flood of one line. */
const maxKeys = 1000

interface Window {
  count: number
  readonly sayMore: (more: number) => void
}

export const createFloods = (): Floods => {
  const windows = new Map<string, Window>()
  const close = (key: string): void => {
    const window = windows.get(key)
    windows.delete(key)
    if (window !== undefined && window.count > perSecond) window.sayMore(window.count - perSecond)
  }
  return {
    passes(key, sayMore) {
      const window = windows.get(key)
      if (window !== undefined) {
        window.count += 1
        return window.count <= perSecond
      }
      if (windows.size < maxKeys) {
        windows.set(key, { count: 1, sayMore })
        setTimeout(close, 1000, key).unref()
      }
      return true
    },
    flush() {
      for (const key of windows.keys()) close(key)
    },
  }
}
