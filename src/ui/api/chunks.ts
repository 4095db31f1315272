// The bytes of an answer as they come. Knows no request.

/** Safari does not iterate a stream. `alive` is called for each chunk. */
export async function* chunksOf(body: ReadableStream<Uint8Array>, alive: () => void): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    while (true) {
      const { done, value } = await reader.read()
      if (done) return
      alive()
      yield value
    }
  } finally {
    reader.releaseLock()
  }
}
