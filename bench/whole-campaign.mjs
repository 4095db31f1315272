// A whole campaign over real sockets: every board is connected with three filters and has reported its version; it gets the push, reports
// progress three times and then the new version, each after the PUBACK before it; once without a download, and once with an image of 64 KiB
// over a connection of its own. Linux only, needs cc. Usage: node bench/whole-campaign.mjs [boards] [rounds]

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cpuSeconds, sleep } from './children.mjs'
import { startFogbell } from './contestants/fogbell.mjs'
import { median, milliseconds, perSecond, row, table } from './figures.mjs'
import { compileConnections, startConnections } from './load/connections-load.mjs'
import { inDirectory, inRounds, numbers, runAlone } from './part.mjs'

const [boards = 10_000, rounds = 5] = numbers(import.meta.url)
const size = 65_536
const kinds = [
  { name: 'without a download', isDownloading: false, most: 0.5 },
  { name: 'with 64 KiB over a connection of its own', isDownloading: true, most: 0.8 },
]

/** The most resident memory that the process has had so far, MB. */
const peak = async ([pid]) => (Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024) / 1e6

const untilCompleted = async (fogbell, id) => {
  for (let tries = 0; ; tries += 1) {
    const { status, counts } = await fogbell.admin('GET', `/campaigns/${id}`)
    if (status === 'completed' && counts.succeeded === boards) return
    if (tries === 1000) throw new Error(`the campaign is ${status}: ${JSON.stringify(counts)}`)
    await sleep(20)
  }
}

const check = ({ fault, done, fetched }, isDownloading) => {
  if (fault !== '' || done !== boards) throw new Error(`${done} of ${boards} boards were updated: ${fault}`)
  if (fetched !== (isDownloading ? boards * size : 0)) throw new Error(`the boards fetched ${fetched} bytes`)
}

const measure = async (fogbell, load, { isDownloading }) => {
  const firmware = await fogbell.admin('PUT', '/firmware?product=bench&version=2.0.0', randomBytes(size))
  if (!(await load.ask(`open 0 ${boards} 100`)).open) throw new Error('not all boards could connect')
  const reported = await load.ask(`report 1.0.0 ${boards}`)
  if (reported.fault !== '') throw new Error(reported.fault)
  await sleep(1000)
  const updated = load.ask(`campaign ${boards} ${Number(isDownloading)}`)
  const cpu = await cpuSeconds(fogbell.pids)
  const began = performance.now()
  const rate = { maxInProgress: boards, perMinute: 1_000_000 }
  const { id } = await fogbell.admin('POST', '/campaigns', { firmware: firmware.id, start: true, rate })
  const answer = performance.now() - began
  const result = await updated
  check(result, isDownloading)
  await untilCompleted(fogbell, id)
  const took = (performance.now() - began) / 1000
  const used = (await cpuSeconds(fogbell.pids)) - cpu
  const { p50, p99, max, busy, resets } = result
  return { cpu: (used / boards) * 1000, rate: boards / took, answer, peak: await peak(fogbell.pids), p50, p99, max, busy, resets }
}

const once = (directory, program, kind, name) =>
  inDirectory(async (_own, keep) => {
    const fogbell = keep(await startFogbell(join(directory, name), boards, { campaign: false }))
    return await measure(fogbell, keep(startConnections(program, fogbell.port, 'device-', boards)), kind)
  })

const middle = (results, what) => median(results.map((each) => each[what]))

const lineOf = ({ name }, results) => {
  const of = (what, digits) => middle(results, what).toFixed(digits)
  const times = results.map(({ cpu }) => cpu.toFixed(2)).join(' ')
  const waits = ['p50', 'p99', 'max'].map((what) => milliseconds(middle(results, what)))
  const busy = `${Math.round(middle(results, 'busy') * 100)} %`
  return [
    name,
    `${of('cpu', 2)} ms`,
    times,
    of('rate', 0),
    `${of('answer', 0)} ms`,
    `${of('peak', 0)} MB`,
    ...waits,
    results.map(({ resets }) => resets).join(' '),
    busy,
  ]
}

const heads = [
  'each board',
  'processor time of a board',
  'of the rounds, ms',
  'boards a second',
  'answer to the POST',
  'peak of resident memory',
  'PUBACK p50',
  'p99',
  'longest',
  'downloads reset, of the rounds',
  'generator busy',
]

/**
 * A campaign with downloads has two parts, its reports and its downloads: boards a second, beside those of the slower part alone. The downloads alone
 * are far quicker (see **downloads**, "alone 64 KiB"), so that the reports are the slower part.
 */
const besideSlower = ([alone, downloading]) => {
  const [ours, theirs] = [middle(downloading, 'rate'), middle(alone, 'rate')]
  const what = `boards a second in that campaign with downloads, beside the slower of its parts, that without downloads`
  return row(what, perSecond(ours), perSecond(theirs), ours / theirs, 0.6)
}

const rowsOf = (results) => {
  const most = (what) => Math.max(...results.map((each) => middle(each, what)))
  const [answer, memory] = [most('answer'), most('peak')]
  const each = kinds.map(({ name, most: target }, at) => {
    const cpu = middle(results[at], 'cpu')
    const what = `processor time of a board in a campaign of ${boards}, ${name}, beside ${target} ms`
    return row(what, milliseconds(cpu), `${target} ms`, cpu / target, 1, true)
  })
  return [
    ...each,
    besideSlower(results),
    row('answer to the POST that starts that campaign, beside 200 ms', milliseconds(answer), '200 ms', answer / 200, 1, true),
    row('peak of resident memory in it, beside 300 MB', `${memory.toFixed(0)} MB`, '300 MB', memory / 300, 1, true),
  ]
}

export const wholeCampaign = () =>
  inDirectory(async (directory) => {
    const program = await compileConnections(directory)
    const results = kinds.map(() => [])
    await inRounds(rounds, async (round) => {
      for (const [at, kind] of kinds.entries()) results[at].push(await once(directory, program, kind, `${round}-${at}`))
    })
    const heading = `A whole campaign: ${boards} boards, ${rounds} rounds; processor time from the POST until the campaign is completed.`
    const lines = kinds.map((kind, at) => lineOf(kind, results[at]))
    return { rows: rowsOf(results), details: [heading, table(heads, lines)] }
  })

await runAlone(import.meta.url, wholeCampaign)
