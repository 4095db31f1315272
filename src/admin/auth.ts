// Who may use the admin API: clients that send the token (RFC 6750 §2.1). Knows no route.

import { createHash, timingSafeEqual } from 'node:crypto'
import { OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/**
 * Throws OTA_UNAUTHORIZED unless the Authorization header carries the current token. Both sides are hashed, so that the
 * comparison takes the same time whatever their lengths. An empty token lets nobody in.
 */
export const checkToken = (header: string | undefined, token: string): void => {
  const sent = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1]
  if (sent === undefined) throw new OtaError('OTA_UNAUTHORIZED', sentence('token_missing'))
  if (!timingSafeEqual(digest(sent), digest(token))) throw new OtaError('OTA_UNAUTHORIZED', sentence('token_wrong'))
}
