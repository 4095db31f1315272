// One stream of events: opened with what all tabs want, opened again when it is lost or when that changes, and resumed after its last id.
// Used by the shared worker, or by a tab where there is none. Knows no view.

import { readEvents } from '../../sse-reader.ts'
import { chunksOf } from './chunks.ts'

/** What a tab wants to know of besides the overview and the campaigns: devices, as pk/dn. */
export interface Wants {
  readonly among: readonly string[]
  /** Of these the raw messages too. */
  readonly messages: readonly string[]
}

export type LinkState = 'connecting' | 'on' | 'lost' | 'signed-out'

/** What a tab gets. */
export type StreamNotice =
  | { readonly kind: 'link'; readonly state: LinkState; readonly since: number }
  /** `received`: when it came: a tab may be asleep until later. */
  | { readonly kind: 'event'; readonly name: string; readonly data: string; readonly received: number }

export interface PageStream {
  want(wants: Wants): void
  /** Opens it at once: somebody has signed in. */
  restart(): void
  /** Nobody listens any more. */
  close(): void
}

/** Nothing for so long, not even a ping: the server is lost, milliseconds. It pings each second. */
const silenceMs = 2_800
const retryMs = 1_000
/** Changes of what is wanted that come together. */
const settleMs = 120
/** What is wanted anew is asked for from so long before, milliseconds; events that come twice change nothing. */
const overlapMs = 5_000
const mostAmong = 200
const mostMessages = 8

/** A server takes 16 KiB of headers, of which this is one. */
const mostAddress = 12_000

/** Those that an address has room for, and the room that is left. */
const fitting = (name: string, devices: readonly string[], room: number): readonly [fitting: readonly string[], left: number] => {
  let left = room
  const fit = devices.filter((device) => {
    left -= encodeURIComponent(device).length + name.length + 2
    return left >= 0
  })
  return [fit, Math.max(0, left)]
}

export const addressOf = ({ among, messages }: Wants, language: string, lastId: string | null): string => {
  const query = new URLSearchParams({ only: 'page', language })
  const [heard, room] = fitting('messages', messages.slice(0, mostMessages), mostAddress)
  const [shown] = fitting('among', among.slice(0, mostAmong), room)
  for (const device of shown) query.append('among', device)
  for (const device of heard) query.append('messages', device)
  if (lastId !== null) query.set('lastEventId', lastId)
  return `/api/v1/events?${query}`
}

export const openPageStream = (language: string, send: (notice: StreamNotice) => void): PageStream => {
  let wants: Wants = { among: [], messages: [] }
  let lastId: string | null = null
  /** Ids and when they came, of the last seconds: what is newly wanted was read a moment before it is wanted. */
  let ids: readonly (readonly [at: number, id: string])[] = []
  let state: LinkState = 'connecting'
  let isClosed = false
  let current = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined

  const become = (next: LinkState): void => {
    if (next === state) return
    state = next
    send({ kind: 'link', state, since: Date.now() })
  }
  /** Until it ends, for whatever reason. Rejects where it could not be read on. */
  const follow = async (own: AbortController): Promise<void> => {
    let silence = setTimeout(() => own.abort(), silenceMs)
    const alive = (): void => {
      clearTimeout(silence)
      silence = setTimeout(() => own.abort(), silenceMs)
    }
    try {
      const response = await fetch(addressOf(wants, language, lastId), { signal: own.signal, credentials: 'same-origin' })
      if (response.status === 401) return become('signed-out')
      // Anything else with status 200 comes from a proxy in between.
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
      if (!response.ok || !isStream || response.body === null) throw new Error(`status ${response.status}`)
      become('on')
      for await (const { id, event, data } of readEvents(chunksOf(response.body, alive))) {
        if (id !== null) {
          lastId = id
          ids = [...ids.filter(([at], place) => at > Date.now() - overlapMs || place === ids.length - 1), [Date.now(), id]]
        }
        if (data !== null) send({ kind: 'event', name: event, data, received: Date.now() })
      }
    } finally {
      clearTimeout(silence)
    }
  }
  const run = (delay: number): void => {
    current.abort()
    const own = new AbortController()
    current = own
    clearTimeout(timer)
    timer = setTimeout(() => {
      void follow(own)
        .catch(() => undefined)
        .then(() => {
          // Another one has been opened in its place.
          if (own !== current || isClosed || state === 'signed-out') return
          become('lost')
          run(retryMs)
        })
    }, delay)
  }
  run(0)
  return {
    want(next) {
      if (JSON.stringify(next) === JSON.stringify(wants)) return
      wants = next
      lastId = ids[0]?.[1] ?? lastId
      if (state !== 'signed-out') run(settleMs)
    },
    restart() {
      if (state === 'signed-out') state = 'connecting'
      // What comes meanwhile is not lost for the tabs that were there before.
      isClosed = false
      run(0)
    },
    close() {
      isClosed = true
      clearTimeout(timer)
      current.abort()
    },
  }
}
