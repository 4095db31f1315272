// An image being written to flash: what was received, and whether it matches the offer (protocol.md §1). Keeps digests, not bytes.

import { createHash } from 'node:crypto'
import type { Order } from './wire.ts'

export interface FlashImage {
  readonly order: Order
  received(): number
  add(chunk: Uint8Array): void
  /** Starts over, for a server that sends the whole file although a range was requested. */
  reset(): void
  /** Whether the bytes of this image can be used for that order: the same file, another link. */
  continues(order: Order): boolean
  /** What is wrong with the received image; null if size, sign and checksum match. */
  fault(): string | null
}

const littleEndianHex = (sum: number): string => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(sum)
  return bytes.toString('hex')
}

/** `corrupts`: the first byte is written wrong, so that verification fails as on a worn device. */
export const createFlashImage = (order: Order, corrupts: boolean): FlashImage => {
  const start = () => ({ received: 0, sum: 0, hash: createHash(order.signMethod === 'MD5' ? 'md5' : 'sha256') })
  let flash = start()

  const add = (chunk: Uint8Array): void => {
    const written = corrupts && flash.received === 0 && chunk.length > 0 ? Buffer.from(chunk).fill((chunk[0] ?? 0) ^ 0xff, 0, 1) : chunk
    flash.hash.update(written)
    let sum = flash.sum
    for (const byte of written) sum = (sum + byte) >>> 0
    flash.sum = sum
    flash.received += written.length
  }

  const fault = (): string | null => {
    if (flash.received !== order.size) return `received ${flash.received} bytes, expected ${order.size}`
    const sign = flash.hash.copy().digest('hex')
    if (sign !== order.sign.toLowerCase()) return `${order.signMethod} is ${sign}, expected ${order.sign}`
    const checksum = littleEndianHex(flash.sum)
    return order.checksum !== null && checksum !== order.checksum ? `checksum is ${checksum}, expected ${order.checksum}` : null
  }

  return {
    order,
    received: () => flash.received,
    add,
    reset: () => {
      flash = start()
    },
    continues: (next) => next.sign === order.sign && next.size === order.size && next.signMethod === order.signMethod,
    fault,
  }
}
