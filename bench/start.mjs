// How long a start takes: from the spawn of `fogbell serve` until its line that it is ready, with a new data directory, with an empty store,
// with 10,000 devices that were imported, and with as many that have connected (each with a version and a session of three filters). Beside it
// `node -e 0` and mosquitto, in turn. Linux only, needs cc. Usage: node bench/start.mjs [devices] [rounds]

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stopChild } from './children.mjs'
import { asNpmStart, ownProgram, startFogbell } from './contestants/fogbell.mjs'
import { startMosquitto } from './contestants/mosquitto.mjs'
import { median, row, table } from './figures.mjs'
import { compileConnections, startConnections } from './load/connections-load.mjs'
import { inDirectory, inRounds, numbers, runAlone } from './part.mjs'

const [devices = 10_000, rounds = 5] = numbers(import.meta.url)

/** Makes a data directory with that many devices, stopped; gives it. */
const fill = async (directory, count, work = () => Promise.resolve()) => {
  const server = await startFogbell(directory, count, { campaign: false })
  try {
    await work(server)
  } finally {
    await server.stop()
  }
  return server.data
}

const connectAll = (program) => async (server) => {
  const load = startConnections(program, server.port, 'device-', devices)
  try {
    if (!(await load.ask(`open 0 ${devices} 100`)).open) throw new Error('not all devices could connect')
    const { fault } = await load.ask(`report 1.0.0 ${devices}`)
    if (fault !== '') throw new Error(fault)
  } finally {
    await load.stop()
  }
}

/** Seconds until the line; then the server is stopped. */
const startOf = async (data) => {
  const ports = ['mqtt', 'firmware', 'admin'].flatMap((name) => [`--${name}-port`, '0'])
  const args = [...asNpmStart, ownProgram, 'serve', '--data', data, '--host', '127.0.0.1', '--enrolment', 'open', ...ports]
  const began = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    for await (const line of createInterface(child.stdout)) if (line.endsWith(' is ready')) return (performance.now() - began) / 1000
    throw new Error('fogbell ended before it was ready')
  } finally {
    child.stdout.resume()
    await stopChild(child)
  }
}

const nodeAlone = async () => {
  const began = performance.now()
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit')
  return (performance.now() - began) / 1000
}

const mosquittoStart = async (directory) => {
  const began = performance.now()
  const server = await startMosquitto(directory)
  const took = (performance.now() - began) / 1000
  await server.stop()
  return took
}

const seconds = (value) => `${value.toFixed(2)} s`

const within = (what, took, most) =>
  row(`start until it is ready, ${what}, beside ${most} s`, seconds(took), `${most} s`, took / most, 1, true)

const startsOf = async (directory) => {
  const program = await compileConnections(directory)
  const made = join(directory, 'new')
  await mkdir(made)
  const empty = await fill(join(directory, 'empty'), 0)
  const imported = await fill(join(directory, 'imported'), devices)
  const known = await fill(join(directory, 'known'), devices, connectAll(program))
  return [
    { what: 'Fogbell, a new data directory', start: (round) => startOf(join(made, String(round))) },
    { what: 'Fogbell, an empty store', start: () => startOf(empty) },
    { what: `Fogbell, ${devices} devices that were imported`, start: () => startOf(imported) },
    { what: `Fogbell, ${devices} devices that have connected, with sessions`, start: () => startOf(known) },
    { what: '`node -e 0` until it has ended', start: nodeAlone },
    { what: 'mosquitto until its port answers', start: (round) => mosquittoStart(join(directory, `mosquitto-${round}`)) },
  ]
}

export const start = () =>
  inDirectory(async (directory) => {
    const starts = (await startsOf(directory)).map((each) => ({ ...each, took: [] }))
    await inRounds(rounds, async (round) => {
      for (const each of starts) each.took.push(await each.start(round))
    })
    const lines = starts.map(({ what, took }) => [what, seconds(median(took)), took.map((each) => each.toFixed(2)).join(' ')])
    const [, empty, , known] = starts.map(({ took }) => median(took))
    return {
      rows: [within('an empty store', empty, 0.4), within(`${devices} devices with sessions`, known, 1)],
      details: [`Start: ${rounds} rounds.`, table(['what', 'median', 'rounds'], lines)],
    }
  })

await runAlone(import.meta.url, start)
