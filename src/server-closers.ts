// What was opened, closed in reverse. Knows nothing of what it closes.

import type { Log } from './log.ts'

export interface Closers {
  add(close: () => Promise<void>): void
  /** A close that fails is logged, and the rest is closed all the same. */
  close(): Promise<void>
}

/** What was opened so far is closed in reverse, also if the start fails half way. */
export const createClosers = (log: Log): Closers => {
  const closers: (() => Promise<void>)[] = []
  return {
    add: (close: () => Promise<void>): void => void closers.push(close),
    async close(): Promise<void> {
      for (const close of closers.splice(0).reverse()) {
        await close().catch((error: unknown) => log.error({ err: error }, 'could not close a part of the server'))
      }
    },
  }
}

/** The part itself, which is closed with all the others. */
export const closedBy = <T extends { close(): void }>(closers: Closers, part: T): T => {
  closers.add(async () => part.close())
  return part
}

/** Closes a part that is still being opened: once it is open, and not at all if that fails. */
export const closedOnceOpen = (opening: Promise<{ close(): Promise<void> }>): (() => Promise<void>) => {
  const opened = opening.catch(() => undefined)
  return async () => await (await opened)?.close()
}

const tickMs = 250

/** Calls `tick` four times a second, one after another; its end waits for the last. */
export const startTicking = (core: { tick(): Promise<void> }, log: Log): (() => Promise<void>) => {
  let running: Promise<void> | undefined
  const tick = async (): Promise<void> => {
    await core.tick().catch((error: unknown) => log.error({ err: error }, 'work that is due failed'))
    running = undefined
  }
  const timer = setInterval(() => {
    running ??= tick()
  }, tickMs)
  return async () => {
    clearInterval(timer)
    await running
  }
}
