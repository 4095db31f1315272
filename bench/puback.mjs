// How long a board waits for its PUBACK: p99 of 20 devices that each publish a progress report, or an ordinary message at QoS 1, every 50 ms,
// idle and while 50 connections download 1 MiB images without a pause. The peer is mosquitto (ordinary messages) beside nginx, which serves the
// same downloads; and the disk alone, as Fogbell waits for it: an append of 500 bytes and fdatasync, every 5 ms. Needs wrk. Usage: node bench/puback.mjs [rounds] [seconds]

import { randomBytes } from 'node:crypto'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sleep } from './children.mjs'
import { imageBytes, startFogbell } from './contestants/fogbell.mjs'
import { startMosquitto } from './contestants/mosquitto.mjs'
import { startNginx } from './contestants/nginx.mjs'
import { median, milliseconds, row, table } from './figures.mjs'
import { unlimited } from './gets.mjs'
import { besideDownloads, downloads, linksOf, tasks } from './load/beside-downloads.mjs'
import { startLoad } from './load/load.mjs'
import { inDirectory, inRounds, numbers, runAlone } from './part.mjs'

const [rounds = 5, seconds = 3] = numbers(import.meta.url)
const devices = 20
const manner = { pause: 50, seconds, warm: 0.5 }

/** What is measured in turn: what is published, and where. */
const subjects = [
  { site: 'fogbell', kind: 'reports', what: 'Fogbell, progress reports, each on disk' },
  { site: 'fogbell', kind: 'messages', what: 'Fogbell, ordinary messages' },
  { site: 'mosquitto', kind: 'messages', what: 'mosquitto, ordinary messages; downloads from nginx' },
  { site: 'fogbell', kind: 'disk', what: 'the disk alone, an append and fdatasync' },
]

const record = Buffer.alloc(500, 'x')

/** How long the disk takes for what each group of reports waits for. */
const disk = async (directory) => {
  const file = await open(join(directory, 'synced'), 'a')
  const waits = []
  const until = performance.now() + seconds * 1000
  try {
    while (performance.now() < until) {
      const began = performance.now()
      await file.write(record)
      await file.datasync()
      waits.push(performance.now() - began)
      await sleep(5)
    }
  } finally {
    await file.close()
  }
  waits.sort((one, other) => one - other)
  const at = (share) => waits[Math.floor(waits.length * share)]
  return { p50: at(0.5), p99: at(0.99), busy: 0 }
}

const startNginxWithImage = async (directory) => {
  await mkdir(directory)
  await writeFile(join(directory, 'image'), randomBytes(imageBytes))
  return startNginx(directory)
}

const measure = async (directory, load, urls) => {
  const results = subjects.map((subject) => ({ ...subject, idle: [], busy: [] }))
  await inRounds(rounds, async () => {
    for (const { site, kind, idle, busy } of results) {
      const turn = () => (kind === 'disk' ? disk(directory) : load.run(site, kind, manner))
      idle.push(await turn())
      busy.push(await besideDownloads(directory, urls[site], manner.warm + seconds, turn))
    }
  })
  return results
}

const middle = (results, what) => median(results.map((each) => each[what]))

const lineOf = ({ what }, results, meanwhile) => [
  what,
  meanwhile,
  milliseconds(middle(results, 'p50')),
  milliseconds(middle(results, 'p99')),
  results.map(({ p99 }) => p99.toPrecision(3)).join(' '),
  `${Math.round(middle(results, 'busy') * 100)} %`,
]

const linesOf = (subject) => [
  lineOf(subject, subject.idle, 'nothing'),
  lineOf(subject, subject.busy, `${Math.round(middle(subject.busy, 'downloaded'))} downloads a second`),
]

/** The worst round counts. */
const within = (what, results, most) => {
  const p99 = Math.max(...results.map((each) => each.p99))
  return row(
    `p99 of the wait for a PUBACK in the worst round, ${what}, beside ${most} ms`,
    milliseconds(p99),
    `${most} ms`,
    p99 / most,
    1,
    true,
  )
}

const rowsOf = ([reports, messages]) => [
  within('progress reports', reports.idle, 2),
  within('progress reports while downloads saturate', reports.busy, 4),
  within('ordinary messages', messages.idle, 2),
  within('ordinary messages while downloads saturate', messages.busy, 4),
]

const heads = ['what', 'meanwhile', 'p50', 'p99, the median', 'p99 of the rounds', 'generator busy']

export const puback = () =>
  inDirectory(async (directory, keep) => {
    const fogbell = keep(await startFogbell(join(directory, 'fogbell'), tasks, { ota: unlimited }))
    const mosquitto = keep(await startMosquitto(join(directory, 'mosquitto')))
    const nginx = keep(await startNginxWithImage(join(directory, 'nginx')))
    const urls = { fogbell: await linksOf(fogbell), mosquitto: nginx.urls('image') }
    const load = keep(startLoad('generator.mjs', { ahead: true }))
    const some = fogbell.devices.slice(0, devices)
    for (const { name, port } of [fogbell, mosquitto]) await load.open(name, port, some, false)
    const results = await measure(directory, load, urls)
    const heading = `PUBACK: ${devices} devices that each publish every ${manner.pause} ms; ${downloads} connections that download images of 1 MiB without a pause; ${rounds} rounds of ${seconds} s.`
    return { rows: rowsOf(results), details: [heading, table(heads, results.flatMap(linesOf))] }
  })

await runAlone(import.meta.url, puback)
