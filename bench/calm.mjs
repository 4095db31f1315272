// Whether downloads slow down MQTT: p99 of firmware.get while 50 connections download 1 MiB images without a pause, against its idle p99.
// Devices ask in turn, at a steady rate. Needs wrk. Usage: node bench/calm.mjs

import { join } from 'node:path'
import { startFogbell } from './contestants/fogbell.mjs'
import { median, milliseconds, row, table } from './figures.mjs'
import { unlimited } from './gets.mjs'
import { besideDownloads, downloads, linksOf, tasks } from './load/beside-downloads.mjs'
import { startLoad } from './load/load.mjs'
import { inDirectory, inRounds, runAlone } from './part.mjs'

const devices = 50
const manner = { pause: 50, seconds: 3, warm: 0.5 }
const rounds = 6

export const calm = () =>
  inDirectory(async (directory, keep) => {
    const fogbell = keep(await startFogbell(join(directory, 'fogbell'), tasks, { ota: unlimited }))
    const urls = await linksOf(fogbell)
    const load = keep(startLoad('generator.mjs', { ahead: true }))
    await load.open(fogbell.name, fogbell.port, fogbell.devices.slice(0, devices), true)
    const results = { idle: [], busy: [] }
    await inRounds(rounds, async () => {
      const turn = () => load.run(fogbell.name, 'gets', manner)
      results.idle.push(await turn())
      results.busy.push(await besideDownloads(directory, urls, manner.warm + manner.seconds, turn))
    })
    const p99 = (name) => median(results[name].map((each) => each.p99))
    const p50 = (name) => median(results[name].map((each) => each.p50))
    const rate = median(results.busy.map((each) => each.downloaded))
    const lines = ['idle', 'busy'].map((name) => [
      name === 'idle' ? 'no downloads' : `${Math.round(rate)} downloads of 1 MiB a second`,
      milliseconds(p50(name)),
      milliseconds(p99(name)),
      results[name].map((each) => each.p99.toPrecision(3)).join(' '),
    ])
    const heading = `firmware.get during downloads: ${devices} devices, each asking every ${manner.pause} ms; ${downloads} connections that download without a pause; ${rounds} rounds of ${manner.seconds} s.`
    return {
      rows: [
        row(
          'p99 of `firmware.get` while downloads saturate, against its idle p99',
          milliseconds(p99('busy')),
          milliseconds(p99('idle')),
          p99('busy') / p99('idle'),
          3,
          true,
        ),
      ],
      details: [`${heading}\n\n${table(['meanwhile', 'p50', 'p99', 'p99 of the rounds'], lines)}`],
    }
  })

await runAlone(import.meta.url, calm)
