// Connections: what an idle one takes in memory, what it costs to make one, thousands that connect again, and thousands that die at once,
// with a client beside them that publishes and waits for each PUBACK. Against a bare Aedes in memory and mosquitto; Linux only, needs cc.
// Usage: node bench/connections.mjs [clients] [rounds] [program of another build of Fogbell (….js), to compare with]

import { readFile, rm } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { cpuSeconds, sleep } from './children.mjs'
import { startAedes } from './contestants/aedes.mjs'
import { asNpmStart, startFogbell } from './contestants/fogbell.mjs'
import { startMosquitto } from './contestants/mosquitto.mjs'
import { median, milliseconds, row, table } from './figures.mjs'
import { beside, calm, withClients } from './load/bystander.mjs'
import { compileConnections } from './load/connections-load.mjs'
import { settledFile } from './load/settled.mjs'
import { inDirectory, inRounds, numbers, runAlone } from './part.mjs'

const [clients = 5000, rounds = 5] = numbers(import.meta.url)
const other = process.argv.slice(2).find((text) => text.endsWith('.js'))
const atOnce = 100
const node = [...asNpmStart, '--expose-gc', '--import', pathToFileURL(fileURLToPath(new URL('load/settled.mjs', import.meta.url))).href]

const resident = async ({ pids }) => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pids[0]}/status`, 'utf8'))?.[1]) * 1024

/** Resident memory and heap, bytes; of a Node after a collection. */
const memory = async (server) => {
  await calm(server)
  if (server.name === 'mosquitto') return { resident: await resident(server), heap: 0 }
  const file = settledFile(server.pids[0])
  await rm(file, { force: true })
  process.kill(server.pids[0], 'SIGUSR2')
  for (;;) {
    await sleep(100)
    const text = await readFile(file, 'utf8').catch(() => '')
    if (text.endsWith('}')) {
      await rm(file, { force: true })
      return { resident: await resident(server), heap: JSON.parse(text).heapUsed }
    }
  }
}

const perClient = (before, after) => (after - before) / clients

const connect = async (server, load, together) => {
  await calm(server)
  const before = await cpuSeconds(server.pids)
  const opened = await load.ask(`open 0 ${clients} ${together}`)
  if (!opened.open) throw new Error(`not all clients could connect to ${server.name}`)
  await calm(server)
  return { ...opened, cpu: ((await cpuSeconds(server.pids)) - before) / clients }
}

const measure = async (server, load, watcher) => {
  await watcher.ask('open 0 1 0')
  const empty = await memory(server)
  const fresh = await connect(server, load, atOnce)
  const full = await memory(server)
  const death = await beside(server, watcher, async () => {
    await load.ask(`die 0 ${clients}`)
    await calm(server)
  })
  const known = await connect(server, load, atOnce)
  await load.ask(`die 0 ${clients}`)
  const together = await connect(server, load, 0)
  await load.ask(`die 0 ${clients}`)
  const storm = await beside(server, watcher, () => load.ask(`open 0 ${clients} ${atOnce}`))
  return {
    resident: perClient(empty.resident, full.resident) / 1000,
    heap: perClient(empty.heap, full.heap) / 1000,
    fresh: fresh.cpu * 1000,
    known: known.cpu * 1000,
    again: known.ms / 1000,
    together: together.ms / 1000,
    death: death.max,
    stormP99: storm.p99,
    stormMax: storm.max,
    failed: together.failed,
    busy: Math.max(fresh.busy, known.busy, together.busy),
  }
}

const contestants = [
  { name: 'fogbell', start: (directory) => startFogbell(directory, clients, { node, campaign: false }) },
  ...(other === undefined
    ? []
    : [{ name: 'other build', start: (directory) => startFogbell(directory, clients, { node, campaign: false, program: other }) }]),
  { name: 'aedes', start: () => startAedes({ node }) },
  { name: 'mosquitto', start: (directory) => startMosquitto(directory, 'max_connections -1\n') },
]

const heads = {
  resident: 'resident, kB',
  heap: 'heap, kB',
  fresh: 'CPU new, ms',
  known: 'CPU present, ms',
  again: `${atOnce} at a time, s`,
  together: 'all at once, s',
  death: 'longest wait at the death, ms',
  stormP99: 'p99 beside the storm, ms',
  stormMax: 'longest, ms',
  failed: 'of these, tries that failed',
  busy: 'generator busy',
}

const rowsOf = (ours, theirs, quick) => [
  row(
    'resident memory of an idle connection, beside a bare Aedes',
    `${ours.resident.toFixed(1)} kB`,
    `${theirs.resident.toFixed(1)} kB`,
    ours.resident / theirs.resident,
    0.5,
    true,
  ),
  row(
    'heap of an idle connection, beside a bare Aedes',
    `${ours.heap.toFixed(1)} kB`,
    `${theirs.heap.toFixed(1)} kB`,
    ours.heap / theirs.heap,
    0.5,
    true,
  ),
  row(
    'processor time of CONNECT and SUBSCRIBE, new session',
    milliseconds(ours.fresh),
    milliseconds(theirs.fresh),
    ours.fresh / theirs.fresh,
    0.6,
    true,
  ),
  row('the same, session present', milliseconds(ours.known), milliseconds(theirs.known), ours.known / theirs.known, 0.6, true),
  row(
    `${clients} reconnect, ${atOnce} at a time`,
    `${ours.again.toFixed(1)} s`,
    `${theirs.again.toFixed(1)} s`,
    ours.again / theirs.again,
    0.6,
    true,
  ),
  row(
    `${clients} reconnect at once, beside mosquitto`,
    `${ours.together.toFixed(1)} s`,
    `${quick.together.toFixed(1)} s`,
    ours.together / quick.together,
    1.5,
    true,
  ),
  row(
    `longest wait for a PUBACK while ${clients} connections die, beside 20 ms`,
    milliseconds(ours.death),
    '20 ms',
    ours.death / 20,
    1,
    true,
  ),
  row(
    `p99 of the wait for a PUBACK while ${clients} connect, beside 10 ms`,
    milliseconds(ours.stormP99),
    '10 ms',
    ours.stormP99 / 10,
    1,
    true,
  ),
]

export const connections = () =>
  inDirectory(async (directory) => {
    const program = await compileConnections(directory)
    const results = new Map(contestants.map(({ name }) => [name, []]))
    await inRounds(rounds, async (round) => {
      for (const contestant of contestants)
        results.get(contestant.name).push(await withClients(directory, program, contestant, { round, clients }, measure))
    })
    const figures = Object.fromEntries(
      [...results].map(([name, each]) => [
        name,
        Object.fromEntries(Object.keys(heads).map((what) => [what, median(each.map((one) => one[what]))])),
      ]),
    )
    const lines = Object.entries(figures).map(([name, each]) => [name, ...Object.keys(heads).map((what) => each[what].toFixed(2))])
    return {
      rows: rowsOf(figures.fogbell, figures.aedes, figures.mosquitto),
      details: [
        `Connections: ${clients} clients with 3 filters each, sessions kept, ${rounds} rounds.`,
        table(['server', ...Object.values(heads)], lines),
      ],
    }
  })

await runAlone(import.meta.url, connections)
