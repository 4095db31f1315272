// Secrets of tokens, sessions and codes: random, shown once, kept as their digests. They are long, so that one fast hash is enough.

import { createHash, randomBytes } from 'node:crypto'

const secretBytes = 24

export const newSecret = (): string => randomBytes(secretBytes).toString('base64url')
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
