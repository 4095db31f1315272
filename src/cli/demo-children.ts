// The two processes of the demo, a server and a fleet: started, listened to, ended. Ends only what it started.

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Child {
  /** Resolves with the first line that passes; rejects with what the process said when it ends before or `ms` have passed. */
  line(passes: (line: string) => boolean, ms: number): Promise<string>
  /** Everything it has said so far. */
  readonly said: readonly string[]
  /** Asks it to end, insists after `ms`; resolves when it has ended. */
  stop(ms: number): Promise<void>
}

const script = fileURLToPath(new URL('../../bin/fogbell.js', import.meta.url))

interface Waiter {
  heard(line: string): void
  ended(): void
}

/** The user's own FOGBELL_ settings have no place in the demo. */
const environment = (env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('FOGBELL_')))

const waitFor = (said: readonly string[], waiters: Set<Waiter>, passes: (line: string) => boolean, ms: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const found = said.find(passes)
    if (found !== undefined) return resolve(found)
    const finish = (): void => {
      clearTimeout(timer)
      waiters.delete(waiter)
    }
    const fail = (why: string): void => {
      finish()
      reject(new Error(`${why}:\n${said.slice(-20).join('\n')}`))
    }
    const timer = setTimeout(() => fail(`nothing came within ${ms / 1000} s`), ms)
    const waiter: Waiter = {
      heard: (line) => {
        if (!passes(line)) return
        finish()
        resolve(line)
      },
      ended: () => fail('the process ended'),
    }
    waiters.add(waiter)
  })

const stopProcess = (child: ChildProcess, ended: Promise<void>, ms: number): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return ended
  child.kill('SIGTERM')
  const insist = setTimeout(() => child.kill('SIGKILL'), ms)
  return ended.finally(() => clearTimeout(insist))
}

/** Starts `fogbell` with these arguments. */
export const startChild = (args: readonly string[], env: Readonly<Record<string, string | undefined>>): Child => {
  // A group of its own: Ctrl-C at the terminal reaches the demo alone, which ends its children in order.
  const child = spawn(process.execPath, [script, ...args], { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const said: string[] = []
  const waiters = new Set<Waiter>()
  const hear = (line: string): void => {
    said.push(line)
    for (const waiter of waiters) waiter.heard(line)
  }
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', hear)
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => hear(String(error)))
    child.once('close', () => resolve())
  })
  void ended.then(() => {
    for (const waiter of waiters) waiter.ended()
  })
  return { said, line: (passes, ms) => waitFor(said, waiters, passes, ms), stop: (ms) => stopProcess(child, ended, ms) }
}
