// Which requests Node's HTTP server does not see at all, on a real connection.

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { takeBare } from '../../src/download/bare-socket.ts'
import { createByteCount } from '../../src/download/byte-count.ts'
import { createImageHead } from '../../src/download/image-head.ts'
import { createQuickConnections } from '../../src/download/quick-connection.ts'
import { signedPath } from '../../src/download/signed-url.ts'
import { createTransferSlots } from '../../src/download/transfer-slots.ts'
import { dial } from '../support/download-client.ts'
import { imageOf, sha256Of } from '../support/image-samples.ts'

const bytes = imageOf(1_000)
const grant = { task: 1, sha256: sha256Of(bytes), size: 1_000, gone: false, until: null, bytes: 0, path: '', digests: '' }
const nothing = (): undefined => undefined
const now = (): number => 0

test('ranges that lie in memory are answered without it, and the first other request passes on', async () => {
  const passed: number[] = []
  const held = { users: 0 }
  const quick = createQuickConnections({
    key: 'k',
    grants: { get: () => Promise.resolve(grant), known: () => grant, forget: nothing },
    images: { open: () => Promise.reject(new Error('not needed')), whole: () => ({ bytes, held }) },
    slots: createTransferSlots({ max: 1, idleMs: 1_000, now, changed: nothing, turnedAway: nothing }),
    byteCount: createByteCount({ now, changed: nothing, dropped: nothing, limit: 10, everyMs: 1 }),
    head: createImageHead(75_000, now),
    bounds: { left: nothing, proven: nothing, asked: nothing, answered: nothing },
    counted: nothing,
    quietMs: 1_000,
    now,
    monotonic: now,
  })
  const server = createServer({ allowHalfOpen: true }, () => void passed.push(passed.length))
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  takeBare(server, quick.take)
  const client = await dial((server.address() as AddressInfo).port)
  const path = signedPath('k', 1, grant.sha256)
  for (const [start, end] of [[0, 9] as const, [990, 999] as const]) {
    client.send(`GET ${path} HTTP/1.1`, 'Host: x', `Range: bytes=${start}-${end}`)
    expect((await client.answer()).body.equals(bytes.subarray(start, end + 1))).toBe(true)
  }
  expect([passed, held.users]).toEqual([[], 0])
  client.send(`HEAD ${path} HTTP/1.1`, 'Host: x')
  client.socket.end()
  await expect.poll(() => passed).toEqual([0])
  client.socket.destroy()
})
