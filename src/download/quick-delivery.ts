// Whether the answers of one connection were delivered, as in delivered.ts, with one timer for all of them. Knows no tasks.

import type { TransferCount } from './byte-count.ts'
import { quietFor } from './delivered.ts'

export interface QuickDelivery {
  /** An answer of `bytes` is out. */
  add(count: TransferCount, bytes: number): void
  /** The client has shown that it has received everything. */
  sure(): void
  /** The connection is closed. */
  close(): void
}

/** `monotonic` in milliseconds. */
export const createQuickDelivery = (quietMs: number, monotonic: () => number): QuickDelivery => {
  let sent: TransferCount[] = []
  let bytes = 0
  let quietAt = 0
  let timer: NodeJS.Timeout | undefined

  const settle = (how: 'sure' | 'quiet' | 'lost'): void => {
    if (sent.length === 0) return
    const counts = sent
    sent = []
    bytes = 0
    for (const count of counts) {
      if (how !== 'lost') count.delivered(how === 'sure')
      count.end()
    }
  }
  const watch = (): void => {
    timer = setTimeout(look, Math.max(1, Math.ceil(quietAt - monotonic())))
    timer.unref()
  }
  // Where another answer has followed meanwhile, it looks again.
  const look = (): void => {
    timer = undefined
    if (sent.length === 0) return
    if (monotonic() < quietAt) watch()
    else settle('quiet')
  }
  return {
    add: (count, more) => {
      sent.push(count)
      bytes += more
      quietAt = monotonic() + quietFor(bytes, quietMs)
      if (timer === undefined) watch()
    },
    sure: () => settle('sure'),
    close: () => {
      clearTimeout(timer)
      settle('lost')
    },
  }
}
