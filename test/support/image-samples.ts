// Bytes that stand for an image, and their digest.

import { createHash } from 'node:crypto'

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Bytes without a pattern that are the same in every run. */
export const imageOf = (size: number): Buffer => {
  const words = new Uint32Array(Math.ceil(size / 4))
  let state = 1
  for (let at = 0; at < words.length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    words[at] = state
  }
  return Buffer.from(words.buffer, 0, size)
}
