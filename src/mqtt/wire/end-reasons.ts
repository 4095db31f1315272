// Why a connection ended, by the error of its stream or of the engine: one word for the metrics, or null if it is not a refusal (an
// ordinary end, or one that is reported elsewhere). Pure.

import { isWireFault } from './packets.ts'

const ordinary: ReadonlySet<string> = new Set(['keep alive timeout', 'connection closed', 'Premature close'])

const words: { readonly [message: string]: string } = { 'connect did not arrive in time': 'no_connect' }

/** By the names of our own errors. */
const closedFor: { readonly [name: string]: string } = {
  NotStored: 'store_failed',
  RetainedFull: 'retained_full',
  ShareTaken: 'share_taken',
  TooSlow: 'slow_consumer',
}

/** Refusals by CONNACK are reported by connect.ts, messages that could not be stored by publishing.ts, slow clients by accept.ts. */
const isReported = (error: Error): boolean => 'errorCode' in error || error.name in closedFor

/** Why the connection of an admitted client ended, in one word. `error`: what its stream was destroyed with; `byClient`: the client closed it. */
export const endReason = (error: Error | null, byClient: boolean): string => {
  if (error === null) return byClient ? 'closed_by_client' : 'taken_over'
  if (isWireFault(error)) return error.reason
  const reason = closedFor[error.name]
  if (reason !== undefined) return reason
  if (error.message === 'keep alive timeout') return 'keepalive_timeout'
  return 'code' in error ? 'connection_lost' : 'malformed'
}

/** Why the engine refused or ended a connection, in one word; null: not a refusal. */
export const faultReason = (error: Error): string | null => {
  if (isReported(error) || ordinary.has(error.message)) return null
  if (isWireFault(error)) return error.reason
  // Errors with a code come from the socket: reset, timed out, TLS.
  return 'code' in error ? null : (words[error.message] ?? 'malformed')
}
