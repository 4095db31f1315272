// Keeps the worker running: starts it, starts it anew on the same port if it dies, ends it. Knows nothing of what it serves.

import { Worker } from 'node:worker_threads'
import { OtaError } from '../errors.ts'
import type { Log } from '../log.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import type { FromWorker, ToWorker, WorkerConfig } from './messages.ts'

const GRACE_MS = 2_000
/** A worker that cannot even close is ended this much later. */
const LAST_MS = 1_000
const FIRST_RESTART_MS = 100
const LAST_RESTART_MS = 10_000
/** A worker that ran this long was not ended by what ended the one before it. */
const STABLE_MS = 60_000

export interface SupervisorParts {
  readonly entry: URL
  readonly config: WorkerConfig
  readonly log: Log
  /** `answer` goes to the worker that the message came from, and nowhere if that one has died. */
  readonly receive: (message: FromWorker, answer: (message: ToWorker) => void) => void
  /** The worker died and all that it had not told is lost. */
  readonly died: () => void
}

export interface Supervisor {
  readonly port: number
  post(message: ToWorker): void
  close(): Promise<void>
}

/** Resolves with the real port. A worker that cannot listen is ended. */
const listening = async (worker: Worker, { host, port }: WorkerConfig): Promise<number> => {
  try {
    return await new Promise<number>((resolve, reject) => {
      const refused = (why: string | Sentence): void =>
        reject(new OtaError('OTA_LISTEN_FAILED', sentence('downloads_not_listening', { host, port, why })))
      worker.on('message', (message: FromWorker) => {
        if (message.type === 'listening') resolve(message.port)
        if (message.type === 'refused') refused(message.reason)
      })
      worker.once('error', (error) => refused(error.message))
      worker.once('exit', () => refused(sentence('download_thread_ended')))
    })
  } catch (cause) {
    await worker.terminate()
    throw cause
  }
}

const launch = async (parts: SupervisorParts, config: WorkerConfig): Promise<{ readonly worker: Worker; readonly port: number }> => {
  const worker = new Worker(parts.entry, { workerData: config, name: 'downloads' })
  worker.on('error', (error) => parts.log.error({ cause: error.stack ?? String(error) }, 'the thread that serves downloads broke'))
  worker.on('message', (message: FromWorker) => parts.receive(message, (answer) => worker.postMessage(answer)))
  return { worker, port: await listening(worker, config) }
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

/** Rejects with OTA_LISTEN_FAILED when the worker cannot begin; later it is started anew for as long as it takes. */
export const supervise = async (parts: SupervisorParts): Promise<Supervisor> => {
  const { log } = parts
  const first = await launch(parts, parts.config)
  const config = { ...parts.config, port: first.port }
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
      log.warn({ port: config.port }, 'downloads are served again')
    } catch (cause) {
      log.error({ cause: String(cause), again: delay }, 'downloads could not be started again')
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
      log.error({ code, again: delay }, 'the thread that serves downloads ended: it is started anew')
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
    port: config.port,
    post: (message) => worker?.postMessage(message),
    close: () => {
      ended ??= close()
      return ended
    },
  }
}
