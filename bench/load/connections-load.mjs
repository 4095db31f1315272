// The parent's side of connections.c: compiles it, starts it, gives it commands.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { stopChild } from '../children.mjs'

/** Compiles it into the directory; gives the program. */
export const compileConnections = async (directory) => {
  const program = join(directory, 'connections')
  const sources = ['connections.c', 'campaign.c'].map((name) => fileURLToPath(new URL(name, import.meta.url)))
  await promisify(execFile)('cc', ['-O2', '-Wall', '-o', program, ...sources])
  return program
}

/** Clients named `prefix` and a number below `most`, for the port. Commands are in the head of connections.c. */
export const startConnections = (program, port, prefix, most) => {
  const child = spawn(program, [String(port), prefix, String(most)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)
  const send = (command) => void child.stdin.write(`${command}\n`)
  return {
    /** Runs one command; gives its result. */
    async ask(command) {
      const answer = once(lines, 'line')
      send(command)
      return JSON.parse((await answer)[0])
    },
    send,
    pids: [child.pid],
    stop: () => stopChild(child),
  }
}
