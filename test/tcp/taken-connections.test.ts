// Which connections of a server become channels, and what those have from it: addresses, the options of its socket.

import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { takeConnections } from '../../src/tcp/tcp-channel.ts'
import { closeChannels, isLinux, openChannel as open } from '../support/tcp-channel-fixture.ts'

afterEach(closeChannels)

test.runIf(isLinux)('a channel knows both addresses, also of IPv6', async () => {
  for (const [listens, host, address] of [
    ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['::1', '::1', '::1'],
    ['0.0.0.0', '127.0.0.2', '127.0.0.2'],
    ['::', '127.0.0.2', '::ffff:127.0.0.2'],
    ['::ffff:0.0.0.0', '127.0.0.2', '::ffff:127.0.0.2'],
  ] as const) {
    const { channel, client, port } = await open({ host: listens, client: (at) => connect(at, host) })
    const remote = listens.startsWith('::') && address !== '::1' ? `::ffff:${client.localAddress}` : client.localAddress
    expect([channel.remoteAddress, channel.remotePort, channel.localAddress]).toEqual([remote, client.localPort, address])
    expect(client.remotePort).toBe(port)
  }
})

test.runIf(isLinux)('the server closes though channels are open', async () => {
  const { server } = await open()
  await new Promise((resolve) => void server.close(resolve))
})

test.runIf(isLinux)('the system probes silent peers', async () => {
  const { client, port } = await open()
  const hex = (value = 0): string => `:${value.toString(16).toUpperCase().padStart(4, '0')}`
  // Number, local address, peer's address, state, queues, and the timer: 02 is keep-alive (proc(5)).
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/))
  const line = lines.find(([, local, remote]) => local?.endsWith(hex(port)) && remote?.endsWith(hex(client.localPort)))
  expect(line?.[5]).toMatch(/^02:/)
})

const inNode = (before: string, ...options: string[]) => {
  const module = new URL('../../dist/tcp/tcp-channel.js', import.meta.url).href
  const text = `${before}
    const { takeConnections } = await import(${JSON.stringify(module)})
    const { createServer } = await import('node:net')
    const server = createServer().listen(0, '127.0.0.1', () => {
      console.log(takeConnections(server, { opened() {}, closed() {} }))
      process.exit()
    })`
  const { stdout, stderr } = spawnSync(process.execPath, [...options, '--input-type=module', '-e', text], { encoding: 'utf8' })
  return [stdout.trim(), stderr]
}

test.runIf(isLinux)('nothing is taken, and nothing printed, where Node lacks a part of it', () => {
  expect(inNode('')).toEqual(['true', ''])
  expect(inNode('process.binding = undefined')).toEqual(['false', ''])
  expect(inNode("process.binding = () => { throw new Error('no such module') }")).toEqual(['false', ''])
  expect(inNode('process.binding = () => ({ WriteWrap: class {} })')).toEqual(['false', ''])
  expect(inNode('', '--pending-deprecation', '--throw-deprecation')).toEqual(['true', ''])
})

test('a server that does not listen yet keeps its own sockets', () => {
  expect(takeConnections(createServer(), { opened: () => undefined, closed: () => undefined })).toBe(false)
})
