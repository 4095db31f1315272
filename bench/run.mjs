// The whole bench in one command: every part in turn, each in a process of its own, one table of required and measured ratios, then the figures
// of each part. Usage: npm run build && node bench/run.mjs [--only PART,PART …] [--anyway] [--write]   (Linux; needs mosquitto, nginx, wrk, cc)
//   --only    some parts only; --anyway: also on a machine that is not quiet; --write: puts all figures into bench/README.md

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { sleep, stopChild, watchOthers } from './children.mjs'
import { machine, median, milliseconds, row, verdicts } from './figures.mjs'

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, anyway: { type: 'boolean' }, write: { type: 'boolean' } },
})
const block = (text) => `\`\`\`\n${text}\n\`\`\``

let running = null
const script = async (name, args = [], flags = []) => {
  const child = spawn(process.execPath, [...flags, fileURLToPath(new URL(name, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running = child
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${name} ended with status ${code}`)
  return text.trim()
}

/** A part that gives its figures itself. */
const part = (name) => [name, async () => JSON.parse(await script(`${name}.mjs`, ['--json']))]

const storeStart = async () => {
  const text = await script('store-start.mjs')
  const opened = median(Array.from(text.matchAll(/^open \d+: (\d+) ms/gm), (match) => Number(match[1]))) / 1000
  const what = 'opening a store of 100,000 devices and 1,000,000 finished tasks, against 3 s'
  return { rows: [row(what, `${opened.toFixed(2)} s`, '3 s', opened / 3, 1, true)], details: [block(text)] }
}

const campaigns = async () => {
  const text = await script('campaigns.mjs', [], ['--max-semi-space-size=16'])
  const worst = (name) => Math.max(...Array.from(text.matchAll(new RegExp(`^${name} +([\\d.]+) ms`, 'gm')), (match) => Number(match[1])))
  const [took, tick] = ['planning', 'tick p50'].map(worst)
  // The worst of all rounds: "never longer" is no median.
  const stood = Math.max(
    ...Array.from(text.matchAll(/^longest block [\d.]+ ms \(([^)]+)\)/gm), (match) => Math.max(...match[1].split(' ').map(Number))),
  )
  return {
    rows: [
      row('creating the tasks of 100,000 targets, against 2 s', `${(took / 1000).toFixed(2)} s`, '2 s', took / 2000, 1, true),
      row('the longest block of the event loop meanwhile, of all rounds, against 50 ms', milliseconds(stood), '50 ms', stood / 50, 1, true),
      row('a tick with 100,000 open tasks and nothing due, against 1 ms', milliseconds(tick), '1 ms', tick, 1, true),
    ],
    details: [block(text)],
  }
}

const parts = new Map([
  part('connections'),
  part('death'),
  part('reports'),
  part('gets'),
  part('puback'),
  part('calm'),
  part('downloads'),
  part('whole-campaign'),
  part('start'),
  part('task-list'),
  part('sessions'),
  ['store-start', storeStart],
  ['campaigns', campaigns],
  part('backup'),
])

const chosen = options.only?.split(',') ?? [...parts.keys()]
const unknown = chosen.filter((name) => !parts.has(name))
if (unknown.length > 0) {
  console.error(`no part is called ${unknown.join(', ')}; the parts are ${[...parts.keys()].join(', ')}`)
  process.exit(2)
}

const percent = (share) => `${Math.round(share * 100)} %`
const quiet = 0.05

/** Figures of a machine that does other work mean little: then it says so, and goes on only if that is wanted. */
const checkQuiet = async () => {
  const others = await watchOthers()
  await sleep(5000)
  const share = await others()
  if (share <= quiet) return
  console.error(`!!! THIS MACHINE IS NOT QUIET: other programs used ${percent(share)} of its processors in 5 s.`)
  console.error('!!! Absolute figures and long waits will be wrong, and ratios uncertain.')
  if (options.anyway) return
  console.error('!!! Stop the other programs, or go on with --anyway.')
  process.exit(1)
}

const runAll = async () => {
  const results = []
  const outside = []
  for (const name of chosen) {
    const others = await watchOthers()
    const began = performance.now()
    results.push(await parts.get(name)())
    const share = percent(await others())
    outside.push(`${name} ${share}`)
    console.error(`${name}: ${Math.round((performance.now() - began) / 1000)} s, other programs ${share}`)
  }
  return [
    `Measured on ${await machine()}, ${new Date().toISOString().slice(0, 10)}.`,
    `Share of the processors that other programs used meanwhile: ${outside.join(', ')}.`,
    verdicts(results.flatMap(({ rows }) => rows)),
    ...results.flatMap(({ details }) => details),
  ].join('\n\n')
}

const writePage = async (page) => {
  const file = new URL('README.md', import.meta.url)
  const text = await readFile(file, 'utf8')
  const [begin, end] = ['<!-- figures: begin -->', '<!-- figures: end -->']
  await writeFile(file, `${text.slice(0, text.indexOf(begin) + begin.length)}\n\n${page}\n\n${text.slice(text.indexOf(end))}`)
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void (running === null ? Promise.resolve() : stopChild(running)).finally(() => process.exit(1)))
}
await checkQuiet()
const page = await runAll()
console.log(page)
if (options.write && [...parts.keys()].every((name) => chosen.includes(name))) await writePage(page)
else if (options.write) console.error('bench/README.md was not changed: only a run of all parts is written.')
