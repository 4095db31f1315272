// Whether downloads slow down MQTT: p99 of firmware.get while 50 connections download 1 MiB images without a pause, against its idle p99.
// Devices ask in turn, at a steady rate. Needs wrk. Usage: node bench/calm.mjs

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { sleep } from './children.mjs'
import { startFogbell } from './contestants/fogbell.mjs'
import { median, milliseconds, row, table } from './figures.mjs'
import { unlimited } from './gets.mjs'
import { startLoad } from './load/load.mjs'
import { inDirectory, runAlone } from './part.mjs'

const devices = 50
const downloads = 50
const manner = { pause: 50, seconds: 3, warm: 0.5 }
const rounds = 6

/** A link as the server makes it: from the answer to a firmware.get of the load. */
const linkOf = async (load, site) => (await load.run(site, 'gets', { ...manner, seconds: 0.5 })).url

const startDownloads = (url) => {
  const seconds = Math.ceil(manner.seconds + manner.warm + 1)
  const child = spawn('wrk', ['-t1', `-c${downloads}`, `-d${seconds}s`, url], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  return async () => {
    const [code] = child.exitCode === null ? await once(child, 'close') : [child.exitCode]
    if (code !== 0 || /Non-2xx|Socket errors/.test(said)) throw new Error(`the downloads failed (${code}):\n${said}`)
    return Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1])
  }
}

const busyTurn = async (load, site, url) => {
  const finish = startDownloads(url)
  await sleep(500)
  const result = await load.run(site, 'gets', manner)
  return { ...result, downloaded: await finish() }
}

export const calm = () =>
  inDirectory(async (directory, keep) => {
    const fogbell = keep(await startFogbell(join(directory, 'fogbell'), devices, { ota: unlimited }))
    const load = keep(startLoad('generator.mjs', { ahead: true }))
    await load.open(fogbell.name, fogbell.port, fogbell.devices, true)
    const url = await linkOf(load, fogbell.name)
    const results = { idle: [], busy: [] }
    for (let round = 0; round < rounds; round += 1) {
      results.idle.push(await load.run(fogbell.name, 'gets', manner))
      results.busy.push(await busyTurn(load, fogbell.name, url))
    }
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
