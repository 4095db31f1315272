// Child processes of the benches: started, awaited, measured by the system's count of their CPU time, and ended by pid.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** A free port of 127.0.0.1. */
export const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Ends the process with SIGTERM, and with SIGKILL when it takes longer than 10 s; resolves when it is gone. */
export const stopChild = async (child) => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await gone
  clearTimeout(late)
}

/** Starts a program and keeps its standard error for the message if it fails. */
export const startChild = (command, args, stdout = 'ignore') => {
  const child = spawn(command, args, { stdio: ['ignore', stdout, 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-4000)
  })
  child.once('error', (error) => {
    said += String(error)
  })
  return { child, said: () => said }
}

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      resolve(true)
      socket.destroy()
    })
    socket.once('error', () => resolve(false))
  })

/** Resolves when `isReady` does; fails with the child's standard error when it ends, or after 30 s. */
export const untilReady = async (name, { child, said }, isReady) => {
  for (let tries = 0; !(await isReady()); tries += 1) {
    if (tries === 1500 || child.exitCode !== null || child.pid === undefined) throw new Error(`${name} did not start: ${said()}`)
    await sleep(20)
  }
}

export const untilListening = (name, started, port) => untilReady(name, started, () => answers(port))

/** The name in parentheses may contain spaces; after it, utime and stime are the fields 12 and 13. */
const ticksIn = (text) => {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

/** CPU time that the processes have used so far, user and system, all threads, in seconds; steps of 10 ms. */
export const cpuSeconds = async (pids) => {
  let ticks = 0
  for (const pid of pids) ticks += ticksIn(await readFile(`/proc/${pid}/stat`, 'utf8'))
  return ticks / 100
}

/** The same of the first thread of a process. */
export const firstThreadSeconds = async (pid) => ticksIn(await readFile(`/proc/${pid}/task/${pid}/stat`, 'utf8')) / 100

const sum = (values) => values.reduce((total, each) => total + each, 0)

/** Busy and total ticks of all processors so far, and those of this process and its ended children. */
const ticks = async () => {
  const machine = (await readFile('/proc/stat', 'utf8')).split('\n', 1)[0].trim().split(/ +/).slice(1, 9).map(Number)
  const own = await readFile('/proc/self/stat', 'utf8')
  const all = sum(machine)
  return {
    all,
    busy: all - machine[3] - machine[4],
    // utime, stime, cutime and cstime.
    own: sum(
      own
        .slice(own.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 15)
        .map(Number),
    ),
  }
}

/** Gives the share of the processors that other programs have used since now, by the system's figures. */
export const watchOthers = async () => {
  const before = await ticks()
  return async () => {
    const after = await ticks()
    return Math.max(0, after.busy - before.busy - (after.own - before.own)) / (after.all - before.all)
  }
}
