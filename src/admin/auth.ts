// Who may use the admin API: whoever shows the token (RFC 6750 §2.1). Knows no route.

import { createHash, timingSafeEqual } from 'node:crypto'
import { OtaError } from '../errors.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/**
 * Throws OTA_UNAUTHORIZED unless the Authorization header carries the current token. Both sides are hashed, so that the
 * comparison takes the same time whatever their lengths. An empty token lets nobody in.
 */
export const checkToken = (header: string | undefined, token: string): void => {
  const shown = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1]
  if (shown === undefined) {
    throw new OtaError(
      'OTA_UNAUTHORIZED',
      'No token was shown: send the header "Authorization: Bearer <token>"; it lies in admin.token of the data directory.',
    )
  }
  if (!timingSafeEqual(digest(shown), digest(token))) {
    throw new OtaError('OTA_UNAUTHORIZED', 'The token is not the current one, which lies in admin.token of the data directory.')
  }
}
