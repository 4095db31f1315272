// The tests' own certificates must be ones that TLS accepts, or TLS tests prove nothing.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:tls'
import { expect, it } from 'vitest'
import { selfSigned } from '../support/certificate.ts'

it('a client that trusts a self-signed test certificate verifies a server that shows it', async () => {
  const pair = selfSigned()
  const server = createServer(pair, (socket) => socket.end('hello')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', ca: pair.cert })
  await once(client, 'secureConnect')
  expect(client.authorized).toBe(true)
  client.destroy()
  server.close()
})
