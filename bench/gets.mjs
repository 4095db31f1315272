// firmware.get round trips: Fogbell, which answers where it reads the request, against mosquitto with an update service beside it.
// Every answer is a whole firmware.post with a signed link. Usage: node bench/gets.mjs

import { join } from 'node:path'
import { startFogbell } from './contestants/fogbell.mjs'
import { startPair } from './contestants/pair.mjs'
import { milliseconds, perSecond, row } from './figures.mjs'
import { startLoad } from './load/load.mjs'
import { inDirectory, runAlone } from './part.mjs'
import { alternate, detailed } from './rounds.mjs'

const devices = 1000
/** mosquitto's own settings against its pauses: by default it delays small packets, and has at most 20 in flight to a client. */
const tuning = 'set_tcp_nodelay true\nmax_inflight_messages 0\n'
const some = { connections: 100, window: 2, seconds: 2, warm: 0.5, rounds: 5 }
const many = { connections: devices, window: 1, seconds: 2, warm: 0.5, rounds: 5 }

/** No device of the bench waits for a slot: only the answer is measured. */
export const unlimited = { getBurst: 1_000_000, getPerSecond: 1_000_000 }

/** The store of a stopped Fogbell, with the devices and tasks that the load uses. */
const seedStore = async (directory) => {
  const seed = await startFogbell(directory, devices)
  await seed.stop()
  return { store: join(seed.data, 'store'), devices: seed.devices }
}

const check = async (fogbell) => {
  const { answered = 0, ...others } = await fogbell.counts('fogbell_firmware_gets_total')
  if (answered === 0 || Object.keys(others).length > 0)
    throw new Error(`fogbell did not answer every request: ${JSON.stringify({ answered, ...others })}`)
}

export const gets = () =>
  inDirectory(async (directory, keep) => {
    const seed = await seedStore(join(directory, 'seed'))
    const fogbell = keep(await startFogbell(join(directory, 'fogbell'), devices, { ota: unlimited }))
    const pair = keep(await startPair('mosquitto + service', join(directory, 'pair'), seed.store))
    const tuned = keep(await startPair('mosquitto tuned + service', join(directory, 'tuned'), seed.store, tuning))
    const load = keep(startLoad())
    await load.open(fogbell.name, fogbell.port, fogbell.devices, true)
    for (const { name, port } of [pair, tuned]) await load.open(name, port, seed.devices, true)
    const contestants = [fogbell, pair, tuned]
    const few = await alternate(load, contestants, 'gets', some)
    const all = await alternate(load, contestants, 'gets', many)
    await check(fogbell)
    const against = (what, figures, manner, wanted) => {
      const [ours, theirs] = [figures[fogbell.name], figures[pair.name]]
      return row(`${what} of ${manner.connections} clients`, perSecond(ours.rate), perSecond(theirs.rate), ours.rate / theirs.rate, wanted)
    }
    const [ours, theirs] = [few[fogbell.name], few[pair.name]]
    const describe = (manner, figures) =>
      `firmware.get: ${manner.connections} connections, ${manner.window} in flight on each, ${manner.rounds} rounds of ${manner.seconds} s.\n\n${detailed(figures)}`
    return {
      rows: [
        against('`firmware.get` round trips, against mosquitto with a service,', few, some, 4),
        against('the same', all, many, 3),
        row('p99 of the first', milliseconds(ours.p99), milliseconds(theirs.p99), ours.p99 / theirs.p99, 0.5, true),
      ],
      details: [describe(some, few), describe(many, all)],
    }
  })

await runAlone(import.meta.url, gets)
