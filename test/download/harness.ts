// Downloads on a real worker and a free port, a core that answers as the test defines, and a client that sees exact bytes.

import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDownloads, type DownloadOptions, type DownloadServer } from '../../src/download/server.ts'
import type { Log } from '../../src/log.ts'
import type { Grant, Served } from '../../src/ota/ports/downloads.ts'

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Bytes that differ everywhere and are the same in every run. */
export const imageOf = (size: number): Buffer => {
  const words = new Uint32Array(Math.ceil(size / 4))
  let state = 1
  for (let at = 0; at < words.length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    words[at] = state
  }
  return Buffer.from(words.buffer, 0, size)
}

const HEAD_END = '\r\n\r\n'

export interface Answer {
  readonly status: number
  readonly line: string
  readonly headers: { readonly [name: string]: string }
  readonly body: Buffer
}

const parseHead = (head: string): Omit<Answer, 'body'> => {
  const [line = '', ...fields] = head.split('\r\n')
  const headers = Object.fromEntries(
    fields.map((field) => [field.slice(0, field.indexOf(':')).toLowerCase(), field.slice(field.indexOf(':') + 1).trim()]),
  )
  return { status: Number(line.split(' ')[1]), line, headers }
}

/** A client on one connection. `answer` reads one response; `bodiless` for HEAD. */
export const dial = async (port: number) => {
  const socket: Socket = connect(port, '127.0.0.1')
  let chunks: Buffer[] = []
  let length = 0
  let ended = false
  const news = new EventEmitter()
  socket.on('data', (chunk) => {
    chunks.push(chunk)
    length += chunk.length
    news.emit('news')
  })
  socket.on('error', () => undefined)
  const closed = once(socket, 'close').then(() => {
    ended = true
    news.emit('news')
  })
  await once(socket, 'connect')
  const until = async (ready: () => boolean): Promise<void> => {
    while (!ready()) {
      if (ended) throw new Error(`the connection closed after ${length} bytes`)
      await once(news, 'news')
    }
  }
  const all = (): Buffer => {
    const joined = Buffer.concat(chunks)
    chunks = [joined]
    return joined
  }
  const take = (bytes: number): Buffer => {
    const joined = all()
    chunks = [joined.subarray(bytes)]
    length -= bytes
    return joined.subarray(0, bytes)
  }
  return {
    socket,
    closed,
    send: (...lines: readonly string[]): boolean => socket.write([...lines, '', ''].join('\r\n')),
    answer: async (bodiless = false): Promise<Answer> => {
      await until(() => all().includes(HEAD_END))
      const head = parseHead(
        take(all().indexOf(HEAD_END) + HEAD_END.length)
          .toString('latin1')
          .trimEnd(),
      )
      const bytes = bodiless || head.status === 304 ? 0 : Number(head.headers['content-length'])
      await until(() => length >= bytes)
      return { ...head, body: take(bytes) }
    },
    /** Bytes received and not read yet. */
    rest: (): number => length,
    atLeast: (bytes: number): Promise<void> => until(() => length >= bytes),
  }
}

export interface House {
  readonly downloads: DownloadServer
  readonly port: number
  readonly image: Buffer
  readonly sha256: string
  readonly path: string
  /** What the core answers; change it and call `forget`. */
  readonly grants: Map<number, Grant | Error>
  readonly asked: number[]
  readonly reports: Served[]
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

/** Polls until it is so: for what is not reported. */
export const eventually = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

export const built = (file: string): URL => new URL(`../../dist/${file}`, import.meta.url)

export const openHouse = async (image: Buffer, options: Partial<DownloadOptions> = {}): Promise<House> => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-downloads-'))
  const sha256 = sha256Of(image)
  const path = join(directory, sha256)
  await writeFile(path, image)
  const grants = new Map<number, Grant | Error>()
  const [asked, reports, logged]: [number[], Served[], string[]] = [[], [], []]
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
    },
    log,
    reportMs: 10,
    quietMs: 100,
    workerUrl: built('download/worker.js'),
    ...options,
  })
  const { port } = downloads
  const link = (task = 1): string => new URL(downloads.url(task, sha256, '127.0.0.1')).pathname
  return {
    downloads,
    port,
    image,
    sha256,
    path,
    grants,
    asked,
    reports,
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

/** The default grant of `openHouse`, with changes. */
export const grantFor = (house: Pick<House, 'sha256' | 'image'>, task: number, changes: Partial<Grant> = {}): Grant => ({
  task,
  sha256: house.sha256,
  size: house.image.length,
  gone: false,
  until: null,
  bytes: 0,
  ...changes,
})
