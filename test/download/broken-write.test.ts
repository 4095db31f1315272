// A write whose connection breaks: Node ends it without an error, though the system has not accepted all of it.

import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { createSender } from '../../src/download/body.ts'

const transfer = { hold: () => true, writing: () => undefined, wrote: () => undefined, leave: () => undefined }
const bandwidth = { take: (most: number) => Promise.resolve(most) }
const lease = { read: (_at: number, most: number) => Promise.resolve(Buffer.alloc(most)), close: () => undefined }

/** A response whose writes all end without an error; the connection breaks during the second. */
const breaking = (): ServerResponse => {
  const socket = { destroyed: false, timeout: 0, setTimeout: () => undefined }
  let writes = 0
  const write = (_piece: Buffer, done: () => void): void => {
    writes += 1
    socket.destroyed = writes === 2
    setImmediate(done)
  }
  return Object.assign(new EventEmitter(), { req: { socket }, destroyed: false, write, end: write }) as unknown as ServerResponse
}

test('does not count', async () => {
  const added: number[] = []
  const count = { add: (_from: number, to: number) => void added.push(to), delivered: () => undefined, end: () => undefined }
  const send = createSender(bandwidth, () => 0)
  const left = new AbortController().signal
  const isOut = await send({ response: breaking(), lease, transfer, count, left, start: 0, end: 10_000_000 })
  expect([isOut, added.length]).toEqual([false, 1])
})
