// A download client on one connection that sees the exact bytes.

import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'

const HEAD_END = '\r\n\r\n'

export interface Answer {
  readonly status: number
  readonly line: string
  readonly headers: { readonly [name: string]: string }
  readonly body: Buffer
}

const parseHead = (head: string): Omit<Answer, 'body'> => {
  const [line = '', ...fields] = head.split('\r\n')
  const headers = Object.fromEntries(
    fields.map((field) => [field.slice(0, field.indexOf(':')).toLowerCase(), field.slice(field.indexOf(':') + 1).trim()]),
  )
  return { status: Number(line.split(' ')[1]), line, headers }
}

/** Connects. `answer` reads one response; `bodiless` for HEAD. */
export const dial = async (port: number) => {
  const socket: Socket = connect(port, '127.0.0.1')
  let chunks: Buffer[] = []
  let length = 0
  let ended = false
  const news = new EventEmitter()
  socket.on('data', (chunk) => {
    chunks.push(chunk)
    length += chunk.length
    news.emit('news')
  })
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve())).then(() => {
    ended = true
    news.emit('news')
  })
  await once(socket, 'connect')
  const until = async (ready: () => boolean): Promise<void> => {
    while (!ready()) {
      if (ended) throw new Error(`the connection closed after ${length} bytes`)
      await once(news, 'news')
    }
  }
  const all = (): Buffer => {
    const joined = Buffer.concat(chunks)
    chunks = [joined]
    return joined
  }
  const take = (bytes: number): Buffer => {
    const joined = all()
    chunks = [joined.subarray(bytes)]
    length -= bytes
    return joined.subarray(0, bytes)
  }
  return {
    socket,
    closed,
    send: (...lines: readonly string[]): boolean => socket.write([...lines, '', ''].join('\r\n')),
    answer: async (bodiless = false): Promise<Answer> => {
      await until(() => all().includes(HEAD_END))
      const head = parseHead(
        take(all().indexOf(HEAD_END) + HEAD_END.length)
          .toString('latin1')
          .trimEnd(),
      )
      const bytes = bodiless || head.status === 304 ? 0 : Number(head.headers['content-length'])
      await until(() => length >= bytes)
      return { ...head, body: take(bytes) }
    },
    /** What was received and not read yet, and how many bytes. */
    text: (): string => all().toString('latin1'),
    rest: (): number => length,
    atLeast: (bytes: number): Promise<void> => until(() => length >= bytes),
  }
}
