// Where a tab's events come from: a stream that all tabs of the browser share, or where that cannot be, or does not answer, one of its own. Knows
// no view.

import type { TabMessage } from './live-worker.ts'
import { openPageStream, type StreamNotice } from './page-stream.ts'

export interface LiveSource {
  send(message: TabMessage): void
  /** Called once a second while the tab is shown. */
  check(): void
  close(): void
}

type Receive = (notice: StreamNotice) => void

/** A worker that has been silent for so long is asked whether it is there, and left when it does not answer in as long, milliseconds. */
const quietMs = 4000

const openOwn = (language: string, receive: Receive): LiveSource => {
  const stream = openPageStream(language, receive)
  return {
    send(message) {
      if (message.kind === 'want') stream.want(message.wants)
      if (message.kind === 'restart') stream.restart()
    },
    check: () => undefined,
    close: () => stream.close(),
  }
}

/** null: the browser does not let the page have one, as where storage is blocked. */
const sharedWorker = (language: string): SharedWorker | null => {
  if (typeof SharedWorker === 'undefined') return null
  try {
    return new SharedWorker('/assets/worker.js', { type: 'module', name: language })
  } catch {
    return null
  }
}

const openShared = (worker: SharedWorker, receive: Receive, failed: () => void): LiveSource => {
  let heard = performance.now()
  let asked: number | null = null
  let isOver = false
  const send = (message: TabMessage): void => worker.port.postMessage(message)
  const close = (): void => {
    isOver = true
    send({ kind: 'leave' })
    worker.port.onmessage = null
  }
  const giveUp = (): void => {
    if (isOver) return
    close()
    failed()
  }
  // It could not be loaded.
  worker.onerror = giveUp
  worker.port.onmessage = ({ data }: MessageEvent<StreamNotice>) => {
    heard = performance.now()
    asked = null
    receive(data)
  }
  worker.port.start()
  return {
    send,
    check() {
      const at = performance.now()
      if (asked !== null && at - asked > quietMs) giveUp()
      if (asked !== null || at - heard <= quietMs) return
      asked = at
      send({ kind: 'ask' })
    },
    close,
  }
}

/** `instead`: called with what takes its place when a shared worker fails. */
export const openSource = (language: string, receive: Receive, instead: (next: LiveSource) => void): LiveSource => {
  const worker = sharedWorker(language)
  if (worker === null) return openOwn(language, receive)
  return openShared(worker, receive, () => instead(openOwn(language, receive)))
}
