// MQTT has priority over downloads: on Linux their thread has a lower priority than the rest of the process.

import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { built, createDownloadFixture } from '../support/download-fixture.ts'
import { imageOf } from '../support/image-samples.ts'

/** The nice value of each thread of this process. */
const niceness = async (): Promise<readonly number[]> => {
  const stats = await Promise.all(
    (await readdir('/proc/self/task')).map((thread) => readFile(`/proc/self/task/${thread}/stat`, 'utf8').catch(() => null)),
  )
  // proc(5): the 19th field; the text in parentheses may contain spaces.
  return stats.flatMap((stat) => (stat === null ? [] : [Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])]))
}

test.runIf(platform() === 'linux')('one thread is nicer than the others while downloads are served', async () => {
  const base = Math.min(...(await niceness()))
  const nicer = async (): Promise<number> => (await niceness()).filter((nice) => nice > base).length
  const before = await nicer()
  const fixture = await createDownloadFixture(imageOf(10))
  try {
    expect(await nicer()).toBe(before + 1)
  } finally {
    await fixture.close()
  }
})

/** The nice values of the main thread and of the thread of downloads, where the process was started with `nice`. */
const niceUnder = async (nice: number): Promise<readonly number[]> => {
  const text = `
    import { getPriority } from 'node:os'
    import { readdirSync, readFileSync } from 'node:fs'
    import { createDownloads } from ${JSON.stringify(built('download/server.js').href)}
    const silent = () => undefined
    const log = { trace: silent, debug: silent, info: silent, warn: silent, error: silent }
    const side = { grant: async () => undefined, served: silent, faulty: silent }
    const workerUrl = new URL(${JSON.stringify(built('download/worker.js').href)})
    const downloads = await createDownloads({ workerUrl, host: '127.0.0.1', port: 0, publicUrl: null, maxDownloads: 1, bytesPerSecond: 0,
      cacheBytes: 0, key: 'k', imagePath: (name) => name, digestsPath: (name) => name + '.digests', side, log })
    const stat = (thread) => readFileSync('/proc/self/task/' + thread + '/stat', 'utf8')
    const values = readdirSync('/proc/self/task').map((thread) => Number(stat(thread).slice(stat(thread).lastIndexOf(')') + 2).split(' ')[16]))
    console.log(JSON.stringify([getPriority(), Math.max(...values)]))
    await downloads.close()`
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-nice-'))
  const file = join(directory, 'nice.mjs')
  await writeFile(file, text)
  const child = spawn('nice', ['-n', String(nice), process.execPath, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) output += String(chunk)
  await rm(directory, { recursive: true })
  return JSON.parse(output)
}

test.runIf(platform() === 'linux').each([
  [5, 15],
  [15, 19],
])('a service that is started with a niceness of %i has downloads at %i', async (nice, downloads) => {
  const base = Math.min(...(await niceness()))
  expect(await niceUnder(nice)).toEqual([Math.min(19, base + nice), Math.min(19, base + downloads)])
})
