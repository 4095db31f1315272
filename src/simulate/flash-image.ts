// An image on its way into flash: what has arrived, and whether it is what was announced (protocol.md §1). Keeps digests, not bytes.

import { createHash } from 'node:crypto'
import type { Order } from './wire.ts'

export interface FlashImage {
  readonly order: Order
  received(): number
  add(chunk: Uint8Array): void
  /** Starts anew, for a server that sends the whole file where a range was asked. */
  reset(): void
  /** Whether bytes of this image go on being of use for that order: the same file, another link. */
  continues(order: Order): boolean
  /** What is wrong with what arrived, in words; null when size, sign and checksum are right. */
  fault(): string | null
}

const littleEndianHex = (sum: number): string => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(sum)
  return bytes.toString('hex')
}

/** `corrupts`: the flash writes the first byte wrong, so that verifying fails as it does on a worn device. */
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
    if (flash.received !== order.size) return `${flash.received} bytes arrived, ${order.size} were announced`
    const sign = flash.hash.copy().digest('hex')
    if (sign !== order.sign.toLowerCase()) return `${order.signMethod} is ${sign}, announced was ${order.sign}`
    const checksum = littleEndianHex(flash.sum)
    return order.checksum !== null && checksum !== order.checksum ? `checksum is ${checksum}, announced was ${order.checksum}` : null
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
