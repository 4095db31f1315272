// HTTP clients that fetch cannot be: they stop in the middle, wait for 100 Continue, or send without end.

import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { until } from './until.ts'

export interface RawHttpClient {
  readonly socket: Socket
  /** Everything received so far. */
  text(): string
  /** Resolves once the text holds it. */
  has(part: string): Promise<void>
  readonly closed: Promise<void>
}

/** A bare connection; `head` is sent at once. */
export const openRawHttp = (port: number, head: string): RawHttpClient => {
  let text = ''
  const socket = connect(port, '127.0.0.1')
  socket.on('data', (chunk) => {
    text += chunk.toString('utf8')
  })
  socket.on('error', () => undefined)
  socket.write(head)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return { socket, closed, text: () => text, has: (part) => until(() => text.includes(part)) }
}

export interface Flood {
  readonly answer: Promise<{ readonly status: number; readonly text: string }>
  /** Bytes written to the connection so far. */
  sent(): number
  readonly closed: Promise<void>
}

const read = async (response: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return text
}

/** PUTs without end, as fast as the server reads. */
export const flood = (url: string, headers: Readonly<Record<string, string>>): Flood => {
  const chunk = Buffer.alloc(1_048_576, 1)
  let sent = 0
  const out = request(url, { method: 'PUT', headers })
  const pump = (): void => {
    for (let more = true; more && !out.destroyed; ) {
      more = out.write(chunk)
      sent += chunk.length
    }
  }
  out.on('drain', pump)
  out.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => out.once('close', () => resolve()))
  const answer = new Promise<{ status: number; text: string }>((resolve, reject) => {
    out.once('response', (response) => void read(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject))
    out.once('close', () => reject(new Error('closed without an answer')))
  })
  pump()
  return { answer, closed, sent: () => sent }
}
