// A tab's side of the live events: the figures of the overview, the state of the connection, and what happens, four times a second at most.
// Knows no view.

import { batch, computed, signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { language } from '../text/text.ts'
import type { TabMessage } from './live-worker.ts'
import { type LinkState, openPageStream, type PageStream, type StreamNotice, type Wants } from './page-stream.ts'
import type { Overview } from './records.d.ts'

export type Figures = Omit<Overview, 'history' | 'version'>

/** null: not known yet. */
export const figures = signal<Figures | null>(null)
export const link = signal<{ readonly state: LinkState; readonly since: number }>({ state: 'connecting', since: Date.now() })
export const isLost = computed(() => link.value.state === 'lost')
/** The server's clock ahead of this one, milliseconds. */
export const clockAhead = signal(0)
/** This clock, once a second, as the server's. */
export const now = signal(Date.now())
/** Counts up when events may have been missed: everything has to be read again. */
export const resets = signal(0)

export interface LiveEvent {
  readonly name: string
  readonly data: Readonly<Record<string, unknown>>
}

type EventListener = (events: readonly LiveEvent[]) => void
const listeners = new Set<EventListener>()

const paintMs = 250
let works: (() => void)[] = []
/** All that is live is shown at the same four moments of a second, whatever it comes from. */
export const atPaint = (work: () => void): void => {
  works.push(work)
  if (works.length > 1) return
  setTimeout(
    () => {
      const due = works
      works = []
      batch(() => {
        for (const each of due) each()
      })
    },
    paintMs - (Date.now() % paintMs),
  )
}
let waiting: LiveEvent[] = []

const paint = (): void => {
  const events = waiting
  waiting = []
  for (const { name, data } of events) {
    if (name === 'overview') takeFigures(data as Partial<Figures>)
    if (name === 'reset') resets.value += 1
  }
  for (const listener of listeners) listener(events)
}

/** Also with what GET /overview has answered. */
export const takeFigures = (changes: Partial<Figures>): void => {
  const before = figures.peek()
  if (changes.at !== undefined) clockAhead.value = Date.parse(changes.at) - Date.now()
  if (before === null && changes.devices === undefined) return
  figures.value = { ...(before as Figures), ...changes }
}

const receive = (notice: StreamNotice): void => {
  if (notice.kind === 'link') {
    const before = link.peek().state
    link.value = { state: notice.state, since: notice.since }
    if (before === 'lost' && notice.state === 'on') resets.value += 1
    // What a worker says of the time before this tab signed in means nothing.
    if (notice.state === 'signed-out' && (before === 'on' || before === 'lost')) ended()
    return
  }
  waiting.push({ name: notice.name, data: JSON.parse(notice.data) as LiveEvent['data'] })
  if (waiting.length === 1) atPaint(paint)
}

let ended = (): void => undefined
/** Called when the stream is refused because nobody is signed in any more. */
export const onStreamRefused = (listener: () => void): void => {
  ended = listener
}

interface Source {
  send(message: TabMessage): void
  close(): void
}

/** null: the browser does not let the page have one, as where storage is blocked. */
const sharedWorker = (): SharedWorker | null => {
  try {
    return new SharedWorker('/assets/worker.js', { type: 'module', name: language.peek() })
  } catch {
    return null
  }
}

/** One stream for all tabs where the browser can; else one for this tab. */
const openSource = (): Source => {
  if (typeof SharedWorker === 'undefined') return openOwn()
  const worker = sharedWorker()
  if (worker === null) return openOwn()
  // It could not be loaded.
  worker.onerror = () => {
    if (source !== shared) return
    source = openOwn()
    sendWants()
  }
  worker.port.onmessage = ({ data }: MessageEvent<StreamNotice>) => receive(data)
  worker.port.start()
  const shared: Source = {
    send: (message) => worker.port.postMessage(message),
    close() {
      worker.port.postMessage({ kind: 'leave' } satisfies TabMessage)
      worker.port.onmessage = null
    },
  }
  return shared
}

const openOwn = (): Source => {
  const stream: PageStream = openPageStream(language.peek(), receive)
  return {
    send(message) {
      if (message.kind === 'want') stream.want(message.wants)
      if (message.kind === 'restart') stream.restart()
    },
    close: () => stream.close(),
  }
}

let source: Source | undefined
const wanted = new Map<symbol, Wants>()

const sendWants = (): void => {
  const all = [...wanted.values()]
  source?.send({ kind: 'want', wants: { among: all.flatMap(({ among }) => among), messages: all.flatMap(({ messages }) => messages) } })
}

/** Opens the stream, or a new one after somebody has signed in or chosen another language. */
export const startLive = (): void => {
  if (source === undefined) {
    const tick = (): void => {
      now.value = Date.now() + clockAhead.peek()
    }
    setInterval(() => atPaint(tick), 1000)
    addEventListener('pagehide', () => source?.close())
    // It comes back out of the browser's memory: what is shown may be old.
    addEventListener('pageshow', (event) => {
      if (!event.persisted) return
      startLive()
      resets.value += 1
    })
  }
  source?.close()
  source = openSource()
  source.send({ kind: 'restart' })
  sendWants()
}

/** Calls `listener` with what has happened, at most four times a second, while the component is shown. */
export const useEvents = (listener: EventListener): void => {
  useEffect(() => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }, [listener])
}

/** Asks for the events of these devices (pk/dn) while the component is shown; `messages`: their raw messages too. */
export const useDeviceEvents = (devices: readonly string[], messages = false): void => {
  const key = JSON.stringify(devices)
  useEffect(() => {
    const own = Symbol()
    wanted.set(own, { among: devices, messages: messages ? devices : [] })
    sendWants()
    return () => {
      wanted.delete(own)
      sendWants()
    }
  }, [key, messages])
}
