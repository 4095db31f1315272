// Why a connection ended, from what the engine says of it: one word for the meter, or null where it is no refusal (an
// ordinary end, or said elsewhere). Pure.

import { isWireFault } from './connection.ts'
import { isUnrecorded } from './walk.ts'

const ordinary: ReadonlySet<string> = new Set(['keep alive timeout', 'drain timeout', 'connection closed', 'Premature close'])

const words: { readonly [message: string]: string } = {
  'unacceptable protocol version': 'protocol_version',
  'connect did not arrive in time': 'no_connect',
  'no such packet': 'session',
}

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '')

/** CONNACK codes from 2 on are given, and said, by connect.ts. */
const isAnswered = (error: Error): boolean => 'errorCode' in error && error.errorCode !== 1

export const faultReason = (error: Error): string | null => {
  if (isUnrecorded(error) || isAnswered(error) || ordinary.has(error.message)) return null
  if (isWireFault(error)) return 'packet_too_large'
  const code = codeOf(error)
  if (code.startsWith('LEVEL_')) return 'session'
  // What else has a code comes from the socket: reset, timed out, TLS.
  return code === '' ? (words[error.message] ?? 'malformed') : null
}
