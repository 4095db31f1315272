// Connections of a TCP server without a stream for each of them: bytes are read and written with the handle below Node's `net.Socket`, which
// takes a third of the memory and half of the time (docs/adr/0022-tcp-without-streams.md).

import type { Server } from 'node:net'
import { getSystemErrorName } from 'node:util'
import type { ByteChannel, ChannelUser } from './channel.ts'
import {
  type Address,
  createRequest,
  endOfFile,
  findHandles,
  type Handle,
  type HandleOwner,
  type HandleParts,
  nothing,
  own,
  type Request,
  type RequestOwner,
  room,
} from './handle.ts'

/** Without a stack, and one for each kind: thousands of connections may break in one turn of the event loop. */
const errors = new Map<string, Error>()

const errorOf = (call: string, code: number): Error => {
  const name = getSystemErrorName(code)
  const message = `${call} ${name}`
  let error = errors.get(message)
  if (error === undefined) {
    error = Object.assign(new Error(message), { code: name, stack: `Error: ${message}` })
    errors.set(message, error)
  }
  return error
}

const onWritten = function (this: Request, status: number): void {
  const { owner: by, pieces } = this
  this.owner = null
  this.pieces = nothing
  by?.onWritten(pieces, status)
}

const onShut = function (this: Request): void {
  this.owner?.onShut()
}

/** Of writes that are taken at once, which leave nothing in it. */
let spare: Request | null = null

/** What all channels of a server have. */
interface Shared {
  readonly parts: HandleParts
  /** Undefined: each has to ask for its own. */
  readonly local: string | undefined
  readonly closed: (channel: ByteChannel) => void
}

/** As the system writes them: all addresses of IPv6, and of IPv4 in both ways. */
const anyAddress = /^(?:::|(?:::ffff:)?0\.0\.0\.0)$/

/** The address that a server listens on, if it is one. */
const localOf = (server: Server): string | undefined => {
  const listening = server.address()
  const address = typeof listening === 'object' ? listening?.address : undefined
  return address === undefined || anyAddress.test(address) ? undefined : address
}

class TcpChannel implements ByteChannel, HandleOwner, RequestOwner {
  private readonly handle: Handle
  private readonly parts: HandleParts
  private readonly closed: (channel: ByteChannel) => void
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  private local: string | undefined
  private user: ChannelUser | null = null
  private isReading = false
  private peerEnded = false
  /** Nothing can be read or written any more. */
  private isBroken = false
  private isEnding = false
  private isShut = false
  private last: NodeJS.Timeout | null = null
  /** Writes that the system has not taken. */
  private waiting = 0
  destroyed = false

  constructor(handle: Handle, { parts, local, closed }: Shared) {
    this.handle = handle
    this.parts = parts
    this.closed = closed
    this.local = local
    // Fails for a peer that is gone already: then there is no address.
    const peer: Address = {}
    handle.getpeername(peer)
    this.remoteAddress = peer.address
    this.remotePort = peer.port
  }

  get localAddress(): string | undefined {
    if (this.local === undefined && !this.destroyed) {
      const found: Address = {}
      this.handle.getsockname(found)
      this.local = found.address
    }
    return this.local
  }

  get writable(): boolean {
    return !this.isEnding && !this.isBroken && !this.destroyed
  }

  open(user: ChannelUser): void {
    this.user = user
    own(this.handle, this)
    this.resume()
  }

  pause(): void {
    if (!this.isReading) return
    this.isReading = false
    this.handle.readStop()
  }

  resume(): void {
    if (this.isReading || this.peerEnded || this.isBroken || this.destroyed) return
    this.isReading = true
    const status = this.handle.readStart()
    if (status !== 0) this.breakLater('read', status)
  }

  onRead(size: number): void {
    if (size < 0) this.over(size)
    else if (size > 0 && !this.isEnding) this.pass(size)
  }

  private pass(size: number): void {
    const chunk = Buffer.allocUnsafe(size)
    room.copy(chunk, 0, 0, size)
    this.user?.read(chunk)
  }

  private over(status: number): void {
    this.isReading = false
    if (status !== endOfFile) this.broken(errorOf('read', status))
    else {
      this.peerEnded = true
      if (!this.isEnding) this.user?.ended()
      else if (this.isShut) this.destroy()
    }
  }

  private broken(error: Error): void {
    if (this.isBroken || this.destroyed) return
    this.isBroken = true
    if (this.isEnding) this.destroy()
    else this.user?.failed(error)
  }

  /** Its user is called later, since it is just writing or reading. */
  private breakLater(call: string, status: number): void {
    process.nextTick(() => this.broken(errorOf(call, status)))
  }

  write(bytes: Buffer): boolean {
    if (!this.writable) return true
    const request = this.takeRequest()
    if (this.isTaken(request, this.handle.writeBuffer(request, bytes))) return true
    request.pieces = [bytes]
    return false
  }

  writeAll(pieces: readonly Buffer[]): boolean {
    if (!this.writable) return true
    const request = this.takeRequest()
    if (this.isTaken(request, this.handle.writev(request, pieces, true))) return true
    request.pieces = pieces
    return false
  }

  private takeRequest(): Request {
    const request = spare ?? createRequest(this.parts.WriteWrap, onWritten)
    spare = null
    return request
  }

  /** `status`: the result of writing with the request. */
  private isTaken(request: Request, status: number): boolean {
    const { streamBaseState, kLastWriteWasAsync } = this.parts
    if (status !== 0) this.breakLater('write', status)
    else if (streamBaseState[kLastWriteWasAsync] !== 0) {
      request.owner = this
      this.waiting += 1
      return false
    } else spare = request
    return true
  }

  onWritten(pieces: readonly Buffer[], status: number): void {
    this.waiting -= 1
    if (this.destroyed) return
    if (status !== 0) this.broken(errorOf('write', status))
    else if (!this.isEnding) for (const { length } of pieces) this.user?.taken(length)
  }

  end(ms: number): void {
    if (this.isEnding || this.destroyed) return
    this.isEnding = true
    // Closing it says to the peer that it has ended.
    if (this.isBroken || (this.peerEnded && this.waiting === 0)) {
      this.destroy()
      return
    }
    const request = createRequest(this.parts.ShutdownWrap, onShut)
    request.owner = this
    if (this.handle.shutdown(request) !== 0) {
      this.destroy()
      return
    }
    this.last = setTimeout(() => this.destroy(), ms)
    this.resume()
  }

  onShut(): void {
    this.isShut = true
    if (this.peerEnded) this.destroy()
  }

  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    this.isReading = false
    this.user = null
    if (this.last !== null) clearTimeout(this.last)
    this.handle.close()
    this.closed(this)
  }
}

/** Seconds until the system looks whether a silent peer still exists. */
const keepAliveSeconds = 60

export interface TakenConnections {
  opened(channel: ByteChannel): void
  /** Called when it has been destroyed. */
  closed(channel: ByteChannel): void
}

/**
 * Makes a server that listens pass on its connections as channels from now on, with `noDelay` and `keepAlive`; it emits no 'connection' then.
 * Returns false, and changes nothing, where this version of Node does not have what it takes.
 */
export const takeConnections = (server: Server, { opened, closed }: TakenConnections): boolean => {
  const found = findHandles(server)
  // Only Linux hands the options of a listening socket on to those that it accepts.
  if (process.platform !== 'linux' || found === null) return false
  const { parts, listening: handle } = found
  handle.setNoDelay(true)
  handle.setKeepAlive(true, keepAliveSeconds)
  const shared: Shared = { parts, local: localOf(server), closed }
  const usual = handle.onconnection
  handle.onconnection = function (status, accepted) {
    if (status !== 0 || accepted === undefined) usual.call(this, status, accepted)
    else opened(new TcpChannel(accepted, shared))
  }
  return true
}
