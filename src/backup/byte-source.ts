// Bytes that come in chunks, read in the lengths that a format has. Holds no more than a chunk and what is asked for.

export interface ByteSource {
  /** How many were read. */
  readonly position: number
  /** As many, or fewer at the end. */
  read(length: number): Promise<Buffer>
  /** The next bytes as they come, at most as many; empty at the end. */
  some(most: number): Promise<Buffer>
  atEnd(): Promise<boolean>
  /** Tells the source that no more is read. */
  close(): Promise<void>
}

export const createByteSource = (chunks: AsyncIterable<Uint8Array>): ByteSource => {
  const iterator = chunks[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  let position = 0
  let ended = false
  const fill = async (): Promise<void> => {
    while (held.length === 0 && !ended) {
      const { done, value } = await iterator.next()
      if (done === true) ended = true
      else held = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    }
  }
  const some = async (most: number): Promise<Buffer> => {
    await fill()
    const taken = held.subarray(0, most)
    held = held.subarray(taken.length)
    position += taken.length
    return taken
  }
  return {
    get position() {
      return position
    },
    some,
    async read(length) {
      const parts: Buffer[] = []
      for (let missing = length; missing > 0; ) {
        const part = await some(missing)
        if (part.length === 0) break
        parts.push(part)
        missing -= part.length
      }
      return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
    },
    async atEnd() {
      await fill()
      return held.length === 0
    },
    async close() {
      await iterator.return?.()
    },
  }
}
