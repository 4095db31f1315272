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

class Delivery implements QuickDelivery {
  private sent: TransferCount[] = []
  private bytes = 0
  private quietAt = 0
  private timer: NodeJS.Timeout | undefined = undefined
  private readonly quietMs: number
  private readonly monotonic: () => number

  constructor(quietMs: number, monotonic: () => number) {
    this.quietMs = quietMs
    this.monotonic = monotonic
  }

  add(count: TransferCount, bytes: number): void {
    this.sent.push(count)
    this.bytes += bytes
    this.quietAt = this.monotonic() + quietFor(this.bytes, this.quietMs)
    if (this.timer === undefined) this.watch()
  }

  sure(): void {
    if (this.sent.length > 0) this.settle('sure')
  }

  close(): void {
    clearTimeout(this.timer)
    this.settle('lost')
  }

  private settle(how: 'sure' | 'quiet' | 'lost'): void {
    for (const count of this.sent) {
      if (how !== 'lost') count.delivered(how === 'sure')
      count.end()
    }
    this.sent.length = 0
    this.bytes = 0
  }

  private watch(): void {
    this.timer = setTimeout(() => this.look(), Math.max(1, Math.ceil(this.quietAt - this.monotonic())))
    this.timer.unref()
  }

  /** Where another answer has followed meanwhile, it looks again. */
  private look(): void {
    this.timer = undefined
    if (this.sent.length === 0) return
    if (this.monotonic() < this.quietAt) this.watch()
    else this.settle('quiet')
  }
}

/** `monotonic` in milliseconds. */
export const createQuickDelivery = (quietMs: number, monotonic: () => number): QuickDelivery => new Delivery(quietMs, monotonic)
