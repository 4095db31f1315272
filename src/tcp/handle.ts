// The TCP handles below Node's `net.Socket`, as far as they are used here. They are no public interface of Node: whether this version has what it
// takes is looked for here. The only file that knows where they are.

import type { Server } from 'node:net'

/** Whose handle it is. */
export interface HandleOwner {
  /** Bytes, or a negative error number. */
  onRead(size: number): void
}

export interface RequestOwner {
  onWritten(pieces: readonly Buffer[], status: number): void
  onShut(): void
}

export const owner = Symbol('owner')

export interface Address {
  address?: string
  port?: number
}

export interface Request {
  oncomplete: (this: Request, status: number) => void
  owner: RequestOwner | null
  /** What is being written, which must not be collected meanwhile. */
  pieces: readonly Buffer[]
}

/** Functions return 0, or a negative error number of libuv. */
export interface Handle {
  onread: (this: Handle, bytes?: ArrayBuffer) => void
  readStart(): number
  readStop(): number
  useUserBuffer(buffer: Buffer): void
  writeBuffer(request: Request, bytes: Buffer): number
  writev(request: Request, pieces: readonly Buffer[], areBuffers: true): number
  shutdown(request: Request): number
  readonly writeQueueSize: number
  setNoDelay(on: boolean): number
  setKeepAlive(on: boolean, seconds: number): number
  close(closed?: () => void): void
  getpeername(to: Address): number
  getsockname(to: Address): number
  [owner]?: HandleOwner | undefined
}

export interface ListeningHandle extends Handle {
  onconnection: (this: ListeningHandle, status: number, accepted?: Handle) => void
}

export interface HandleParts {
  readonly WriteWrap: new () => Request
  readonly ShutdownWrap: new () => Request
  /** Results of the last call, by the places below. */
  readonly streamBaseState: Int32Array
  readonly kReadBytesOrError: number
  readonly kArrayBufferOffset: number
  readonly kLastWriteWasAsync: number
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  (typeof value === 'object' || typeof value === 'function') && value !== null

const isBinding = (value: unknown): value is HandleParts =>
  isRecord(value) &&
  typeof value.WriteWrap === 'function' &&
  typeof value.ShutdownWrap === 'function' &&
  value.streamBaseState instanceof Int32Array &&
  typeof value.kReadBytesOrError === 'number' &&
  typeof value.kArrayBufferOffset === 'number' &&
  typeof value.kLastWriteWasAsync === 'number'

/** With `--pending-deprecation` Node warns of `process.binding`; here its absence is expected. */
const withoutWarning = <T>(work: () => T): T => {
  const before: unknown = Reflect.get(process, 'noDeprecation')
  Reflect.set(process, 'noDeprecation', true)
  try {
    return work()
  } finally {
    Reflect.set(process, 'noDeprecation', before)
  }
}

const findBinding = (): HandleParts | null => {
  const find: unknown = Reflect.get(process, 'binding')
  if (typeof find !== 'function') return null
  try {
    const found: unknown = withoutWarning(() => find.call(process, 'stream_wrap'))
    return isBinding(found) ? found : null
  } catch {
    // Not permitted, or removed.
    return null
  }
}

const functionsOf =
  'readStart readStop useUserBuffer writeBuffer writev shutdown close getpeername getsockname setNoDelay setKeepAlive onconnection'

/** A listening handle has the functions of those that it accepts. */
const isListening = (value: unknown): value is ListeningHandle =>
  isRecord(value) && functionsOf.split(' ').every((name) => typeof value[name] === 'function') && 'onread' in value

export interface Found {
  readonly parts: HandleParts
  readonly listening: ListeningHandle
}

/** What `onread` needs, once it was found. */
let known: HandleParts | null = null

/** The handle of a server that listens; null: it does not listen, or this version of Node lacks a part of what is used. */
export const findHandles = (server: Server): Found | null => {
  const listening: unknown = Reflect.get(server, '_handle')
  const parts = findBinding()
  if (parts === null || !isListening(listening)) return null
  known = parts
  return { parts, listening }
}

/** libuv: UV_EOF. */
export const endOfFile = -4095

/** All handles of a thread are read into it, one after the other: what is in it is valid until `onRead` returns. */
export const room = Buffer.allocUnsafeSlow(65_536)

const onread = function (this: Handle): void {
  this[owner]?.onRead(known?.streamBaseState[known.kReadBytesOrError] ?? endOfFile)
}

/** What is read comes to its owner; `readStart` begins. */
export const own = (handle: Handle, by: HandleOwner): void => {
  handle[owner] = by
  handle.onread = onread
  handle.useUserBuffer(room)
}

export const nothing: readonly Buffer[] = []

export const createRequest = (Kind: new () => Request, oncomplete: Request['oncomplete']): Request =>
  Object.assign(new Kind(), { oncomplete, owner: null, pieces: nothing })
