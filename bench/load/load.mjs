// The parent's side of a load generator: starts it, gives it jobs, one at a time.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { constants, setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { stopChild } from '../children.mjs'

/** Gives a process or thread a higher priority than all others, if the system permits it. */
export const goAhead = (pid) => {
  try {
    setPriority(pid, constants.priority.PRIORITY_HIGHEST)
  } catch {
    // Not permitted for this user: then it runs at the same priority as the others.
  }
}

/**
 * `program`: the generator, a file beside this one. `ahead`: with a higher priority than all others, if the system permits it: it is to measure when an answer arrives, not when a busy
 * machine schedules it.
 */
export const startLoad = (program = 'generator.mjs', { ahead = false } = {}) => {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), [], {
    execArgv: ['--max-semi-space-size=64'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  if (ahead) goAhead(child.pid)
  const gone = once(child, 'exit').then(() => [{ error: 'the load generator ended' }])
  const ask = async (job, args) => {
    const answer = Promise.race([once(child, 'message'), gone])
    child.send({ job, ...args })
    const [{ result, error }] = await answer
    if (error !== undefined) throw new Error(`the load generator failed at ${job} of ${args.site}: ${error}`)
    return result
  }
  return {
    /** Connects the devices (`{product, name, task}`) to the port and keeps them as a site of that name. */
    open: (site, port, devices, subscribe) => ask('open', { site, port, devices, subscribe }),
    /** Any other job of the generator's. */
    ask: (job, site, manner) => ask(job, { site, ...manner }),
    /** Loads a site; gives `rate` (1/s), `p50` and `p99` (ms), `all` (messages, including the warm-up), `busy` (its own share of one processor). */
    run: (site, kind, manner) => ask('run', { site, kind, ...manner }),
    stop: () => stopChild(child),
  }
}
