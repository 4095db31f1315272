// The TCP handles below Node's `net.Socket`, as far as channels use them. They are no public interface of Node: whether this version has what it
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

export const owner = Symbol('channel')

export interface Address {
  address?: string
  port?: number
}

export interface Request {
  oncomplete: (this: Request, status: number) => void
  channel: RequestOwner | null
  /** What is being written, which must not be collected meanwhile. */
  pieces: readonly Buffer[]
}

/** Functions return 0, or a negative error number of libuv. */
export interface Handle {
  onread: (this: Handle) => void
  readStart(): number
  readStop(): number
  useUserBuffer(buffer: Buffer): void
  writeBuffer(request: Request, bytes: Buffer): number
  writev(request: Request, pieces: readonly Buffer[], areBuffers: true): number
  shutdown(request: Request): number
  close(): void
  getpeername(to: Address): number
  getsockname(to: Address): number
  [owner]?: HandleOwner
}

export interface Listening extends Handle {
  onconnection: (this: Listening, status: number, accepted?: Handle) => void
  setNoDelay(on: boolean): number
  setKeepAlive(on: boolean, seconds: number): number
}

export interface Binding {
  readonly WriteWrap: new () => Request
  readonly ShutdownWrap: new () => Request
  /** Results of the last call, by the places below. */
  readonly streamBaseState: Int32Array
  readonly kReadBytesOrError: number
  readonly kLastWriteWasAsync: number
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  (typeof value === 'object' || typeof value === 'function') && value !== null

const isBinding = (value: unknown): value is Binding =>
  isRecord(value) &&
  typeof value.WriteWrap === 'function' &&
  typeof value.ShutdownWrap === 'function' &&
  value.streamBaseState instanceof Int32Array &&
  typeof value.kReadBytesOrError === 'number' &&
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

const findBinding = (): Binding | null => {
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

/** Null: this version of Node lacks a part of it. */
export const binding = findBinding()

const functionsOf =
  'readStart readStop useUserBuffer writeBuffer writev shutdown close getpeername getsockname setNoDelay setKeepAlive onconnection'

/** A listening handle has the functions of those that it accepts. */
const isListening = (value: unknown): value is Listening =>
  isRecord(value) && functionsOf.split(' ').every((name) => typeof value[name] === 'function') && 'onread' in value

/** The handle of a server that listens; null: it does not, or its handle lacks a part of what channels use. */
export const listeningHandle = (server: Server): Listening | null => {
  const handle: unknown = Reflect.get(server, '_handle')
  return isListening(handle) ? handle : null
}
