// Why a connection ended, from what the engine says of it: one word for the meter, or null where it is no refusal (an
// ordinary end, or said elsewhere). Pure.

import { isWireFault } from './packets.ts'

const ordinary: ReadonlySet<string> = new Set(['keep alive timeout', 'connection closed', 'Premature close'])

const words: { readonly [message: string]: string } = { 'connect did not arrive in time': 'no_connect' }

/** CONNACK codes from 2 on are given, and said, by connect.ts; what could not be recorded by inbound.ts. */
const isSaid = (error: Error): boolean => 'errorCode' in error || error.name === 'Unrecorded' || error.name === 'TooSlow'

/** Why a connection ended that was let in, in one word. `error` is what its stream was destroyed with; `byClient`: the other side closed it. */
export const endReason = (error: Error | null, byClient: boolean): string => {
  if (error === null) return byClient ? 'closed_by_client' : 'taken_over'
  if (isWireFault(error)) return error.reason
  if (error.name === 'TooSlow') return 'slow_consumer'
  if (error.name === 'Unrecorded') return 'store_failed'
  if (error.message === 'keep alive timeout') return 'keepalive_timeout'
  return 'code' in error ? 'connection_lost' : 'malformed'
}

export const faultReason = (error: Error): string | null => {
  if (isSaid(error) || ordinary.has(error.message)) return null
  if (isWireFault(error)) return error.reason
  // What has a code comes from the socket: reset, timed out, TLS.
  return 'code' in error ? null : (words[error.message] ?? 'malformed')
}
