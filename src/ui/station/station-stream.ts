// The events of the station over one request that is made again whenever it ends, and when the server was heard last. Knows no view.

import { readEvents } from '../../sse-reader.ts'
import { chunksOf } from '../api/chunks.ts'

/** Nothing for so long, not even a ping, which comes each second: the server is lost (ms). */
export const silenceMs = 2500
const retryMs = 500

export interface StreamListener {
  /** A stream has begun: what was shown before may be old. */
  opened(): void
  /** There are signs of life. */
  alive(): void
  event(name: string, data: string): void
  /** The server takes the token no more, or has no such station. */
  refused(status: number): void
}

export interface StationStream {
  close(): void
}

/** Answers of a proxy in between are none of the server. */
const isStream = ({ ok, headers }: Response): boolean => ok && headers.get('content-type')?.startsWith('text/event-stream') === true

export const openStationStream = (
  station: string,
  language: string,
  authorization: string,
  { opened, alive, event, refused }: StreamListener,
): StationStream => {
  let lastId: string | null = null
  let isClosed = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let current = new AbortController()

  const follow = async (own: AbortController): Promise<void> => {
    let silence = setTimeout(() => own.abort(), silenceMs)
    const heard = (): void => {
      clearTimeout(silence)
      silence = setTimeout(() => own.abort(), silenceMs)
      alive()
    }
    try {
      const headers = { authorization, accept: 'text/event-stream', ...(lastId === null ? {} : { 'last-event-id': lastId }) }
      const path = `/api/v1/events?station=${encodeURIComponent(station)}&language=${language}`
      const response = await fetch(path, { signal: own.signal, headers, cache: 'no-store' })
      if ([401, 403, 404].includes(response.status)) return refused(response.status)
      if (!isStream(response) || response.body === null) throw new Error(`status ${response.status}`)
      heard()
      opened()
      for await (const { id, event: name, data } of readEvents(chunksOf(response.body, heard))) {
        lastId = id ?? lastId
        if (data !== null) event(name, data)
      }
    } finally {
      clearTimeout(silence)
    }
  }
  const run = (): void => {
    const own = new AbortController()
    current = own
    void follow(own)
      .catch(() => undefined)
      .then(() => {
        if (!isClosed) timer = setTimeout(run, retryMs)
      })
  }
  run()
  return {
    close() {
      isClosed = true
      clearTimeout(timer)
      current.abort()
    },
  }
}
