// QoS 1 to a subscriber with a persistent session: Fogbell, which acknowledges what is on disk, against a bare Aedes on LevelDB and a
// mosquitto that saves each change. Usage: node bench/sessions.mjs

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startAedesOnLevel } from './contestants/aedes-level.mjs'
import { startFogbell } from './contestants/fogbell.mjs'
import { saving, startMosquitto } from './contestants/mosquitto.mjs'
import { median, perSecond, row, table } from './figures.mjs'
import { startLoad } from './load/load.mjs'
import { inDirectory, runAlone } from './part.mjs'
import { alternate, detailed } from './rounds.mjs'

const publishers = 10
const through = { window: 20, seconds: 2.5, warm: 0.5, rounds: 5 }
/** mosquitto writes the whole queue at each change: more messages would take it minutes. */
const away = { window: 20, each: 200 }
const awayRounds = 3
const anybody = { anonymous: { publish: ['#'], subscribe: ['#'] } }

const rowsOf = (figures) => {
  const against = (name, what, wanted) =>
    row(what, perSecond(figures.fogbell.rate), perSecond(figures[name].rate), figures.fogbell.rate / figures[name].rate, wanted)
  return [
    against('aedes on level', 'QoS 1 to a persistent session, against a bare Aedes on LevelDB', 0.7),
    against('mosquitto', 'the same, against mosquitto that saves each change', 1),
  ]
}

/** Fogbell must lose no message and deliver none twice, or its rate means nothing. */
const check = ({ lost, again }) => {
  if (lost > 0 || again > 0) throw new Error(`fogbell lost ${lost} messages, and delivered ${again} twice`)
}

/** The figures, with the messages that were lost. */
const runThrough = async (load, contestants) => {
  const lost = new Map()
  const counting = {
    run: async (name, _kind, manner) => {
      const result = await load.ask('run', name, manner)
      if (name === 'fogbell') check(result)
      lost.set(name, (lost.get(name) ?? 0) + result.lost)
      return result
    },
  }
  const figures = await alternate(counting, contestants, 'through', through)
  const heading = `QoS 1 to a persistent session: ${publishers} publishers with ${through.window} messages in flight each, one subscriber, ${through.rounds} rounds of ${through.seconds} s.`
  const words = Array.from(lost, ([name, count]) => `${name} ${count}`).join(', ')
  return { figures, detail: `${heading} Lost messages: ${words}.\n\n${detailed(figures)}` }
}

const runAway = async (load, contestants) => {
  const lines = []
  for (const { name } of contestants) {
    const results = []
    for (let round = 0; round < awayRounds; round += 1) results.push(await load.ask('offline', name, away))
    const middle = (figure) => perSecond(median(results.map((each) => each[figure])))
    const missing = results.reduce((sum, each) => sum + each.missing, 0)
    lines.push([name, middle('stored'), middle('delivered'), String(missing)])
  }
  const heading = `The same while the subscriber is offline, ${publishers * away.each} messages, and its return; ${awayRounds} rounds.`
  return `${heading}\n\n${table(['server', 'acknowledged', 'delivered at its return', 'missing'], lines)}`
}

export const sessions = () =>
  inDirectory(async (directory, keep) => {
    const place = join(directory, 'aedes')
    await mkdir(place)
    const fogbell = keep(await startFogbell(join(directory, 'fogbell'), 1, { mqtt: anybody }))
    const aedes = keep(await startAedesOnLevel(place))
    const mosquitto = keep(await startMosquitto(join(directory, 'mosquitto'), '', saving))
    const load = keep(startLoad('through.mjs'))
    const contestants = [fogbell, aedes, mosquitto]
    for (const { name, port } of contestants) await load.ask('open', name, { port, publishers })
    const { figures, detail } = await runThrough(load, contestants)
    return { rows: rowsOf(figures), details: [detail, await runAway(load, contestants)] }
  })

await runAlone(import.meta.url, sessions)
