// What concerns a connection's bytes and its end, once more where this version of Node has no handles for channels: there the server's own
// sockets are used (docs/adr/0022-tcp-without-streams.md).

import { createServer } from 'node:net'
import { expect, it } from 'vitest'

Reflect.set(process, 'binding', undefined)
await import('./goodbye.test.ts')
await import('./mass-death.test.ts')
await import('./unread.test.ts')
await import('./link.test.ts')
const { takeConnections } = await import('../../src/tcp/tcp-channel.ts')

it('these are sockets of Node', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  expect(takeConnections(server, { opened: () => undefined, closed: () => undefined })).toBe(false)
  server.close()
})
