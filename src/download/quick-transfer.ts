// One answer with bytes that lie in memory, written straight to its socket, piece by piece at the client's own speed. It allocates as little
// as it can: small ranges cost what their answers cost. Knows no links.

import type { BareSocket } from './bare-socket.ts'
import type { ByteCount, TransferCount } from './byte-count.ts'
import { measured, type Speed } from './chunk.ts'
import type { WholeImage } from './image-cache.ts'
import type { ImageHead, ImagePart } from './image-head.ts'
import type { Granted } from './messages.ts'
import type { Leaving, Transfer, TransferParts, TransferSlots } from './transfer-slots.ts'

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
export interface QuickSender extends Leaving {
  readonly socket: BareSocket
  speed: Speed
  /** All of the answer is out. Called once, not if the connection breaks before. */
  isOut(): void
}

export interface QuickTransfer {
  readonly request: QuickRequest
  readonly count: TransferCount
  /** It has lost its place, and sends nothing until it has another one. */
  readonly isWaiting: boolean
  /** Begins, where there is room for it. */
  send(): void
  /** The write under way was accepted. */
  wrote(): void
  /** Whatever has become of it. */
  leave(): void
}

/** Where heads and small answers are put together, one after another: new ones only where the system has not accepted the last one at once. */
let small = Buffer.allocUnsafeSlow(LONGEST_HEAD + COPIED)
let heads = Buffer.allocUnsafe(LONGEST_HEAD)

const writeSmall = (socket: BareSocket, head: string, bytes: Buffer, start: number, end: number): boolean => {
  const length = small.write(head, 'latin1')
  const whole = length + bytes.copy(small, length, start, end)
  const isOut = socket.write(small.subarray(0, whole))
  if (!isOut) small = Buffer.allocUnsafeSlow(LONGEST_HEAD + COPIED)
  return isOut
}

const writeLarge = (socket: BareSocket, head: string, piece: Buffer): boolean => {
  const isOut = socket.writeBoth(heads.subarray(0, heads.write(head, 'latin1')), piece)
  if (!isOut) heads = Buffer.allocUnsafe(LONGEST_HEAD)
  return isOut
}

class Sending implements QuickTransfer, TransferParts {
  readonly request: QuickRequest
  readonly count: TransferCount
  readonly task: number
  readonly left: QuickSender
  isWaiting = false
  /** Sent so far, and what the write under way ends with. */
  private position: number
  private next: number
  private startedAt = 0
  /** What the system accepts at once needs none. */
  private place: Transfer | undefined = undefined
  private readonly parts: QuickTransferParts

  constructor(parts: QuickTransferParts, sender: QuickSender, request: QuickRequest) {
    const { grant, part, image } = request
    this.parts = parts
    this.left = sender
    this.request = request
    this.task = grant.task
    this.position = part.start
    this.next = part.start
    image.held.users += 1
    this.count = parts.byteCount.begin(grant, part.start)
  }

  unsent(): number {
    return this.left.socket.unsent()
  }

  superseded(): void {
    this.left.socket.destroy()
  }

  cut(): void {
    this.left.socket.destroy()
  }

  send(): void {
    const { socket } = this.left
    do {
      if (!this.writePiece(socket)) {
        this.waitForClient(socket)
        return
      }
      this.accepted(0)
      if (this.isDone()) {
        this.left.isOut()
        return
      }
    } while (this.hasPlace())
  }

  wrote(): void {
    this.place?.wrote()
    this.accepted(this.parts.monotonic() - this.startedAt)
    if (this.isDone()) this.left.isOut()
    else if (this.hasPlace()) this.send()
  }

  leave(): void {
    this.request.image.held.users -= 1
    this.place?.leave()
  }

  private waitForClient(socket: BareSocket): void {
    if (socket.destroyed) return
    this.startedAt = this.parts.monotonic()
    this.place ??= this.newPlace()
    this.place.writing()
  }

  private newPlace(): Transfer {
    const place = this.parts.slots.begin(this)
    void place.hold()
    return place
  }

  private isDone(): boolean {
    return this.position === this.request.part.end
  }

  private accepted(ms: number): void {
    const { position, next, left } = this
    this.count.add(position, next)
    left.speed = measured(left.speed, next - position, ms)
    this.position = next
  }

  /** True: the system has accepted it at once. */
  private writePiece(socket: BareSocket): boolean {
    const { request, position, left } = this
    const { grant, image, part, keepsOpen } = request
    const next = Math.min(part.end, position + left.speed.chunk)
    this.next = next
    if (position > part.start) return socket.write(image.bytes.subarray(position, next))
    const head = this.parts.head(grant, part, keepsOpen)
    if (next - position <= COPIED) return writeSmall(socket, head, image.bytes, position, next)
    return writeLarge(socket, head, image.bytes.subarray(position, next))
  }

  private hasPlace(): boolean {
    const held = this.place?.hold() ?? true
    if (held === true) return true
    if (held === false) this.left.socket.destroy()
    else void this.waitFor(held)
    return false
  }

  private async waitFor(held: Promise<boolean>): Promise<void> {
    this.isWaiting = true
    this.left.socket.keepAlive()
    const isHeld = await held
    this.isWaiting = false
    if (this.left.socket.destroyed) return
    if (isHeld) this.send()
    else this.left.socket.destroy()
  }
}

export const createQuickTransfer = (parts: QuickTransferParts, sender: QuickSender, request: QuickRequest): QuickTransfer =>
  new Sending(parts, sender, request)
