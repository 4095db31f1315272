// What a view shows of the API: read when it is first shown, read again when live events say that it has changed, at most once a second; what was
// read last stays until there is something newer. Knows no view.

import { useEffect, useRef, useState } from 'preact/hooks'
import { type Answer, isRefusal, request } from './client.ts'
import { type LiveEvent, resets, useEvents } from './live.ts'
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

interface State<T> {
  readonly path: string | null
  readonly answer: Answer<T> | null
  readonly problem: Problem | null
}

/** `path` null: nothing is read. `changes`: whether an event means that it should be read again. */
export const useFetched = <T>(path: string | null, changes: (event: LiveEvent) => boolean = () => false): Fetched<T> => {
  const [state, setState] = useState<State<T>>({ path: null, answer: null, problem: null })
  const round = useRef({ last: 0, timer: 0, running: new AbortController() })
  const read = (): void => {
    const own = new AbortController()
    round.current.running.abort()
    round.current.running = own
    round.current.last = Date.now()
    clearTimeout(round.current.timer)
    round.current.timer = 0
    if (path === null) return
    request<T>(path, { signal: own.signal }).then(
      (answer) => setState({ path, answer, problem: null }),
      (thrown: unknown) => {
        if (own.signal.aborted || !isRefusal(thrown)) return
        // Without an answer what was read last is still the best that is known.
        if (thrown.problem !== null) setState({ path, answer: null, problem: thrown.problem })
      },
    )
  }
  const soon = (): void => {
    if (round.current.timer !== 0) return
    const wait = Math.max(0, round.current.last + againMs - Date.now())
    round.current.timer = window.setTimeout(read, wait)
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
  return { data: answer?.body ?? null, etag: answer?.etag ?? null, problem, isPending: state.path !== path, reload: read }
}
