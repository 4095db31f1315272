// Images and ranges of them to 50 connections: Fogbell's download thread beside nginx with sendfile, in turn in one run, medians of the
// rounds. Needs nginx and wrk, and dist/ built. Usage: node bench/downloads.mjs [rounds] [whole seconds of each] [first letters of kinds]

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cpuSeconds } from './children.mjs'
import { startFogbellDownloads } from './contestants/fogbell-downloads.mjs'
import { startNginx } from './contestants/nginx.mjs'
import { median, table } from './figures.mjs'
import { inDirectory } from './part.mjs'

const CONNECTIONS = 50
const WANTED = 0.8
const MIB = 1_048_576

/** `range`: bytes of each range, one after another; `alone`: each request has a connection of its own. */
const kinds = [
  { name: 'whole 1 MiB', image: 'image', size: MIB },
  { name: 'small 100 KiB whole', image: 'small', size: 102_400 },
  { name: 'ranges of 64 KiB', image: 'image', size: MIB, range: 65_536 },
  { name: 'ranges of 4 KiB', image: 'image', size: MIB, range: 4_096 },
  { name: 'alone 64 KiB', image: 'part', size: 65_536, alone: true },
]

/** Each connection of wrk fetches paths and ranges in turn with all others. */
const scriptOf = ([...urls], { size, range, alone }) => {
  const paths = urls.map((each) => JSON.stringify(new URL(each).pathname)).join(',')
  const headers = `${alone ? '["Connection"]="close",' : ''}${range ? '["Range"]="bytes=" .. from .. "-" .. (from + STEP - 1)' : ''}`
  return `local paths, requests, STEP = {${paths}}, {}, ${range ?? size}
local at = 0
function init(args)
  for from = 0, ${size} - 1, STEP do
    for _, path in ipairs(paths) do requests[#requests + 1] = wrk.format("GET", path, {${headers}}) end
  end
end
function request() at = at % #requests + 1; return requests[at] end
`
}

const wrk = async (script, url, seconds) => {
  const child = spawn('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let [text, cpu] = ['', 0]
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  // Asked until it ends, since an ended process has no figures.
  const watch = setInterval(() => {
    cpuSeconds([child.pid]).then(
      (seconds) => {
        cpu = Math.max(cpu, seconds)
      },
      () => undefined,
    )
  }, 100)
  const [code] = await once(child, 'close')
  clearInterval(watch)
  if (code !== 0 || /Non-2xx|Socket errors/.test(text)) throw new Error(`${url} did not serve every request (${code}):\n${text}`)
  return { count: Number(/(\d+) requests in/.exec(text)?.[1]), rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]), cpu }
}

/** Requests a second, and microseconds of processor time of server and generator for each. Any answer but the bytes ends the run. */
const measure = async (directory, kind, server, seconds) => {
  const urls = server.urls(kind.image)
  const script = join(directory, 'requests.lua')
  await writeFile(script, scriptOf(urls, kind))
  const before = await server.cpu()
  const { count, rate, cpu } = await wrk(script, urls[0], seconds)
  const used = (await server.cpu()) - before
  return { rate, us: (used / count) * 1e6, generator: (cpu / count) * 1e6 }
}

const compare = async (directory, kind, servers, rounds, seconds) => {
  const results = servers.map(() => [])
  for (const server of servers) await measure(directory, kind, server, 1)
  for (let round = 0; round < rounds; round += 1)
    for (const [at, server] of servers.entries()) results[at].push(await measure(directory, kind, server, seconds))
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

const summary = ([theirs, ours]) => {
  for (const [name, results] of [
    ['nginx sendfile', theirs],
    ['fogbell', ours],
  ]) {
    const rate = middle(results, 'rate')
    console.log(`${name.padEnd(16)} ${rate.toFixed(0).padStart(6)} req/s  ${((rate * MIB) / 1e9).toFixed(2)} GB/s`)
  }
  const pairs = median(ours.map(({ rate }, at) => rate / theirs[at].rate))
  const ratio = middle(ours, 'rate') / middle(theirs, 'rate')
  console.log(`ratio of medians ${ratio.toFixed(2)}, median of ratios ${pairs.toFixed(2)}; required: at least ${WANTED}`)
}

const [rounds = 7, seconds = 3] = process.argv.slice(2, 4).map(Number)
const wanted = process.argv.slice(4)
const chosen = kinds.filter(({ name }) => wanted.length === 0 || wanted.some((start) => name.startsWith(start)))

await inDirectory(async (directory, keep) => {
  const names = [...new Map(kinds.map(({ image, size }) => [image, size]))]
  for (const [name, size] of names) await writeFile(join(directory, name), randomBytes(size))
  const servers = [
    keep(await startNginx(directory)),
    keep(
      await startFogbellDownloads(
        directory,
        names.map(([name]) => name),
      ),
    ),
  ]
  const lines = []
  for (const kind of chosen) {
    const results = await compare(directory, kind, servers, rounds, seconds)
    if (kind === kinds[0]) summary(results)
    lines.push(lineOf(kind, results))
  }
  console.log(`\n${table(heads, lines)}`)
})
