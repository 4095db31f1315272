// What the command has of its surroundings: streams, environment, clock, signals, HTTP. Handed in, so that tests hand in their own.
// Knows nothing of Fogbell.

import type { Readable } from 'node:stream'

/** Where text goes to. `columns` is the terminal's width, undefined where there is none. */
export interface Sink {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

/** Where text comes from; `setRawMode` where it is a terminal. */
export type Keyboard = Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown }

export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

export interface Io {
  readonly stdout: Sink
  readonly stderr: Sink
  readonly stdin: Keyboard
  readonly env: Readonly<Record<string, string | undefined>>
  readonly fetch: typeof globalThis.fetch
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Hears a signal until the answer is called; meanwhile the process does not end by it. */
  onSignal(name: SignalName, listener: () => void): () => void
  /** Ends the process at once. */
  exit(status: number): void
}

/** A variable of the environment; an empty one counts as unset. */
export const variable = (io: Io, name: string): string | undefined => io.env[name] || undefined

const signalStatus: Record<SignalName, number> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/** The exit status that tells of a signal: 128 and its number. */
export const statusOf = (name: SignalName): number => signalStatus[name]

const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const wake = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', wake)
      resolve()
    }
    const timer = setTimeout(wake, ms)
    signal?.addEventListener('abort', wake)
  })

/** The surroundings of a real process. */
export const processIo = (): Io => ({
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  fetch: globalThis.fetch,
  now: Date.now,
  sleep,
  onSignal: (name, listener) => {
    process.on(name, listener)
    return () => process.off(name, listener)
  },
  exit: (status) => process.exit(status),
})
