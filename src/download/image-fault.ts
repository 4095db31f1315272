// What is wrong where an image cannot be read. Functions of errors.

import type { ImageFault } from '../ota/ports/downloads.ts'

/** Bytes that are not the image's. */
export const damage = (message: string): Error => Object.assign(new Error(message), { code: 'IMAGE_DAMAGED' })

/** The server is short of something; the image may be whole. */
const shortages: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EINTR', 'EBUSY'])

/** `shortage` is no fault of the image; undefined: the error does not come from reading it. */
export const faultOf = (cause: unknown): ImageFault | 'shortage' | undefined => {
  if (!(cause instanceof Error) || !('code' in cause)) return undefined
  if (cause.code === 'IMAGE_DAMAGED') return 'damaged'
  if (!('syscall' in cause)) return undefined
  if (cause.code === 'ENOENT') return 'missing'
  return shortages.has(String(cause.code)) ? 'shortage' : 'unreadable'
}
