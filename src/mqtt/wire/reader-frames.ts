// Splits a stream of bytes into packets [MQTT 3.1.1 §2.2]. A packet that is complete in one chunk is read in place; a partial one is
// collected in a buffer that doubles, so that no byte is copied more than twice on average. Knows no packet types.

import { byteAt } from './fields.ts'
import { headSize, lengthAt } from './reader-head.ts'

export interface FrameRules<T> {
  /** Checks a first byte. */
  first(first: number): void
  /** Checks a complete fixed header: the remaining length, and the size of the whole packet, bytes. */
  size(first: number, length: number, whole: number): void
  /** Reads a packet, which is `bytes` from `at` to `end`; its body begins at `body`. */
  read(bytes: Buffer, at: number, body: number, end: number): T
}

export interface Frames<T> {
  push(chunk: Buffer): void
  /** The next packet; null: more bytes are needed. Throws what the rules throw. */
  next(): T | null
  /** Bytes that were pushed and not returned yet. */
  readonly buffered: number
}

/** Initial buffer of a partial packet, or its size if that is less. */
const firstRoom = 1024
const nothing: Buffer = Buffer.alloc(0)

class Splitter<T> implements Frames<T> {
  private readonly rules: FrameRules<T>
  /** Those that wait behind `chunk`; null: none. */
  private chunks: Buffer[] | null = null
  private nextAt = 0
  private chunk = nothing
  private at = 0
  /**
   * The beginning of a partial packet. Packets that were returned point into the buffer, so it is never overwritten, only extended or
   * replaced.
   */
  private partial = nothing
  private filled = 0
  // Of the current packet; 0: not known yet.
  private head = 0
  private whole = 0
  private pushed = 0

  constructor(rules: FrameRules<T>) {
    this.rules = rules
  }

  /** Checks a fixed header; false: it is not complete yet. */
  private measure(bytes: Buffer, from: number, to: number): boolean {
    const first = byteAt(bytes, from)
    this.rules.first(first)
    this.head = headSize(bytes, from, to)
    if (this.head === 0) return false
    const length = lengthAt(bytes, from, this.head)
    this.rules.size(first, length, this.head + length)
    this.whole = this.head + length
    return true
  }

  /** Adds bytes of the chunk to the partial packet. */
  private gather(size: number): void {
    const { partial, filled, whole, chunk, at } = this
    const wanted = filled + size
    if (wanted > partial.length) {
      const room = Math.max(wanted, 2 * partial.length, firstRoom)
      this.partial = Buffer.allocUnsafe(whole === 0 ? room : Math.min(room, whole))
      partial.copy(this.partial, 0, 0, filled)
    }
    chunk.copy(this.partial, filled, at, at + size)
    this.filled = wanted
    this.at += size
  }

  /** Takes what the partial packet lacks from the chunk; true: it is complete. */
  private complete(): boolean {
    const { chunk } = this
    while (this.whole === 0 && this.at < chunk.length) {
      this.gather(1)
      this.measure(this.partial, 0, this.filled)
    }
    if (this.whole === 0) return false
    this.gather(Math.min(this.whole - this.filled, chunk.length - this.at))
    return this.filled === this.whole
  }

  private takePartial(): Buffer {
    const taken = this.partial
    this.partial = nothing
    this.filled = 0
    return taken
  }

  private give(bytes: Buffer, from: number): T {
    const body = from + this.head
    const end = from + this.whole
    this.pushed -= this.whole
    this.whole = 0
    return this.rules.read(bytes, from, body, end)
  }

  private nextChunk(): boolean {
    const { chunks } = this
    this.at = 0
    this.chunk = nothing
    if (chunks === null) return false
    this.chunk = chunks[this.nextAt] ?? nothing
    // Frees what was taken.
    chunks[this.nextAt] = nothing
    this.nextAt += 1
    if (this.nextAt === chunks.length) {
      this.chunks = null
      this.nextAt = 0
    }
    return this.chunk.length > 0
  }

  get buffered(): number {
    return this.pushed
  }

  push(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.pushed += bytes.length
    if (this.at < this.chunk.length || this.chunks !== null) {
      this.chunks ??= []
      this.chunks.push(bytes)
      return
    }
    this.chunk = bytes
    this.at = 0
  }

  next(): T | null {
    while (this.at < this.chunk.length || this.nextChunk()) {
      const { chunk, at } = this
      if (this.filled > 0) {
        if (this.complete()) return this.give(this.takePartial(), 0)
      } else if (this.measure(chunk, at, chunk.length) && this.whole <= chunk.length - at) {
        this.at += this.whole
        return this.give(chunk, at)
      } else this.gather(chunk.length - at)
    }
    return null
  }
}

export const createFrames = <T>(rules: FrameRules<T>): Frames<T> => new Splitter(rules)
