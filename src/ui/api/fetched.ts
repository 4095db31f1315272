// What a view shows of the API: read when it is first shown, read again when live events say that it has changed, at most once a second; what was
// read last stays until there is something newer. Knows no view.

import { useEffect, useRef, useState } from 'preact/hooks'
import { type Answer, isRefusal, request } from './client.ts'
import { atPaint, type LiveEvent, resets, useEvents } from './live.ts'
import type { Problem } from './records.d.ts'

export interface Fetched<T> {
  /** null: not read yet, or refused. */
  readonly data: T | null
  readonly etag: string | null
  /** What the server refused, if it did last time. */
  readonly problem: Problem | null
  /** Whether an answer is awaited for another address than that of `data`. */
  readonly isPending: boolean
  reload(): void
}

const againMs = 1000
/** Where something in between has answered, or nothing: until it is read again. */
const retryMs = 3000

interface State<T> {
  readonly path: string | null
  readonly answer: Answer<T> | null
  readonly problem: Problem | null
}

/** `path` null: nothing is read. `changes`: whether an event means that it should be read again. */
export const useFetched = <T>(path: string | null, changes: (event: LiveEvent) => boolean = () => false): Fetched<T> => {
  const [state, setState] = useState<State<T>>({ path: null, answer: null, problem: null })
  const round = useRef({ last: 0, timer: 0, running: new AbortController(), isRunning: false, isStale: false })
  const later = (wait: number): void => {
    if (round.current.timer === 0) round.current.timer = window.setTimeout(() => latest.current.read(true), wait)
  }
  const refused = (thrown: unknown): void => {
    // Without an answer what was read last is still the best that is known.
    if (!isRefusal(thrown) || thrown.problem === null) later(retryMs)
    else setState({ path, answer: null, problem: thrown.problem })
  }
  const read = (isAgain = false): void => {
    const own = new AbortController()
    round.current.running.abort()
    clearTimeout(round.current.timer)
    round.current = { last: Date.now(), timer: 0, running: own, isRunning: path !== null, isStale: false }
    if (path === null) return
    const ended = (then: () => void): void => {
      if (own.signal.aborted) return
      const { isStale } = round.current
      round.current.isRunning = false
      then()
      if (isStale) soon()
    }
    const show = (next: State<T>): void => {
      const now = (): void => (own.signal.aborted ? undefined : setState(next))
      if (isAgain) atPaint(now)
      else now()
    }
    request<T>(path, { signal: own.signal }).then(
      (answer) => ended(() => show({ path, answer, problem: null })),
      (thrown: unknown) => ended(() => refused(thrown)),
    )
  }
  /** An answer that is awaited is not given up for a newer one: where answers are slow none would ever come. */
  const soon = (): void => {
    if (round.current.isRunning) round.current.isStale = true
    else later(Math.max(0, round.current.last + againMs - Date.now()))
  }
  const latest = useRef({ read, soon, changes })
  latest.current = { read, soon, changes }
  const listener = useRef((events: readonly LiveEvent[]) => {
    if (events.some((event) => latest.current.changes(event))) latest.current.soon()
  })
  useEvents(listener.current)
  const reset = resets.value
  useEffect(() => {
    latest.current.read()
    return () => {
      round.current.running.abort()
      clearTimeout(round.current.timer)
      round.current.timer = 0
    }
  }, [path, reset])
  const { answer, problem } = state
  return { data: answer?.body ?? null, etag: answer?.etag ?? null, problem, isPending: state.path !== path, reload: () => read() }
}
