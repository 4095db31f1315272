// The whole bench in one command: every part in turn, one table of required and measured ratios, then the figures of each part.
// Usage: npm run build && node bench/run.mjs [--write]   (--write puts it into bench/README.md; needs mosquitto, nginx and wrk)

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { backup } from './backup.mjs'
import { calm } from './calm.mjs'
import { watchOthers } from './children.mjs'
import { machine, median, milliseconds, perSecond, row, verdicts } from './figures.mjs'
import { gets } from './gets.mjs'
import { reports } from './reports.mjs'
import { sessions } from './sessions.mjs'

const run = promisify(execFile)
const script = async (name, ...flags) =>
  (await run(process.execPath, [...flags, fileURLToPath(new URL(name, import.meta.url))])).stdout.trim()
const block = (text) => `\`\`\`\n${text}\n\`\`\``

const downloads = async () => {
  const text = await script('downloads.mjs')
  const rate = (name) => Number(new RegExp(`^${name}\\D*([\\d.]+)`, 'm').exec(text)?.[1])
  const ratio = Number(/ratio of medians ([\d.]+)/.exec(text)?.[1])
  if (!(ratio > 0)) throw new Error(`downloads.mjs printed no ratio:\n${text}`)
  const what = '1 MiB downloads at 50 connections, beside nginx with sendfile'
  return { rows: [row(what, perSecond(rate('fogbell')), perSecond(rate('nginx sendfile')), ratio, 0.8)], details: [block(text)] }
}

const start = async () => {
  const text = await script('store-start.mjs')
  const opened = median(Array.from(text.matchAll(/^open \d+: (\d+) ms/gm), (match) => Number(match[1]))) / 1000
  const what = 'opening a store of 100,000 devices and 1,000,000 finished tasks, against 3 s'
  return { rows: [row(what, `${opened.toFixed(2)} s`, '3 s', opened / 3, 1, true)], details: [block(text)] }
}

const campaigns = async () => {
  const text = await script('campaigns.mjs', '--max-semi-space-size=64')
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

const parts = [reports, gets, sessions, calm, downloads, start, campaigns, backup]
const results = []
const outside = []
for (const part of parts) {
  process.stderr.write(`${part.name} …\n`)
  const others = await watchOthers()
  results.push(await part())
  outside.push(`${part.name} ${Math.round((await others()) * 100)} %`)
}
const page = [
  `Measured on ${await machine()}, ${new Date().toISOString().slice(0, 10)}.`,
  `Share of the processors that other programs used meanwhile: ${outside.join(', ')}.`,
  verdicts(results.flatMap(({ rows }) => rows)),
  ...results.flatMap(({ details }) => details),
].join('\n\n')
console.log(page)

if (process.argv.includes('--write')) {
  const file = new URL('README.md', import.meta.url)
  const text = await readFile(file, 'utf8')
  const [begin, end] = ['<!-- figures: begin -->', '<!-- figures: end -->']
  await writeFile(file, `${text.slice(0, text.indexOf(begin) + begin.length)}\n\n${page}\n\n${text.slice(text.indexOf(end))}`)
}
