// An accepted TCP connection as Node's own handle of it, without the streams of net.Socket around it, which cost more than a small answer
// (decision 23). Where Node has no such handle, all connections are Node's. Knows no HTTP and no links.

import type { Server, Socket } from 'node:net'
import { getSystemErrorName } from 'node:util'

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

type Complete = (status: number) => void

interface Request {
  oncomplete: Complete
  /** Bytes that must stay where they are meanwhile. */
  held: unknown
}

interface Handle {
  /** The return value would be the next buffer. */
  onread: (this: Handle, bytes?: ArrayBuffer) => void
  bare: Bare | undefined
  readonly writeQueueSize: number
  useUserBuffer(buffer: Buffer): void
  readStart(): number
  readStop(): number
  writeBuffer(request: Request, bytes: Buffer): number
  writev(request: Request, chunks: readonly Buffer[], areBuffers: true): number
  shutdown(request: Request): number
  close(closed: () => void): void
  setNoDelay(isOn: boolean): number
  setKeepAlive(isOn: boolean, seconds: number): number
  getpeername(into: { address?: string }): number
}

interface ServerHandle {
  onconnection: (error: number, handle?: Handle) => void
}

/** What Node's own streams use. */
interface StreamWrap {
  readonly WriteWrap: new () => Request
  readonly ShutdownWrap: new () => Request
  readonly streamBaseState: Int32Array
  readonly kReadBytesOrError: number
  readonly kArrayBufferOffset: number
  readonly kLastWriteWasAsync: number
}

const reading = ['useUserBuffer', 'readStart', 'readStop']
const writing = ['writeBuffer', 'writev', 'shutdown', 'close']
const methods = [...reading, ...writing, 'setNoDelay', 'setKeepAlive', 'getpeername']

const isStreamWrap = (found: object): found is StreamWrap =>
  ['WriteWrap', 'ShutdownWrap'].every((name) => typeof Reflect.get(found, name) === 'function') &&
  ['kReadBytesOrError', 'kArrayBufferOffset', 'kLastWriteWasAsync'].every((name) => Number.isInteger(Reflect.get(found, name))) &&
  Reflect.get(found, 'streamBaseState') instanceof Int32Array

const isHandle = (found: object): found is Handle => methods.every((name) => typeof Reflect.get(found, name) === 'function')

const isServerHandle = (found: unknown): found is ServerHandle =>
  typeof found === 'object' && found !== null && typeof Reflect.get(found, 'onconnection') === 'function'

/** With `--pending-deprecation` Node warns of `process.binding`; here its absence is expected. */
const findStreamWrap = (): StreamWrap | undefined => {
  const binding: unknown = Reflect.get(process, 'binding')
  if (typeof binding !== 'function') return undefined
  const before: unknown = Reflect.get(process, 'noDeprecation')
  Reflect.set(process, 'noDeprecation', true)
  try {
    const found: unknown = Reflect.apply(binding, process, ['stream_wrap'])
    return typeof found === 'object' && found !== null && isStreamWrap(found) ? found : undefined
  } catch {
    return undefined
  } finally {
    Reflect.set(process, 'noDeprecation', before)
  }
}

const KEEP_ALIVE_SECONDS = 60
const READ_BYTES = 65_536
/** What is read is dealt with before anything else is read: all connections share it. */
const shared = Buffer.allocUnsafeSlow(READ_BYTES)

/** The same for all connections of a server. */
interface Way {
  readonly wrap: StreamWrap
  readonly onread: Handle['onread']
  readonly handOver: (handle: Handle, bytes: Buffer) => void
}

class Bare implements BareSocket {
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
    handle.bare = this
    handle.onread = this.way.onread
    handle.useUserBuffer(shared)
    handle.setNoDelay(true)
    if (handle.readStart() !== 0) this.destroy()
  }

  write(bytes: Buffer): boolean {
    return !this.destroyed && this.isOut(this.handle.writeBuffer(this.request, bytes), bytes)
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
    const request = new this.way.wrap.ShutdownWrap()
    request.oncomplete = () => {
      if (isFinal || this.hasEnded) this.destroy()
    }
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
    this.handle.bare = undefined
    this.way.handOver(this.handle, bytes)
  }

  read(count: number): void {
    if (this.destroyed) return
    if (count > 0) this.owner?.received(shared.subarray(0, count))
    else if (count < 0 && getSystemErrorName(count) !== 'EOF') this.destroy()
    else if (count < 0) {
      this.hasEnded = true
      this.owner?.ended()
      if (this.isShut) this.destroy()
    }
  }

  private newRequest(): Request {
    const request = new this.way.wrap.WriteWrap()
    request.oncomplete = (status) => {
      if (this.destroyed) return
      if (status === 0) this.owner?.wrote()
      else this.destroy()
    }
    request.held = undefined
    return request
  }

  private isOut(error: number, held: unknown): boolean {
    if (error !== 0) this.destroy()
    else if (this.way.wrap.streamBaseState[this.way.wrap.kLastWriteWasAsync] === 0) return true
    else {
      this.request.held = held
      this.request = this.newRequest()
    }
    return false
  }
}

const readForBare = ({ streamBaseState, kReadBytesOrError }: StreamWrap): Handle['onread'] =>
  function (this: Handle): void {
    this.bare?.read(streamBaseState[kReadBytesOrError] ?? 0)
  }

/** Node's socket expects a buffer of its own for what was read. */
const readForNode = ({ streamBaseState, kReadBytesOrError, kArrayBufferOffset }: StreamWrap, handle: Handle): void => {
  const { onread } = handle
  handle.onread = function (this: Handle): void {
    const count = streamBaseState[kReadBytesOrError] ?? 0
    streamBaseState[kArrayBufferOffset] = 0
    onread.call(this, count > 0 ? shared.buffer.slice(0, count) : undefined)
  }
}

/** `take` has each connection of a server that listens, where Node has what is needed for that. Else they are the server's, as ever. */
export const takeBare = (server: Server, take: (socket: BareSocket) => void): void => {
  const wrap = findStreamWrap()
  const listening: unknown = Reflect.get(server, '_handle')
  if (wrap === undefined || !isServerHandle(listening)) return
  const { onconnection } = listening
  const way: Way = {
    wrap,
    onread: readForBare(wrap),
    handOver: (handle, bytes) => {
      server.once('connection', (socket: Socket) => {
        readForNode(wrap, handle)
        if (!socket.destroyed) socket.emit('data', bytes)
      })
      onconnection.call(listening, 0, handle)
    },
  }
  listening.onconnection = (error, handle) => {
    if (error === 0 && handle !== undefined && isHandle(handle)) take(new Bare(way, handle))
    else onconnection.call(listening, error, handle)
  }
}
