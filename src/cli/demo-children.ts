// The two processes of the demo, a server and a fleet: starts them, reads their output, ends them. Ends only what it started.

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { ownCommand } from '../bundled.ts'

export interface Child {
  /** Resolves with the first line that passes; rejects with the last output if the process ends before that or after `ms`. */
  line(passes: (line: string) => boolean, ms: number): Promise<string>
  /** Its output so far. */
  readonly output: readonly string[]
  /** Sends SIGTERM, and SIGKILL after `ms`; resolves when it has ended. */
  stop(ms: number): Promise<void>
}

interface Waiter {
  line(text: string): void
  ended(): void
}

/** The demo ignores the user's own FOGBELL_ settings. */
const environment = (env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('FOGBELL_')))

const waitFor = (output: readonly string[], waiters: Set<Waiter>, passes: (line: string) => boolean, ms: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const found = output.find(passes)
    if (found !== undefined) return resolve(found)
    const finish = (): void => {
      clearTimeout(timer)
      waiters.delete(waiter)
    }
    const fail = (why: string): void => {
      finish()
      reject(new Error(`${why}:\n${output.slice(-20).join('\n')}`))
    }
    const timer = setTimeout(() => fail(`no such output within ${ms / 1000} s`), ms)
    const waiter: Waiter = {
      line: (text) => {
        if (!passes(text)) return
        finish()
        resolve(text)
      },
      ended: () => fail('the process ended'),
    }
    waiters.add(waiter)
  })

const stopProcess = (child: ChildProcess, ended: Promise<void>, ms: number): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return ended
  child.kill('SIGTERM')
  const kill = setTimeout(() => child.kill('SIGKILL'), ms)
  return ended.finally(() => clearTimeout(kill))
}

/** Starts `fogbell` with these arguments. */
export const startChild = (args: readonly string[], env: Readonly<Record<string, string | undefined>>): Child => {
  // In a process group of its own: Ctrl-C in the terminal reaches only the demo, which ends its children in order.
  const [program, ...first] = ownCommand()
  const child = spawn(program, [...first, ...args], { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const output: string[] = []
  const waiters = new Set<Waiter>()
  const take = (line: string): void => {
    output.push(line)
    for (const waiter of waiters) waiter.line(line)
  }
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', take)
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => take(String(error)))
    child.once('close', () => resolve())
  })
  void ended.then(() => {
    for (const waiter of waiters) waiter.ended()
  })
  return { output, line: (passes, ms) => waitFor(output, waiters, passes, ms), stop: (ms) => stopProcess(child, ended, ms) }
}
