// Whether a backup slows down reports: latency of progress reports and the longest stall of the event loop while `fogbell backup` runs, against
// the same without one, in turn. A store of 100,000 devices and 1,000,000 ended tasks. Usage: node bench/backup.mjs [devices] [ended tasks]

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deviceOf, fill, opened } from './big-store.mjs'
import { sleep, stopChild } from './children.mjs'
import { asNpmStart } from './contestants/fogbell.mjs'
import { median, milliseconds, row, table } from './figures.mjs'
import { startLoad } from './load/load.mjs'
import { inDirectory, inRounds, numbers, runAlone } from './part.mjs'

const [devices = 100_000, ended = 1_000_000] = numbers(import.meta.url)
const connections = 200
const manner = { pause: 100, seconds: 8, warm: 0.5 }
const rounds = 3
const longestStall = 50

const program = fileURLToPath(new URL('../bin/fogbell.js', import.meta.url))
const probe = new URL('load/stall-probe.mjs', import.meta.url).href

const descriptionOf = async (data) => {
  for (let tries = 0; tries < 3000; tries += 1) {
    const text = await readFile(join(data, 'fogbell.json'), 'utf8').catch(() => '')
    if (text !== '') return JSON.parse(text)
    await sleep(20)
  }
  throw new Error('the server did not start')
}

const startServer = async (directory, data) => {
  const config = join(directory, 'fogbell.json')
  await writeFile(config, JSON.stringify({ devices: { enrolment: 'open' }, log: { level: 'error' } }))
  const ports = ['mqtt', 'firmware', 'admin'].flatMap((name) => [`--${name}-port`, '0'])
  const args = [...asNpmStart, '--import', probe, program, 'serve', '--config', config, '--data', data, '--host', '127.0.0.1', ...ports]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const stall = async () => {
    child.send('stall')
    const [found] = await once(child, 'message')
    return found
  }
  const description = await descriptionOf(data)
  return { port: Number(new URL(description.mqtt[0]).port), stall, stop: () => stopChild(child) }
}

/** Devices with an open task each, as `fill` has made them. */
const reporters = () =>
  Array.from({ length: connections }, (_, n) => {
    const task = ended + 1 + (n % opened)
    const { product, name } = deviceOf(task % devices)
    return { product, name, task }
  })

/** One backup after another until it is stopped; at least one is whole. */
const startBackups = (directory, data) => {
  const file = join(directory, 'bench.backup.tar')
  const took = []
  const one = async () => {
    const begin = performance.now()
    const child = spawn(process.execPath, [program, 'backup', file, '--force', '--data', data], { stdio: ['ignore', 'ignore', 'inherit'] })
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`the backup ended with status ${code}`)
    took.push((performance.now() - begin) / 1000)
  }
  let isWanted = true
  const all = (async () => {
    do await one()
    while (isWanted)
  })()
  return async () => {
    isWanted = false
    await all
    return { took, bytes: (await stat(file)).size }
  }
}

const turn = async (load, server) => {
  await server.stall()
  const result = await load.run('fogbell', 'reports', manner)
  return { ...result, ...(await server.stall()) }
}

const describe = (results, backups) => {
  const line = (name, words) => {
    const of = (figure) => results[name].map((each) => each[figure])
    return [
      words,
      milliseconds(median(of('p50'))),
      milliseconds(median(of('p99'))),
      milliseconds(Math.max(...of('max'))),
      milliseconds(Math.max(...of('stall'))),
      milliseconds(Math.max(...of('work'))),
    ]
  }
  const mib = Math.round(backups[0].bytes / 2 ** 20)
  const took = median(backups.flatMap((each) => each.took))
  const heading = `Reports during a backup: ${devices} devices, ${ended} ended tasks; ${connections} devices, each reporting every ${manner.pause} ms; ${rounds} rounds of ${manner.seconds} s. A backup has ${mib} MiB and takes ${took.toFixed(1)} s.`
  return `${heading}\n\n${table(['meanwhile', 'p50', 'p99', 'longest', 'longest stall of the event loop', 'of that its own work'], [line('idle', 'nothing'), line('busy', 'one backup after another')])}`
}

export const backup = () =>
  inDirectory(async (directory, keep) => {
    const data = join(directory, 'data')
    await mkdir(data)
    await fill(join(data, 'store'), devices, ended)
    const server = keep(await startServer(directory, data))
    const load = keep(startLoad())
    await load.open('fogbell', server.port, reporters(), false)
    const results = { idle: [], busy: [] }
    const backups = []
    await inRounds(rounds, async () => {
      results.idle.push(await turn(load, server))
      const finish = startBackups(directory, data)
      results.busy.push(await turn(load, server))
      backups.push(await finish())
    })
    const most = (name, figure) => Math.max(...results[name].map((each) => each[figure]))
    const p99 = (name) => median(results[name].map((each) => each.p99))
    const work = most('busy', 'work')
    return {
      rows: [
        row(
          'the longest turn of the event loop during a backup, in its own processor time, beside 50 ms',
          milliseconds(work),
          '50 ms',
          work / longestStall,
          1,
          true,
        ),
        row(
          'p99 of reports during a backup, beside theirs without one',
          milliseconds(p99('busy')),
          milliseconds(p99('idle')),
          p99('busy') / p99('idle'),
          3,
          true,
        ),
      ],
      details: [describe(results, backups)],
    }
  })

await runAlone(import.meta.url, backup)
