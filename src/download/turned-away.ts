// Requests that were not served: counted by reason, and logged now and then. Knows neither connections nor transfers.

import type { Log } from '../log.ts'
import type { DownloadCrowd, TurnedAwayReason } from './messages.ts'

const LOG_EVERY_MS = 10_000

export interface TurnedAway {
  add(reason: TurnedAwayReason, fields: object): void
  readonly counts: () => DownloadCrowd['turnedAway']
}

const words: { readonly [reason in TurnedAwayReason]: string } = {
  task: 'a download was ended: its task has newer requests',
  address: 'a connection without a request was closed: its address has too many of them (firmware.maxPendingPerAddress)',
  connections: 'a download connection was closed: there are too many of them',
  tls: 'a TLS handshake for a download failed',
}

export const createTurnedAway = (log: Log, now: () => number): TurnedAway => {
  const counts = { task: 0, address: 0, connections: 0, tls: 0 }
  const logged = { ...counts }
  const loggedAt: { [reason in TurnedAwayReason]?: number } = {}
  return {
    add: (reason, fields) => {
      counts[reason] += 1
      if (now() - (loggedAt[reason] ?? Number.NEGATIVE_INFINITY) < LOG_EVERY_MS) return
      log.warn({ ...fields, count: counts[reason] - logged[reason] }, words[reason])
      logged[reason] = counts[reason]
      loggedAt[reason] = now()
    },
    counts: () => ({ ...counts }),
  }
}
