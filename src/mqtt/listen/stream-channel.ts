// A channel over a stream of Node: TLS, WebSocket, and TCP where there is no other (tcp-channel.ts).

import type { Duplex } from 'node:stream'
import type { ByteChannel, ChannelUser } from '../../tcp/channel.ts'

const channelOf = Symbol('channel')

interface Owned extends Duplex {
  [channelOf]?: StreamChannel
}

// The same functions for all streams: as closures each stream would keep four of its own.

const onData = function (this: Owned, chunk: Buffer): void {
  this[channelOf]?.read(chunk)
}

const onEnd = function (this: Owned): void {
  this[channelOf]?.over()
}

const onError = function (this: Owned, error: Error): void {
  this[channelOf]?.fail(error)
}

/** Whose address it is. */
type Addressed = Partial<Pick<ByteChannel, 'remoteAddress' | 'remotePort' | 'localAddress'>>

class StreamChannel implements ByteChannel {
  private readonly raw: Duplex
  private readonly tcp: Addressed
  private user: ChannelUser | null = null

  constructor(raw: Duplex, tcp: Addressed) {
    this.raw = raw
    this.tcp = tcp
    const owned: Owned = raw
    owned[channelOf] = this
    raw.on('error', onError)
  }

  get remoteAddress(): string | undefined {
    return this.tcp.remoteAddress
  }

  get remotePort(): number | undefined {
    return this.tcp.remotePort
  }

  get localAddress(): string | undefined {
    return this.tcp.localAddress
  }

  get destroyed(): boolean {
    return this.raw.destroyed
  }

  get writable(): boolean {
    return this.raw.writable && !this.raw.destroyed
  }

  open(user: ChannelUser): void {
    this.user = user
    this.raw.on('data', onData)
    this.raw.on('end', onEnd)
    this.raw.on('close', onEnd)
  }

  read(chunk: Buffer): void {
    this.user?.read(chunk)
  }

  over(): void {
    this.user?.ended()
  }

  fail(error: Error): void {
    this.user?.failed(error)
  }

  write(bytes: Buffer): boolean {
    this.raw.write(bytes, () => this.user?.taken(bytes.length))
    return false
  }

  writeAll(pieces: readonly Buffer[]): boolean {
    this.raw.cork()
    for (const piece of pieces) this.write(piece)
    this.raw.uncork()
    return false
  }

  pause(): void {
    this.raw.pause()
  }

  resume(): void {
    this.raw.resume()
  }

  end(ms: number): void {
    const { raw } = this
    raw.removeListener('data', onData)
    if (raw.destroyed) return
    raw.resume()
    raw.end()
    const last = setTimeout(() => raw.destroy(), ms)
    raw.once('close', () => clearTimeout(last))
  }

  destroy(): void {
    this.raw.destroy()
  }
}

/** `raw`: the client's bytes; `tcp`: the TCP or TLS socket below them. */
export const streamChannel = (raw: Duplex, tcp: Addressed): ByteChannel => new StreamChannel(raw, tcp)
