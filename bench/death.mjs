// Very many connections that die at once, and how long a client beside them waits for its PUBACKs meanwhile, against a bare Aedes in memory and
// mosquitto. Linux only, needs cc and that many descriptors (ulimit -n). Usage: node bench/death.mjs [connections] [rounds]

import { startAedes } from './contestants/aedes.mjs'
import { startFogbell } from './contestants/fogbell.mjs'
import { startMosquitto } from './contestants/mosquitto.mjs'
import { median, milliseconds, row, table } from './figures.mjs'
import { beside, calm, withClients } from './load/bystander.mjs'
import { compileConnections } from './load/connections-load.mjs'
import { inDirectory, inRounds, numbers, runAlone } from './part.mjs'

const [clients = 19_000, rounds = 3] = numbers(import.meta.url)
const atOnce = 100

const contestants = [
  { name: 'fogbell', start: (directory) => startFogbell(directory, clients, { campaign: false, mqtt: { maxConnections: clients + 10 } }) },
  { name: 'aedes', start: () => startAedes() },
  { name: 'mosquitto', start: (directory) => startMosquitto(directory, 'max_connections -1\n') },
]

const measure = async (server, load, watcher) => {
  await watcher.ask('open 0 1 0')
  if (!(await load.ask(`open 0 ${clients} ${atOnce}`)).open) throw new Error(`not all clients could connect to ${server.name}`)
  const waits = await beside(server, watcher, async () => {
    await load.ask(`die 0 ${clients}`)
    await calm(server)
  })
  return waits.max
}

export const death = () =>
  inDirectory(async (directory) => {
    const program = await compileConnections(directory)
    const waits = new Map(contestants.map(({ name }) => [name, []]))
    await inRounds(rounds, async (round) => {
      for (const contestant of contestants)
        waits.get(contestant.name).push(await withClients(directory, program, contestant, { round, clients }, measure))
    })
    const ours = median(waits.get('fogbell'))
    const what = `longest wait for a PUBACK while ${clients} connections die, beside 20 ms`
    const lines = [...waits].map(([name, each]) => [name, milliseconds(median(each)), each.map((wait) => wait.toFixed(1)).join(' ')])
    return {
      rows: [row(what, milliseconds(ours), '20 ms', ours / 20, 1, true)],
      details: [
        `The death of ${clients} connections with 3 filters each, sessions kept, ${rounds} rounds.`,
        table(['server', 'longest wait', 'of the rounds, ms'], lines),
      ],
    }
  })

await runAlone(import.meta.url, death)
