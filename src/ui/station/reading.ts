// Reads the station whenever something of it has changed, one request at a time, and says when what is shown may be wrong. Knows no view.

import type { Run, StationView } from '../api/records.d.ts'
import { viewWithRun } from './screen-state.ts'
import { type Asking, ask } from './station-requests.ts'
import { silenceMs } from './station-stream.ts'

const againMs = 500

export interface ReadingListener {
  read(view: StationView): void
  refused(status: number): void
}

export interface Reading {
  /** Something has changed: what is shown is old. */
  changed(): void
  /** Reads, without saying that what is shown is old. */
  poll(): void
  /** A run as an event has it, which an answer on its way may not know. */
  heard(run: Run): void
  /** What has changed could not be read for too long. */
  isLate(now: number): boolean
}

export const createReading = (station: string, asking: () => Asking, listener: ReadingListener): Reading => {
  let isReading = false
  let isWanted = false
  /** Since when something is to be read; null: all is read. */
  let since: number | null = null
  let heard: readonly Run[] = []

  const read = async (): Promise<void> => {
    if (isReading) return
    isReading = true
    isWanted = false
    heard = []
    const reply = await ask<StationView>(asking(), `/stations/${encodeURIComponent(station)}`)
    isReading = false
    if (reply.kind === 'answer') {
      if (!isWanted) since = null
      listener.read(heard.reduce(viewWithRun, reply.body))
    } else if (reply.kind === 'refusal' && [401, 403, 404].includes(reply.status)) listener.refused(reply.status)
    else if (since !== null) setTimeout(() => void read(), againMs)
    if (isWanted && reply.kind === 'answer') void read()
  }
  return {
    changed() {
      since ??= performance.now()
      isWanted = true
      void read()
    },
    poll: () => void read(),
    heard(run) {
      heard = [...heard, run]
    },
    isLate: (now) => since !== null && now - since > silenceMs,
  }
}
