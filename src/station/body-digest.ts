// A digest of what a request says, short enough to be kept with each run. Knows no request.

import { createHash } from 'node:crypto'

export const bodyDigest = (parts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
