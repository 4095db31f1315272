// Fogbell's download thread alone, in this process, which does nothing else meanwhile. The core grants every task its image.

import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createDownloads } from '../../dist/download/server.js'

const say = (fields, message) => console.error(message, fields)
const log = { trace: () => undefined, debug: () => undefined, info: say, warn: say, error: say }
/** A task has four downloads at most. */
const tasksPerImage = 200

const imagesOf = async (directory, names) =>
  Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(directory, name))
      return { name, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
    }),
  )

/** `urls(name)` gives links of many tasks for one file of the directory; `cpu` the seconds of processor time so far. */
export const startFogbellDownloads = async (directory, names) => {
  const images = await imagesOf(directory, names)
  const nameOf = (sha256) => images.find((image) => image.sha256 === sha256)?.name ?? ''
  const grant = (task) => {
    const { sha256, size } = images[Math.floor((task - 1) / tasksPerImage)]
    return Promise.resolve({ task, sha256, size, gone: false, until: null, bytes: 0 })
  }
  const downloads = await createDownloads({
    workerUrl: new URL('../../dist/download/worker.js', import.meta.url),
    host: '127.0.0.1',
    port: 0,
    publicUrl: null,
    maxDownloads: 200,
    bytesPerSecond: 0,
    cacheBytes: 268_435_456,
    key: randomBytes(32).toString('hex'),
    imagePath: (sha256) => join(directory, nameOf(sha256)),
    digestsPath: (sha256) => join(directory, `${nameOf(sha256)}.digests`),
    side: { grant, served: () => undefined, faulty: (image) => say(image, 'the image cannot be served') },
    log,
  })
  const target = { host: '127.0.0.1', tlsHost: null, product: 'bench' }
  return {
    name: 'fogbell',
    urls: (name) => {
      const at = images.findIndex((image) => image.name === name)
      return Array.from({ length: tasksPerImage }, (_, index) => downloads.url(at * tasksPerImage + index + 1, images[at].sha256, target))
    },
    cpu: () => {
      const { user, system } = process.cpuUsage()
      return Promise.resolve((user + system) / 1e6)
    },
    stop: () => downloads.close(),
  }
}
