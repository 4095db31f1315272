// Keeps the worker running: starts it, restarts it on the same ports if it dies, and ends it. Does not know what it serves.

import { Worker } from 'node:worker_threads'
import { OtaError } from '../errors.ts'
import type { Log } from '../log.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import type { Certificate, DoorAddress, FromWorker, OpenPorts, ToWorker, WorkerConfig } from './messages.ts'

const GRACE_MS = 2_000
/** A worker that does not close in time is terminated this much later. */
const LAST_MS = 1_000
const FIRST_RESTART_MS = 100
const LAST_RESTART_MS = 10_000
/** A worker that ran this long died of another cause than the one before it. */
const STABLE_MS = 60_000
/** For the new objects of the thread, MiB: it needs few, and would otherwise take as much as the main thread is given. */
const maxYoungGenerationSizeMb = 24

/** A thread that loads its modules, and does nothing before it is given its settings. */
export interface LoadedThread {
  readonly worker: Worker
  /** Why it has ended; undefined: it has not. */
  ended(): string | Sentence | undefined
}

export interface SupervisorParts {
  readonly entry: URL
  /** The first thread, if it is loading already. */
  readonly thread?: LoadedThread | undefined
  readonly config: WorkerConfig
  readonly log: Log
  /** `answer` posts to the worker that sent the message, and does nothing if that worker has died. */
  readonly receive: (message: FromWorker, answer: (message: ToWorker) => void) => void
  /** The worker died, and what it had not reported is lost. */
  readonly died: () => void
}

export interface Supervisor {
  /** They stay the same when the worker is restarted. */
  readonly ports: OpenPorts
  /** For TLS handshakes from now on, also of a worker that is restarted. */
  renew(certificate: Certificate): void
  post(message: ToWorker): void
  close(): Promise<void>
}

export const loadThread = (entry: URL): LoadedThread => {
  const worker = new Worker(entry, { name: 'downloads', resourceLimits: { maxYoungGenerationSizeMb } })
  let why: string | Sentence | undefined
  worker.once('error', (error) => {
    why ??= error.message
  })
  worker.once('exit', () => {
    why ??= sentence('download_thread_ended')
  })
  return { worker, ended: () => why }
}

/** Resolves with the actual ports. A worker that cannot listen is ended. */
const listening = async ({ worker, ended }: LoadedThread, { plain, tls }: WorkerConfig): Promise<OpenPorts> => {
  try {
    return await new Promise<OpenPorts>((resolve, reject) => {
      const first: DoorAddress = plain ?? tls ?? { host: '', port: 0 }
      const refused = (why: string | Sentence, { host, port } = first): void =>
        reject(new OtaError('OTA_LISTEN_FAILED', sentence('downloads_not_listening', { host, port, why })))
      worker.on('message', (message: FromWorker) => {
        if (message.type === 'listening') resolve(message.ports)
        if (message.type === 'refused') refused(message.reason, message.at)
      })
      worker.once('error', (error) => refused(error.message))
      worker.once('exit', () => refused(sentence('download_thread_ended')))
      const why = ended()
      if (why !== undefined) refused(why)
    })
  } catch (cause) {
    await worker.terminate()
    throw cause
  }
}

/** The ports that a worker has opened, for the one that takes its place. */
const withPorts = (config: WorkerConfig, { plain, tls }: OpenPorts): WorkerConfig => ({
  ...config,
  plain: config.plain && { ...config.plain, port: plain ?? config.plain.port },
  tls: config.tls && { ...config.tls, port: tls ?? config.tls.port },
})

interface Launched {
  readonly worker: Worker
  readonly ports: OpenPorts
}

const launch = async (parts: SupervisorParts, config: WorkerConfig, thread = loadThread(parts.entry)): Promise<Launched> => {
  const { worker } = thread
  worker.on('error', (error) => parts.log.error({ cause: error.stack ?? String(error) }, 'error in the download thread'))
  worker.on('message', (message: FromWorker) => parts.receive(message, (answer) => worker.postMessage(answer)))
  worker.postMessage({ type: 'start', config } satisfies ToWorker)
  return { worker, ports: await listening(thread, config) }
}

const end = (worker: Worker): Promise<void> =>
  new Promise((resolve) => {
    const late = setTimeout(() => void worker.terminate(), GRACE_MS + LAST_MS)
    worker.once('exit', () => {
      clearTimeout(late)
      resolve()
    })
    worker.postMessage({ type: 'close', graceMs: GRACE_MS } satisfies ToWorker)
  })

/** Rejects with OTA_LISTEN_FAILED if the worker cannot start at first; later it is restarted until it succeeds. */
export const supervise = async (parts: SupervisorParts): Promise<Supervisor> => {
  const { log } = parts
  const first = await launch(parts, parts.config, parts.thread)
  let config = withPorts(parts.config, first.ports)
  let worker: Worker | undefined
  let timer: NodeJS.Timeout | undefined
  let starting: Promise<void> = Promise.resolve()
  let ended: Promise<void> | undefined
  let closing = false
  let delay = FIRST_RESTART_MS

  const restartLater = (): void => {
    timer = setTimeout(() => {
      starting = restart()
    }, delay)
    delay = Math.min(delay * 2, LAST_RESTART_MS)
  }
  const restart = async (): Promise<void> => {
    try {
      watch((await launch(parts, config)).worker)
      log.warn({ ...first.ports }, 'the download thread is serving again')
    } catch (cause) {
      log.error({ cause: String(cause), again: delay }, 'download thread could not be restarted')
      if (!closing) restartLater()
    }
  }
  const watch = (running: Worker): void => {
    const since = performance.now()
    worker = running
    running.once('exit', (code) => {
      worker = undefined
      if (closing) return
      parts.died()
      if (performance.now() - since > STABLE_MS) delay = FIRST_RESTART_MS
      log.error({ code, again: delay }, 'download thread ended: restarting it')
      restartLater()
    })
  }
  const close = async (): Promise<void> => {
    closing = true
    clearTimeout(timer)
    await starting
    if (worker !== undefined) await end(worker)
  }
  watch(first.worker)

  return {
    ports: first.ports,
    renew(certificate) {
      if (config.tls === null) return
      config = { ...config, tls: { ...config.tls, ...certificate } }
      worker?.postMessage({ type: 'renew', certificate } satisfies ToWorker)
    },
    post: (message) => worker?.postMessage(message),
    close: () => {
      ended ??= close()
      return ended
    },
  }
}
