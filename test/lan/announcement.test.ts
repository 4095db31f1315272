// A server that announces itself is found, over the loopback interface and a port of its own: real sockets, real packets.

import { createSocket } from 'node:dgram'
import type { NetworkInterfaceInfo } from 'node:os'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Announcement, type AnnounceOptions, announce, serviceName } from '../../src/lan/announcement.ts'
import { discover } from '../../src/lan/browse.ts'
import { lanInterfaces } from '../../src/lan/interfaces.ts'
import { openMulticast } from '../../src/lan/multicast.ts'
import { createRecordingLog, type LogEntry } from '../support/recording-log.ts'
import { waitFor } from '../support/until.ts'

const info = (address: string, over: Partial<NetworkInterfaceInfo> = {}): NetworkInterfaceInfo =>
  ({
    address,
    netmask: '255.0.0.0',
    family: 'IPv4',
    mac: '02:00:00:00:00:01',
    internal: false,
    cidr: null,
    ...over,
  }) as NetworkInterfaceInfo

/** The loopback interface, as if it were one of a network. */
const loopback = () => ({ lan: [info('127.0.0.1')] })

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.bind(0, () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })

const open: Announcement[] = []
const logged: LogEntry[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
  logged.length = 0
})

const start = async (options: Partial<AnnounceOptions> & { readonly port: number }): Promise<Announcement> => {
  const announcement = await announce({
    mqtt: [{ scheme: 'mqtt', host: '::', port: 1883 }],
    firmware: [{ scheme: 'http', host: '::', port: 8070 }],
    admin: { scheme: 'http', host: '::', port: 8080 },
    version: '1.2.3',
    id: '0a1b2c3d-0000-4000-8000-000000000000',
    log: createRecordingLog(logged),
    interfaces: loopback,
    ...options,
  })
  open.push(announcement)
  return announcement
}

/** Hears all that is sent to the group, and can send. */
const listenOn = async (port: number) => {
  const heard: Buffer[] = []
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  await new Promise<void>((resolve) => void socket.bind(port, '224.0.0.251', resolve))
  onTestFinished(() => new Promise<void>((resolve) => void socket.close(() => resolve())))
  socket.addMembership('224.0.0.251', '127.0.0.1')
  socket.setMulticastInterface('127.0.0.1')
  socket.on('message', (message) => void heard.push(message))
  const send = (message: Buffer) => new Promise((resolve) => socket.send(message, port, '224.0.0.251', resolve))
  return { heard, send }
}

const find = (port: number, seconds = 1.5) => discover({ seconds, interfaces: loopback, port })

describe('the interfaces of listeners', () => {
  const machine = {
    lo: [info('127.0.0.1', { internal: true }), info('::1', { family: 'IPv6', internal: true } as Partial<NetworkInterfaceInfo>)],
    office: [info('192.0.2.7'), info('2001:db8::7', { family: 'IPv6' } as Partial<NetworkInterfaceInfo>)],
    line: [info('198.51.100.7'), info('fe80::7', { family: 'IPv6' } as Partial<NetworkInterfaceInfo>)],
    six: [info('2001:db8:1::7', { family: 'IPv6' } as Partial<NetworkInterfaceInfo>)],
  }
  const cases: [name: string, hosts: string[], found: object[]][] = [
    [
      'all addresses',
      ['::'],
      [
        { from: '192.0.2.7', addresses: ['192.0.2.7', '2001:db8::7'] },
        { from: '198.51.100.7', addresses: ['198.51.100.7'] },
      ],
    ],
    [
      'all of IPv4',
      ['0.0.0.0'],
      [
        { from: '192.0.2.7', addresses: ['192.0.2.7'] },
        { from: '198.51.100.7', addresses: ['198.51.100.7'] },
      ],
    ],
    ['one address', ['198.51.100.7'], [{ from: '198.51.100.7', addresses: ['198.51.100.7'] }]],
    ['an IPv6 address', ['2001:DB8::7'], [{ from: '192.0.2.7', addresses: ['2001:db8::7'] }]],
    ['loopback', ['127.0.0.1', '::1'], []],
    ['none', [], []],
  ]
  test.each(cases)('of %s', (_name, hosts, found) => {
    expect(lanInterfaces(hosts, machine)).toEqual(found)
  })
})

describe('a server on the local network', () => {
  test('is found with its addresses and ports, and forgotten when it closes', async () => {
    const port = await freePort()
    const mqtt = [
      { scheme: 'mqtts', host: '0.0.0.0', port: 8883 },
      { scheme: 'mqtt', host: '0.0.0.0', port: 11_883 },
      { scheme: 'mqtt', host: '127.0.0.1', port: 21_883 },
    ]
    const announcement = await start({ port, mqtt, admin: { scheme: 'https', host: '::', port: 18_080 } })
    const [found] = await waitFor('an answer', async () => {
      const servers = await find(port, 0.3)
      return servers.length > 0 && servers
    })
    expect(found).toEqual({
      name: expect.stringMatching(/^Fogbell on .+ \(0a1b2c\)$/),
      version: '1.2.3',
      id: '0a1b2c',
      addresses: ['127.0.0.1'],
      mqtt: ['mqtt://127.0.0.1:11883', 'mqtts://127.0.0.1:8883'],
      firmware: 'http://127.0.0.1:8070',
      admin: 'https://127.0.0.1:18080',
    })
    await announcement.close()
    expect(await find(port, 0.3)).toEqual([])
    expect(logged.filter(({ level }) => level !== 'debug')).toEqual([])
  })

  test('two on one machine are two, and one whose API is on loopback has no address of it', async () => {
    const port = await freePort()
    await start({ port })
    await start({ port, id: 'ffff0000', admin: { scheme: 'http', host: '127.0.0.1', port: 8080 } })
    const found = await waitFor('both', async () => {
      const servers = await find(port, 0.3)
      return servers.length === 2 && servers
    })
    expect(found.map(({ id, admin }) => [id, admin])).toEqual([
      ['0a1b2c', 'http://127.0.0.1:8080'],
      ['ffff00', null],
    ])
  })

  test('is announced anew when the addresses of the machine change', async () => {
    const port = await freePort()
    let machine: NodeJS.Dict<NetworkInterfaceInfo[]> = {}
    await start({ port, interfaces: () => machine, lookMs: 5 })
    expect(await find(port, 0.3)).toEqual([])
    machine = loopback()
    await waitFor('an answer', async () => (await find(port, 0.3)).length === 1)
    machine = {}
    await waitFor('no answer any more', async () => (await find(port, 0.3)).length === 0)
  })

  test('that listens on loopback only is not announced', async () => {
    const port = await freePort()
    const local = { scheme: 'http', host: '127.0.0.1', port: 1 }
    await start({ port, mqtt: [{ ...local, scheme: 'mqtt' }], admin: { ...local, host: '::1' } })
    expect(logged).toEqual([])
  })

  test('where another program holds the port, the server starts with a warning', async () => {
    const holder = createSocket('udp4')
    await new Promise<void>((resolve) => void holder.bind(0, '0.0.0.0', resolve))
    const { port } = holder.address()
    await start({ port })
    expect(logged.map(({ level, message }) => [level, message.slice(0, 49)])).toEqual([
      ['warn', 'cannot announce the server on the local network: '],
    ])
    await expect(find(port, 0.1)).rejects.toMatchObject({ code: 'OTA_LISTEN_FAILED', sentence: { code: 'multicast_unusable' } })
    await new Promise<void>((resolve) => void holder.close(() => resolve()))
  })

  test('packets that are not DNS, and records that are not ours, are passed over', async () => {
    const port = await freePort()
    await start({ port })
    const sender = createSocket({ type: 'udp4', reuseAddr: true })
    await new Promise<void>((resolve) => void sender.bind(0, '127.0.0.1', resolve))
    sender.setMulticastInterface('127.0.0.1')
    for (const bytes of [Buffer.alloc(0), Buffer.from('no DNS'), Buffer.alloc(9000, 0xff), Buffer.alloc(40, 0xc0)])
      await new Promise((resolve) => sender.send(bytes, port, '224.0.0.251', resolve))
    await waitFor('an answer', async () => (await find(port, 0.3)).length === 1)
    await new Promise<void>((resolve) => void sender.close(() => resolve()))
  })

  test('one packet of a thousand questions does not keep the server busy', async () => {
    const port = await freePort()
    await start({ port })
    await waitFor('the server', async () => (await find(port, 0.3)).length === 1)
    const { send, heard } = await listenOn(port)
    const name = Buffer.from('\u0008_fogbell\u0004_tcp\u0005local\0')
    const again = Buffer.from([0xc0, 0x0c, 0, 12, 0, 1])
    const ask = (count: number): Buffer => {
      const head = Buffer.alloc(12)
      head.writeUInt16BE(count, 4)
      return Buffer.concat([head, name, again.subarray(2), ...Array.from({ length: count - 1 }, () => again)])
    }
    for (const count of [1000, 1]) await send(ask(count))
    const isAnswer = (message: Buffer): boolean => message.includes('admin=8080')
    await waitFor('the answer to the second', () => Promise.resolve(heard.some(isAnswer)))
    expect(heard.filter(isAnswer).length).toBeLessThan(10)
  })

  test('a host that claims the name does not keep it from being announced', async () => {
    const port = await freePort()
    const { heard } = await listenOn(port)
    const liar = await openMulticast(['127.0.0.1'], port, 'questions')
    onTestFinished(liar.close)
    liar.bonjour.publish({ name: serviceName('0a1b2c'), type: 'fogbell', port: 1, probe: false })
    const printed = vi.spyOn(console, 'log').mockReturnValue()
    onTestFinished(() => printed.mockRestore())
    await start({ port })
    await waitFor('the announcement', () => Promise.resolve(heard.some((message) => message.includes('admin=8080'))))
    expect(printed).not.toHaveBeenCalled()
  })
})
