// What the command uses of its process: streams, environment, clock, signals, HTTP. Passed in, so that tests can replace it. Knows nothing of
// Fogbell.

import type { Readable } from 'node:stream'

/** Where text is written. `columns` and `rows` are those of the terminal, undefined for none. */
export interface Sink {
  /** false: what was written waits in memory until the event `drain`. */
  write(text: string): unknown
  once?(event: 'drain', listener: () => void): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
}

/** Where text is read; `setRawMode` if it is a terminal. */
export type Keyboard = Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown }

export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

export interface Io {
  readonly stdout: Sink
  readonly stderr: Sink
  readonly stdin: Keyboard
  readonly env: Readonly<Record<string, string | undefined>>
  readonly fetch: typeof globalThis.fetch
  /** The data directory of this machine's service: where a server is looked for if there is none in ./data. */
  readonly serviceData?: string
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Listens for a signal until the returned function is called; meanwhile the signal does not end the process. */
  onSignal(name: SignalName, listener: () => void): () => void
  /** Ends the process at once. */
  exit(status: number): void
}

/** An environment variable; an empty one counts as unset. */
export const variable = (io: Io, name: string): string | undefined => io.env[name] || undefined

const signalStatus: Record<SignalName, number> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/** The exit status for a signal: 128 and its number. */
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

/** That of the real process. */
export const processIo = (): Io => ({
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  fetch: globalThis.fetch,
  // Where the Debian package has it.
  serviceData: '/var/lib/fogbell',
  now: Date.now,
  sleep,
  onSignal: (name, listener) => {
    process.on(name, listener)
    return () => process.off(name, listener)
  },
  exit: (status) => process.exit(status),
})
