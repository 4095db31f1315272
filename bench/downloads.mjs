// Images and ranges of them to 50 connections: Fogbell's download thread beside nginx with sendfile, in turn in one run, medians of the
// rounds. Needs nginx and wrk, and dist/ built. Usage: node bench/downloads.mjs [rounds] [whole seconds of each] [first letters of kinds]

import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startFogbellDownloads } from './contestants/fogbell-downloads.mjs'
import { startNginx } from './contestants/nginx.mjs'
import { median, microseconds, perSecond, row, table } from './figures.mjs'
import { startWrk } from './load/wrk.mjs'
import { inDirectory, inRounds, numbers, runAlone, say } from './part.mjs'

const CONNECTIONS = 50
const MIB = 1_048_576

/** `range`: bytes of each range, one after another; `alone`: each request has a connection of its own. `us`: the most processor time of a request. */
const kinds = [
  { name: 'whole 1 MiB', image: 'image', size: MIB, rate: 1, cpu: 1.5 },
  { name: 'small 100 KiB whole', image: 'small', size: 102_400, rate: 0.8, us: 40 },
  { name: 'ranges of 64 KiB', image: 'image', size: MIB, range: 65_536, rate: 0.8, us: 40 },
  { name: 'ranges of 4 KiB', image: 'image', size: MIB, range: 4_096, rate: 0.8, us: 40 },
  { name: 'alone 64 KiB', image: 'part', size: 65_536, alone: true, us: 250 },
]

/** Requests a second, and microseconds of processor time of server and generator for each. Any answer but the bytes ends the run. */
const measure = async (directory, { image, size, range, alone }, server, seconds) => {
  const before = await server.cpu()
  const manner = { connections: CONNECTIONS, seconds, size, range, alone }
  const finish = await startWrk(join(directory, 'requests.lua'), server.urls(image), manner)
  const { count, rate, cpu } = await finish()
  const used = (await server.cpu()) - before
  return { rate, us: (used / count) * 1e6, generator: (cpu / count) * 1e6 }
}

const compare = async (directory, kind, servers, rounds, seconds) => {
  const results = servers.map(() => [])
  for (const server of servers) await measure(directory, kind, server, 1)
  say(kind.name)
  await inRounds(rounds, async () => {
    for (const [at, server] of servers.entries()) results[at].push(await measure(directory, kind, server, seconds))
  })
  return results
}

const middle = (results, what) => median(results.map((each) => each[what]))

const lineOf = ({ name }, [theirs, ours]) => {
  const both = (what, digits) => [middle(theirs, what).toFixed(digits), middle(ours, what).toFixed(digits)]
  const ratio = (middle(ours, 'rate') / middle(theirs, 'rate')).toFixed(2)
  const rounds = ours.map(({ rate }, at) => (rate / theirs[at].rate).toFixed(2)).join(' ')
  return [name, ...both('rate', 0), ratio, ...both('us', 0), ...both('generator', 0), rounds]
}

const heads = [
  '50 connections',
  'nginx req/s',
  'fogbell req/s',
  'ratio',
  'nginx µs',
  'fogbell µs',
  'generator µs (nginx)',
  'generator µs (fogbell)',
  'ratios of the rounds',
]

const rowsOf = ({ name, rate, cpu, us }, [theirs, ours]) => {
  const rates = [middle(ours, 'rate'), middle(theirs, 'rate')]
  const times = [middle(ours, 'us'), middle(theirs, 'us')]
  const what = `processor time of a request, ${name}`
  return [
    ...(rate ? [row(`downloads, ${name}, beside nginx with sendfile`, ...rates.map(perSecond), rates[0] / rates[1], rate)] : []),
    ...(cpu ? [row(`${what}, beside nginx`, ...times.map(microseconds), times[0] / times[1], cpu, true)] : []),
    ...(us ? [row(`${what}, beside ${us} µs`, microseconds(times[0]), `${us} µs`, times[0] / us, 1, true)] : []),
  ]
}

const [rounds = 5, seconds = 2] = numbers(import.meta.url)
const wanted = process.argv.slice(2).filter((text) => /^[a-z]/.test(text))
const chosen = kinds.filter(({ name }) => wanted.length === 0 || wanted.some((start) => name.startsWith(start)))

const downloads = () =>
  inDirectory(async (directory, keep) => {
    const names = [...new Map(kinds.map(({ image, size }) => [image, size]))]
    for (const [name, size] of names) await writeFile(join(directory, name), randomBytes(size))
    const images = names.map(([name]) => name)
    const servers = [keep(await startNginx(directory)), keep(await startFogbellDownloads(directory, images))]
    const all = []
    for (const kind of chosen) all.push({ kind, results: await compare(directory, kind, servers, rounds, seconds) })
    return {
      rows: all.flatMap(({ kind, results }) => rowsOf(kind, results)),
      details: [
        `Downloads: ${CONNECTIONS} connections, ${rounds} rounds of ${seconds} s.`,
        table(
          heads,
          all.map(({ kind, results }) => lineOf(kind, results)),
        ),
      ],
    }
  })

await runAlone(import.meta.url, downloads)
