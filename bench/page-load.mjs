// Whether people who look at a running campaign hold its devices up: 10,000 devices with progress reports at QoS 1, each on disk before its
// PUBACK, without anybody and with 20 browsers, in turn. Meanwhile others finish, so that the campaign changes all the time.
// Usage: node bench/page-load.mjs [rounds] [browsers]

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cpuSeconds, sleep, watchOthers } from './children.mjs'
import { startFogbell } from './contestants/fogbell.mjs'
import { median, microseconds, milliseconds, row, table } from './figures.mjs'
import { goAhead, startLoad } from './load/load.mjs'
import { inDirectory, runAlone } from './part.mjs'

const rounds = Number(process.argv[2] ?? 3)
const browsers = Number(process.argv[3] ?? 20)
const reporters = 10_000
/** Devices that a browser shows. */
const shown = 50
/** Every device reports once in `pause`, for the first time after it: then what counts begins. */
const manner = { pause: 10_000, seconds: 8, warm: 10.5 }
/** Devices that finish in a turn. */
const finishers = 600

/** The server goes ahead of other programs in all its threads, since it is compared with itself. Linux only. */
const goAheadWhole = async ([pid]) => {
  for (const thread of await readdir(`/proc/${pid}/task`)) goAhead(Number(thread))
}

/** The lists of devices that the browsers show: no device twice. */
const pagesOf = (devices) => Array.from({ length: browsers }, (_, at) => devices.slice(at * shown, (at + 1) * shown))

const turn = async ({ fogbell, load, people, pages }) => {
  const began = performance.now()
  await people.ask('look', fogbell.name, { data: fogbell.data, pages })
  const [before, others] = [await cpuSeconds(fogbell.pids), await watchOthers()]
  const finishing = people.ask('finish', fogbell.name, { count: finishers, seconds: manner.seconds + manner.warm - 1 })
  const result = await load.run(fogbell.name, 'reports', manner)
  await finishing
  const cpu = (((await cpuSeconds(fogbell.pids)) - before) / result.all) * 1e6
  const busy = await others()
  const seen = await people.ask('lookAway', fogbell.name)
  const took = (performance.now() - began) / 1000
  await sleep(500)
  return { ...result, cpu, others: busy, seen, took }
}

const sum = (results, read) => results.reduce((total, each) => total + (read(each) ?? 0), 0)

/** Streams that carry nothing would cost nothing. */
const check = (watched) => {
  for (const event of ['task', 'campaign', 'overview'])
    if (sum(watched, ({ seen }) => seen[event]) === 0) throw new Error(`no stream had an event ${event}`)
}

const describe = (results) => {
  const line = (what, each) => [
    what,
    milliseconds(median(each.map(({ p50 }) => p50))),
    milliseconds(median(each.map(({ p99 }) => p99))),
    microseconds(median(each.map(({ cpu }) => cpu))),
    each.map(({ p99 }) => p99.toPrecision(3)).join(' '),
    each.map(({ cpu }) => cpu.toPrecision(3)).join(' '),
    `${Math.round(median(each.map(({ others }) => others)) * 100)} %`,
  ]
  const seconds = sum(results.watched, ({ took }) => took)
  const perStream = (event) => (sum(results.watched, ({ seen }) => seen[event]) / browsers / seconds).toFixed(1)
  const streams = ['task', 'device', 'campaign', 'overview'].map((event) => `${perStream(event)} ${event}`).join(', ')
  const heading = `Pages: ${reporters} devices, each reporting every ${manner.pause / 1000} s, ${Math.round(finishers / (manner.seconds + manner.warm))} that finish in a second; ${browsers} browsers that show ${shown} devices each; ${rounds} rounds of ${manner.seconds} s.`
  return `${heading}\nOf a stream in a second: ${streams}; ${Math.round(perStream('bytes') / 1000)} kB.\n\n${table(
    [
      'meanwhile',
      'p50',
      'p99',
      'processor time of the server a report',
      'p99 of the rounds',
      'processor time of the rounds',
      'processors busy, all programs',
    ],
    [line('nobody looks', results.alone), line(`${browsers} browsers look`, results.watched)],
  )}`
}

export const pageLoad = () =>
  inDirectory(async (directory, keep) => {
    const all = reporters + finishers * 2 * (rounds + 1)
    const fogbell = keep(await startFogbell(join(directory, 'fogbell'), all))
    await goAheadWhole(fogbell.pids)
    const load = keep(startLoad('generator.mjs', { ahead: true }))
    const people = keep(startLoad('page-client.mjs'))
    const [reporting, finishing] = [fogbell.devices.slice(0, reporters), fogbell.devices.slice(reporters)]
    await load.open(fogbell.name, fogbell.port, reporting, false)
    await people.ask('connect', fogbell.name, { port: fogbell.port, devices: finishing })
    const turns = { alone: [], watched: pagesOf(reporting) }
    const take = (name) => turn({ fogbell, load, people, pages: turns[name] })
    // The first turn of each only warms up.
    for (const name of ['alone', 'watched']) await take(name)
    const results = { alone: [], watched: [] }
    for (let round = 0; round < rounds; round += 1) {
      const order = round % 2 === 0 ? ['alone', 'watched'] : ['watched', 'alone']
      for (const name of order) results[name].push(await take(name))
    }
    check(results.watched)
    const p99 = (name) => median(results[name].map((each) => each.p99))
    const what = `p99 of reports while ${browsers} browsers look at 10,000 devices, beside theirs without`
    return {
      rows: [row(what, milliseconds(p99('watched')), milliseconds(p99('alone')), p99('watched') / p99('alone'), 1.2, true)],
      details: [describe(results)],
    }
  })

await runAlone(import.meta.url, pageLoad)
