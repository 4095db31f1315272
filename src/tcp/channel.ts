// A client's connection as bytes in both directions, whatever carries them. The interface alone.

/** Who reads and writes a channel. */
export interface ChannelUser {
  /** Bytes that have come; they are the user's own. */
  read(chunk: Buffer): void
  /** The peer has ended its side. */
  ended(): void
  /** The connection is broken; nothing comes any more, and the user destroys it. */
  failed(error: Error): void
  /** The system has taken this many bytes, of which `write` said that they wait. */
  taken(bytes: number): void
}

export interface ByteChannel {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly destroyed: boolean
  /** Neither ended nor destroyed. */
  readonly writable: boolean
  /** Begins to read. Called once. */
  open(user: ChannelUser): void
  /** The bytes must not be changed afterwards. True: the system has taken all of them. */
  write(bytes: Buffer): boolean
  /** The same for several pieces, in their order. */
  writeAll(pieces: readonly Buffer[]): boolean
  pause(): void
  resume(): void
  /** Sends what was written and ends; what still comes is dropped. It is destroyed when the peer has ended its side too, or after `ms`. */
  end(ms: number): void
  /** Also drops what was written and not taken. Its user hears nothing any more. */
  destroy(): void
}
