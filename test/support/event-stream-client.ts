// A client of server-sent events that reads as fast as it can, or not at all.

import { get, type IncomingMessage } from 'node:http'
import { token } from './admin-fixture.ts'
import { until } from './until.ts'

export interface Frame {
  readonly id: string
  readonly event: string
  readonly data: Record<string, unknown>
}

export interface EventStreamClient {
  readonly response: IncomingMessage
  readonly frames: readonly Frame[]
  text(): string
  /** Resolves when that many events were received. */
  count(frames: number): Promise<void>
  readonly closed: Promise<void>
  stop(): void
}

const parse = (block: string): Frame | undefined => {
  const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(': ') + 2)]))
  const { id = '', event, data } = fields
  return event === undefined || data === undefined ? undefined : { id, event, data: JSON.parse(data) }
}

/** Opens a stream; resolves when its head was received. */
export const openStream = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventStreamClient> => {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const known = headers['cookie'] === undefined ? { authorization: `Bearer ${token}` } : {}
    get(url, { headers: { ...known, ...headers }, agent: false }, resolve).once('error', reject)
  })
  let text = ''
  const frames: Frame[] = []
  let rest = ''
  response.setEncoding('utf8')
  response.on('error', () => undefined)
  response.on('data', (chunk: string) => {
    text += chunk
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop() ?? ''
    frames.push(...blocks.map(parse).filter((frame) => frame !== undefined))
  })
  const closed = new Promise<void>((resolve) => response.once('close', () => resolve()))
  return {
    response,
    frames,
    text: () => text,
    count: (wanted) => until(() => frames.length >= wanted),
    closed,
    stop: () => response.destroy(),
  }
}
