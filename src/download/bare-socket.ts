// An accepted TCP connection as Node's own handle of it, without the streams of net.Socket around it, which cost more than a small answer
// (decision 24). Where Node has no such handle, all connections are Node's. Knows no HTTP and no links.

import type { Server, Socket } from 'node:net'
import {
  createRequest,
  endOfFile,
  findHandles,
  type Handle,
  type HandleOwner,
  type HandleParts,
  owner as handleOwner,
  own,
  type Request,
  room,
} from '../tcp/handle.ts'

/** What happens to a connection, for the one who has it. */
export interface BareOwner {
  /** `bytes` are valid until it returns. */
  received(bytes: Buffer): void
  /** The client has closed its side. */
  ended(): void
  /** The write that was not accepted at once is accepted now. */
  wrote(): void
  /** Once, after everything else. Never from within a call of the owner's. */
  closed(): void
}

export interface BareSocket {
  readonly remoteAddress: string
  readonly destroyed: boolean
  /** Begins to read. */
  open(owner: BareOwner): void
  /** One write at a time; true: the system has accepted all of it at once. It keeps the bytes until they are accepted. */
  write(bytes: Buffer): boolean
  writeBoth(head: Buffer, body: Buffer): boolean
  /** Bytes of the write under way that the system has not accepted yet. */
  unsent(): number
  /** For a long time nothing may be sent: the system asks now and then whether the client is still there. */
  keepAlive(): void
  pause(): void
  resume(): void
  /** Closes this side, and the connection when the client has closed its side too; `isFinal`: without waiting for that. */
  end(isFinal: boolean): void
  destroy(): void
  /** Node's server has the connection, from `bytes` on; its owner hears no more of it. */
  pass(bytes: Buffer): void
}

const KEEP_ALIVE_SECONDS = 60

/** The same for all connections of a server. */
interface Way {
  readonly parts: HandleParts
  readonly handOver: (handle: Handle, bytes: Buffer) => void
}

class Bare implements BareSocket, HandleOwner {
  readonly remoteAddress: string
  destroyed = false
  owner: BareOwner | undefined
  private hasEnded = false
  private isShut = false
  /** For writes that are accepted at once, one after another. */
  private request: Request
  private readonly way: Way
  private readonly handle: Handle

  constructor(way: Way, handle: Handle) {
    this.way = way
    this.handle = handle
    const peer: { address?: string } = {}
    handle.getpeername(peer)
    this.remoteAddress = peer.address ?? ''
    this.request = this.newRequest()
  }

  open(owner: BareOwner): void {
    const { handle } = this
    this.owner = owner
    own(handle, this)
    handle.setNoDelay(true)
    if (handle.readStart() !== 0) this.destroy()
  }

  write(bytes: Buffer): boolean {
    return !this.destroyed && this.isOut(this.handle.writeBuffer(this.request, bytes), [bytes])
  }

  writeBoth(head: Buffer, body: Buffer): boolean {
    const chunks = [head, body]
    return !this.destroyed && this.isOut(this.handle.writev(this.request, chunks, true), chunks)
  }

  unsent(): number {
    return this.destroyed ? 0 : this.handle.writeQueueSize
  }

  keepAlive(): void {
    if (!this.destroyed) this.handle.setKeepAlive(true, KEEP_ALIVE_SECONDS)
  }

  pause(): void {
    if (!this.destroyed) this.handle.readStop()
  }

  resume(): void {
    if (!this.destroyed && !this.hasEnded && this.handle.readStart() !== 0) this.destroy()
  }

  end(isFinal: boolean): void {
    if (this.destroyed || this.isShut) return
    this.isShut = true
    const request = createRequest(this.way.parts.ShutdownWrap, () => {
      if (isFinal || this.hasEnded) this.destroy()
    })
    if (this.handle.shutdown(request) !== 0) this.destroy()
  }

  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    this.handle.close(() => this.owner?.closed())
  }

  pass(bytes: Buffer): void {
    this.owner = undefined
    this.destroyed = true
    this.handle.readStop()
    this.handle[handleOwner] = undefined
    this.way.handOver(this.handle, bytes)
  }

  onRead(count: number): void {
    if (this.destroyed) return
    if (count > 0) this.owner?.received(room.subarray(0, count))
    else if (count < 0 && count !== endOfFile) this.destroy()
    else if (count < 0) {
      this.hasEnded = true
      this.owner?.ended()
      if (this.isShut) this.destroy()
    }
  }

  private newRequest(): Request {
    return createRequest(this.way.parts.WriteWrap, (status) => {
      if (this.destroyed) return
      if (status === 0) this.owner?.wrote()
      else this.destroy()
    })
  }

  private isOut(error: number, pieces: readonly Buffer[]): boolean {
    if (error !== 0) this.destroy()
    else if (this.way.parts.streamBaseState[this.way.parts.kLastWriteWasAsync] === 0) return true
    else {
      this.request.pieces = pieces
      this.request = this.newRequest()
    }
    return false
  }
}

/** Node's socket expects a buffer of its own for what was read. */
const readForNode = ({ streamBaseState, kReadBytesOrError, kArrayBufferOffset }: HandleParts, handle: Handle): void => {
  const { onread } = handle
  handle.onread = function (this: Handle): void {
    const count = streamBaseState[kReadBytesOrError] ?? 0
    streamBaseState[kArrayBufferOffset] = 0
    onread.call(this, count > 0 ? room.buffer.slice(0, count) : undefined)
  }
}

/** `take` has each connection of a server that listens, where Node has what is needed for that. Else they are the server's, as ever. */
export const takeBare = (server: Server, take: (socket: BareSocket) => void): void => {
  const found = findHandles(server)
  if (found === null) return
  const { parts, listening } = found
  const { onconnection } = listening
  const way: Way = {
    parts,
    handOver: (handle, bytes) => {
      server.once('connection', (socket: Socket) => {
        readForNode(parts, handle)
        if (!socket.destroyed) socket.emit('data', bytes)
      })
      onconnection.call(listening, 0, handle)
    },
  }
  listening.onconnection = (error, handle) => {
    if (error === 0 && handle !== undefined) take(new Bare(way, handle))
    else onconnection.call(listening, error, handle)
  }
}
