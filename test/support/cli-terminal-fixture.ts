// The process of a command in tests: what it writes is kept, its clock is moved by its own waiting, signals are sent by hand.

import { PassThrough } from 'node:stream'
import type { Io, Keyboard, SignalName } from '../../src/cli/io.ts'
import { run } from '../../src/cli/main.ts'
import { realParts } from '../../src/cli/parts.ts'
import type { ServeParts } from '../../src/cli/serve.ts'

export interface CliTerminalFixture {
  readonly io: Io
  readonly stdin: Keyboard & PassThrough
  /** All that was written so far. */
  out(): string
  err(): string
  /** The lines of stdout as JSON. */
  jsonLines(): unknown[]
  signal(name: SignalName): void
  /** Statuses of immediate exits. */
  readonly exits: number[]
  /** Resolves as soon as `passes` holds; checked whenever something is written or waited for. */
  until(passes: () => boolean): Promise<void>
  run(...argv: string[]): Promise<number>
}

export interface CliTerminalFixtureOptions {
  readonly env?: Record<string, string>
  readonly tty?: boolean
  readonly columns?: number
  readonly parts?: ServeParts
}

export const createCliTerminalFixture = ({
  env = {},
  tty = false,
  columns = 100,
  parts = realParts,
}: CliTerminalFixtureOptions = {}): CliTerminalFixture => {
  let clock = Date.parse('2026-03-01T12:00:00Z')
  const written = { out: '', err: '' }
  const exits: number[] = []
  const waiting = new Set<() => void>()
  const listeners = new Map<SignalName, Set<() => void>>()
  const look = (): void => {
    for (const each of waiting) each()
  }
  const sink = (name: 'out' | 'err') => ({
    isTTY: tty,
    columns: tty ? columns : undefined,
    write(text: string) {
      written[name] += text
      look()
    },
  })
  const stdin = Object.assign(new PassThrough(), { isTTY: tty, setRawMode: () => undefined })
  const io: Io = {
    stdout: sink('out'),
    stderr: sink('err'),
    stdin,
    env,
    fetch: globalThis.fetch,
    now: () => clock,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve()
        const turn = setImmediate(() => {
          signal?.removeEventListener('abort', wake)
          clock += ms
          look()
          resolve()
        })
        const wake = (): void => {
          clearImmediate(turn)
          resolve()
        }
        signal?.addEventListener('abort', wake, { once: true })
      }),
    onSignal(name, listener) {
      const all = listeners.get(name) ?? new Set()
      listeners.set(name, all.add(listener))
      return () => void all.delete(listener)
    },
    exit: (status) => void exits.push(status),
  }
  return {
    io,
    stdin,
    out: () => written.out,
    err: () => written.err,
    jsonLines: () =>
      written.out
        .split('\n')
        .filter((line) => line !== '')
        .map((line): unknown => JSON.parse(line)),
    signal: (name) => {
      for (const listener of listeners.get(name) ?? []) listener()
    },
    exits,
    until: (passes) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!passes()) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
    run: (...argv) => run(argv, io, parts),
  }
}
