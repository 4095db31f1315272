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

/** Chunks that wait. Those taken out are freed. */
const createQueue = () => {
  let chunks: Buffer[] = []
  let head = 0
  return {
    isEmpty: (): boolean => chunks.length === 0,
    add(chunk: Buffer): void {
      chunks.push(chunk)
    },
    take(): Buffer {
      const chunk = chunks[head]
      if (chunk === undefined) return nothing
      chunks[head++] = nothing
      if (head === chunks.length) {
        chunks = []
        head = 0
      }
      return chunk
    },
  }
}

/** The beginning of a partial packet. Packets that were returned point into the buffer, so it is never overwritten, only extended or replaced. */
const createPartial = () => {
  let bytes = nothing
  let filled = 0
  return {
    get bytes() {
      return bytes
    },
    get filled() {
      return filled
    },
    /** `whole` is the packet's size; 0: not known yet. */
    add(chunk: Buffer, from: number, to: number, whole: number): void {
      const wanted = filled + to - from
      if (wanted > bytes.length) {
        const room = Math.max(wanted, 2 * bytes.length, firstRoom)
        const grown = Buffer.allocUnsafe(whole === 0 ? room : Math.min(room, whole))
        bytes.copy(grown, 0, 0, filled)
        bytes = grown
      }
      chunk.copy(bytes, filled, from, to)
      filled = wanted
    },
    take(): Buffer {
      const taken = bytes
      bytes = nothing
      filled = 0
      return taken
    },
  }
}

export const createFrames = <T>(rules: FrameRules<T>): Frames<T> => {
  const queue = createQueue()
  const partial = createPartial()
  let chunk = nothing
  let at = 0
  // Of the current packet; 0: not known yet.
  let head = 0
  let whole = 0
  let buffered = 0

  /** Checks a fixed header; false: it is not complete yet. */
  const measure = (bytes: Buffer, from: number, to: number): boolean => {
    const first = byteAt(bytes, from)
    rules.first(first)
    head = headSize(bytes, from, to)
    if (head === 0) return false
    const length = lengthAt(bytes, from, head)
    rules.size(first, length, head + length)
    whole = head + length
    return true
  }

  const gather = (size: number): void => {
    partial.add(chunk, at, at + size, whole)
    at += size
  }

  /** Takes what the partial packet lacks from the chunk; true: it is complete. */
  const complete = (): boolean => {
    while (whole === 0 && at < chunk.length) {
      gather(1)
      measure(partial.bytes, 0, partial.filled)
    }
    if (whole === 0) return false
    gather(Math.min(whole - partial.filled, chunk.length - at))
    return partial.filled === whole
  }

  const give = (bytes: Buffer, from: number): T => {
    const body = from + head
    const end = from + whole
    buffered -= whole
    whole = 0
    return rules.read(bytes, from, body, end)
  }

  const nextChunk = (): boolean => {
    chunk = queue.take()
    at = 0
    return chunk.length > 0
  }

  return {
    push(bytes) {
      if (bytes.length === 0) return
      buffered += bytes.length
      queue.add(bytes)
    },

    next() {
      while (at < chunk.length || nextChunk()) {
        if (partial.filled > 0) {
          if (complete()) return give(partial.take(), 0)
        } else if (measure(chunk, at, chunk.length) && whole <= chunk.length - at) {
          const from = at
          at += whole
          return give(chunk, from)
        } else gather(chunk.length - at)
      }
      return null
    },

    get buffered() {
      return buffered
    },
  }
}
