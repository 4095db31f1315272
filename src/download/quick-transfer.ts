// One answer with bytes that lie in memory, written straight to its socket, piece by piece at the client's own speed. It allocates as little
// as it can: small ranges cost what their answers cost. Knows no links.

import type { Socket } from 'node:net'
import { waitForPlace } from './body.ts'
import type { ByteCount, TransferCount } from './byte-count.ts'
import { measured, type Speed } from './chunk.ts'
import type { WholeImage } from './image-cache.ts'
import type { ImageHead, ImagePart } from './image-head.ts'
import type { Granted } from './messages.ts'
import type { Leaving, Transfer, TransferSlots } from './transfer-slots.ts'

/** A head and a body up to this size are copied into one write: cheaper than two. */
const COPIED = 16_384
const LONGEST_HEAD = 512

export interface QuickTransferParts {
  readonly slots: TransferSlots
  readonly byteCount: ByteCount
  readonly head: ImageHead
  /** Milliseconds of a monotonic clock. */
  readonly monotonic: () => number
}

export interface QuickRequest {
  readonly grant: Granted
  readonly image: WholeImage
  readonly part: ImagePart
  readonly keepsOpen: boolean
}

/** What a connection lends to its transfers, one after another. */
export interface QuickSender {
  readonly socket: Socket
  readonly left: Leaving
  readonly unsent: () => number
  /** Ends the connection. */
  readonly cut: () => void
  /** Called for each write. */
  readonly wrote: (error?: Error | null) => void
  speed: Speed
}

export interface QuickTransfer {
  readonly request: QuickRequest
  readonly count: TransferCount
  readonly place: Transfer
  /** Sent so far, and what the write under way ends with. */
  position: number
  next: number
  startedAt: number
}

const newScratch = (): Buffer => Buffer.allocUnsafeSlow(LONGEST_HEAD + COPIED)

/** Where small answers are put together, one after another: a new one only where the system has not accepted the last one at once. */
let scratch = newScratch()

const writeSmall = ({ socket, wrote }: QuickSender, head: string, bytes: Buffer, start: number, end: number): void => {
  const length = scratch.write(head, 'latin1')
  const whole = length + bytes.copy(scratch, length, start, end)
  socket.write(scratch.subarray(0, whole), wrote)
  if (socket.writableLength > 0) scratch = newScratch()
}

const writeLarge = ({ socket, wrote }: QuickSender, head: string, piece: Buffer): void => {
  socket.cork()
  socket.write(head, 'latin1')
  socket.write(piece, wrote)
  socket.uncork()
}

const writePiece = (parts: QuickTransferParts, sender: QuickSender, transfer: QuickTransfer): void => {
  const { request, place, position } = transfer
  const { grant, image, part, keepsOpen } = request
  transfer.next = Math.min(part.end, position + sender.speed.chunk)
  transfer.startedAt = parts.monotonic()
  const { next } = transfer
  if (position > part.start) sender.socket.write(image.bytes.subarray(position, next), sender.wrote)
  else {
    const head = parts.head(grant, part, keepsOpen)
    if (next - position <= COPIED) writeSmall(sender, head, image.bytes, position, next)
    else writeLarge(sender, head, image.bytes.subarray(position, next))
  }
  place.writing()
}

/** Takes a place that is free, and begins. */
export const beginQuick = (parts: QuickTransferParts, sender: QuickSender, request: QuickRequest): QuickTransfer => {
  const { grant, image, part } = request
  const { left, unsent, cut } = sender
  const place = parts.slots.begin({ task: grant.task, left, unsent, superseded: cut, cut })
  void place.hold()
  image.held.users += 1
  const count = parts.byteCount.begin(grant, part.start)
  const transfer: QuickTransfer = { request, count, place, position: part.start, next: part.start, startedAt: 0 }
  writePiece(parts, sender, transfer)
  return transfer
}

/** A write was accepted as a whole: the next one follows. True: it was the last. */
export const goOn = (parts: QuickTransferParts, sender: QuickSender, transfer: QuickTransfer): boolean => {
  const { request, count, place, position, next, startedAt } = transfer
  place.wrote()
  count.add(position, next)
  sender.speed = measured(sender.speed, next - position, parts.monotonic() - startedAt)
  transfer.position = next
  if (next === request.part.end) return true
  const held = waitForPlace(place, sender.socket)
  const decided = (isHeld: boolean): void => {
    if (isHeld && !sender.socket.destroyed) writePiece(parts, sender, transfer)
    else sender.cut()
  }
  if (typeof held === 'boolean') decided(held)
  else void held.then(decided)
  return false
}

/** Whatever has become of it. */
export const leaveQuick = ({ request, place }: QuickTransfer): void => {
  request.image.held.users -= 1
  place.leave()
}
