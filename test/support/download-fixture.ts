// Downloads on a real worker and a free port, and a core that answers as the test defines.

import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDownloads, type DownloadOptions, type DownloadServer } from '../../src/download/server.ts'
import type { Log } from '../../src/log.ts'
import type { FaultyImage, Grant, LinkTarget, Served } from '../../src/ota/ports/downloads.ts'
import { type Answer, dial } from './download-client.ts'
import { sha256Of } from './image-samples.ts'

export interface DownloadFixture {
  readonly downloads: DownloadServer
  readonly port: number
  readonly image: Buffer
  readonly sha256: string
  readonly path: string
  /** The core's answers; change them and call `forget`. */
  readonly grants: Map<number, Grant | Error>
  readonly asked: number[]
  readonly reports: Served[]
  /** Images that the core heard could not be served. */
  readonly faults: FaultyImage[]
  readonly logged: string[]
  readonly link: (task?: number) => string
  /** One request on its own connection. */
  readonly get: (path: string, ...headers: readonly string[]) => Promise<Answer>
  /** Cancels a task, and waits until the worker knows: it may serve sockets before it reads the message. */
  readonly cancel: (task: number) => Promise<void>
  /** Resolves with the first report that fits, earlier ones included. */
  readonly reported: (fits: (report: Served) => boolean) => Promise<Served>
  readonly close: () => Promise<void>
}

export const built = (file: string): URL => new URL(`../../dist/${file}`, import.meta.url)

/** A device whose connection to that host is not over TLS. */
export const plainly = (host: string): LinkTarget => ({ host, tlsHost: null, product: 'pk' })

export const createDownloadFixture = async (image: Buffer, options: Partial<DownloadOptions> = {}): Promise<DownloadFixture> => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-downloads-'))
  const sha256 = sha256Of(image)
  const path = join(directory, sha256)
  await writeFile(path, image)
  const grants = new Map<number, Grant | Error>()
  const [asked, reports, logged, faults]: [number[], Served[], string[], FaultyImage[]] = [[], [], [], []]
  const news = new EventEmitter().setMaxListeners(100)
  const say = (fields: object, message: string): number => logged.push(`${message} ${JSON.stringify(fields)}`)
  const log: Log = { trace: say, debug: say, info: say, warn: say, error: say }
  const grantOf = (task: number): Grant => ({ task, sha256, size: image.length, gone: false, until: null, bytes: 0 })
  const downloads = await createDownloads({
    host: '127.0.0.1',
    port: 0,
    publicUrl: null,
    maxDownloads: 200,
    bytesPerSecond: 0,
    cacheBytes: 134_217_728,
    key: 'a key of the tests',
    imagePath: (name) => join(directory, name),
    digestsPath: (name) => join(directory, `${name}.digests`),
    side: {
      grant: (task) => {
        asked.push(task)
        const grant = grants.get(task) ?? grantOf(task)
        if (task === 404) return Promise.resolve(undefined)
        return grant instanceof Error ? Promise.reject(grant) : Promise.resolve(grant)
      },
      served: (report) => {
        reports.push(report)
        news.emit('report')
      },
      faulty: (image) => void faults.push(image),
    },
    log,
    reportMs: 10,
    quietMs: 100,
    workerUrl: built('download/worker.js'),
    ...options,
  })
  const { port } = downloads
  const link = (task = 1): string => new URL(downloads.url(task, sha256, plainly('127.0.0.1'))).pathname
  return {
    downloads,
    port,
    image,
    sha256,
    path,
    grants,
    asked,
    reports,
    faults,
    logged,
    link,
    get: async (path, ...headers) => {
      const client = await dial(port)
      client.send(`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers)
      const answer = await client.answer()
      await client.closed
      return answer
    },
    cancel: async (task) => {
      grants.set(task, { ...grantOf(task), gone: true })
      downloads.forget(task)
      const client = await dial(port)
      do client.send(`HEAD ${link(task)} HTTP/1.1`, 'Host: x')
      while ((await client.answer(true)).status !== 410)
      client.socket.destroy()
    },
    reported: async (fits) => {
      for (;;) {
        const report = reports.find(fits)
        if (report !== undefined) return report
        await once(news, 'report')
      }
    },
    close: async () => {
      await downloads.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** The default grant of `createDownloadFixture`, with changes. */
export const grantFor = (fixture: Pick<DownloadFixture, 'sha256' | 'image'>, task: number, changes: Partial<Grant> = {}): Grant => ({
  task,
  sha256: fixture.sha256,
  size: fixture.image.length,
  gone: false,
  until: null,
  bytes: 0,
  ...changes,
})

/** Of a server that has nothing to serve, for tests of where it listens. */
export const noDownloads = {
  port: 0,
  maxDownloads: 1,
  bytesPerSecond: 0,
  cacheBytes: 0,
  key: 'k',
  imagePath: (name: string) => name,
  digestsPath: (name: string) => `${name}.digests`,
  side: { grant: () => Promise.resolve(undefined), served: () => undefined, faulty: () => undefined },
  log: { trace: () => undefined, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  workerUrl: built('download/worker.js'),
}
