// A tab's side of the live events: the figures of the overview, the state of the connection, and what happens, four times a second at most.
// Knows no view.

import { computed, signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { language } from '../text/text.ts'
import { firstClock, withTime } from './clock.ts'
import { type LiveSource, openSource } from './live-source.ts'
import type { LinkState, StreamNotice, Wants } from './page-stream.ts'
import { paintSoon } from './paint.ts'
import type { Overview } from './records.d.ts'

export type Figures = Omit<Overview, 'history' | 'version'>

/** null: not known yet. */
export const figures = signal<Figures | null>(null)
export const link = signal<{ readonly state: LinkState; readonly since: number }>({ state: 'connecting', since: Date.now() })
export const isLost = computed(() => link.value.state === 'lost')
const clock = signal(firstClock)
/** The server's clock ahead of this one, milliseconds; 0 where it makes no difference, or has not for long. */
export const clockDifference = computed(() => clock.value.said)
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

let waiting: LiveEvent[] = []

const takeWaiting = (): void => {
  const events = waiting
  waiting = []
  for (const { name, data } of events) {
    if (name === 'overview') change(data as Partial<Figures>)
    if (name === 'reset') resets.value += 1
  }
  for (const listener of listeners) listener(events)
}

const takeTime = (at: unknown, received: number): void => {
  if (typeof at === 'string') clock.value = withTime(clock.peek(), Date.parse(at), received)
}

/** Whether the figures are those of the stream: it begins with all of them, and is never behind itself. */
let areStreamed = false

const change = (changes: Partial<Figures>): void => {
  const before = figures.peek()
  if (before === null && changes.devices === undefined) return
  areStreamed = true
  figures.value = { ...(before as Figures), ...changes }
}

/** What GET /overview has answered, which may be older than what the stream has said meanwhile. */
export const takeFigures = (whole: Figures): void => {
  if (!areStreamed) figures.value = whole
}

const receive = (notice: StreamNotice): void => {
  if (notice.kind === 'link') {
    const before = link.peek().state
    if (notice.state !== 'on') areStreamed = false
    link.value = { state: notice.state, since: notice.since }
    if (before === 'lost' && notice.state === 'on') resets.value += 1
    // What a worker says of the time before this tab signed in means nothing.
    if (notice.state === 'signed-out' && (before === 'on' || before === 'lost')) ended()
    return
  }
  const { name } = notice
  const data = JSON.parse(notice.data) as LiveEvent['data']
  if (name === 'time') {
    takeTime(data['at'], notice.received)
    return
  }
  waiting.push({ name, data })
  if (waiting.length === 1) paintSoon(takeWaiting)
}

let ended = (): void => undefined
/** Called when the stream is refused because nobody is signed in any more. */
export const onStreamRefused = (listener: () => void): void => {
  ended = listener
}

let source: LiveSource | undefined
const wanted = new Map<symbol, Wants>()

const sendWants = (): void => {
  const all = [...wanted.values()]
  source?.send({ kind: 'want', wants: { among: all.flatMap(({ among }) => among), messages: all.flatMap(({ messages }) => messages) } })
}

/** Opens the stream, or a new one after somebody has signed in or chosen another language. */
export const startLive = (): void => {
  if (source === undefined) {
    setInterval(() => {
      paintSoon(() => {
        now.value = Date.now() + clock.peek().ahead
      })
      if (!document.hidden) source?.check()
    }, 1000)
    // It comes back out of the browser's memory, or was frozen: what is shown may be old.
    const comeBack = (): void => {
      startLive()
      resets.value += 1
    }
    addEventListener('pagehide', () => source?.close())
    addEventListener('pageshow', (event) => {
      if (event.persisted) comeBack()
    })
    // What happens meanwhile would all wait for it.
    document.addEventListener('freeze', () => source?.close())
    document.addEventListener('resume', comeBack)
  }
  source?.close()
  source = openSource(language.peek(), receive, (instead) => {
    source = instead
    sendWants()
  })
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
