// The format of server-sent events (WHATWG HTML §9.2.6), read from any stream of bytes. A leaf; runs in a browser too.

export interface ServerEvent {
  /** Null: the stream has given none so far. */
  readonly id: string | null
  readonly event: string
  /** Null: the server sent only an id to resume with. */
  readonly data: string | null
}

async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  let afterCr = false
  for await (const chunk of body) {
    const text = decoder.decode(chunk, { stream: true })
    if (text === '') continue
    // A LF at the beginning of a chunk after a CR is the second half of that line's end.
    const parts = (rest + (afterCr && text.startsWith('\n') ? text.slice(1) : text)).split(/\r\n|\n|\r/)
    afterCr = text.endsWith('\r')
    rest = parts.pop() ?? ''
    yield* parts
  }
}

/** The events of a stream's body. Comments (pings) are skipped, and an incomplete event at the end is dropped, as the standard says. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  let id: string | null = null
  let reported: string | null = null
  let event = ''
  let data: string[] = []
  for await (const line of lines(body)) {
    if (line === '') {
      if (data.length > 0 || id !== reported) yield { id, event: event || 'message', data: data.length > 0 ? data.join('\n') : null }
      reported = id
      event = ''
      data = []
      continue
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1))
    if (field === 'data') data.push(value)
    else if (field === 'event') event = value
    else if (field === 'id' && !value.includes('\0')) id = value
  }
}
