// Labels to printers by TCP, and what a worker reads where that fails.

import { createServer, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { createPrinters, type PrinterDeps } from '../../src/station/printer.ts'
import { createPrinter, listenTcp } from '../support/printer.ts'
import { messageOf } from '../support/store-fixture.ts'
import { until } from '../support/until.ts'

const open = (deps: PrinterDeps = {}) => {
  const printers = createPrinters({ settleMs: 1, ...deps })
  onTestFinished(() => printers.close())
  return printers
}

test('labels of one printer are sent one after the other, each whole; another printer does not wait', async () => {
  const [one, other] = await Promise.all([createPrinter(), createPrinter()])
  const { print } = open()
  const zpl = (n: number): string => `^XA^FD${n} 合格^FS^XZ${' '.repeat(200_000)}`
  await Promise.all([1, 2, 3].map((n) => print(one.printer, zpl(n))).concat(print(other.printer, zpl(4))))
  await until(() => one.labels.length === 3 && other.labels.length === 1)
  expect(one.labels).toEqual([zpl(1), zpl(2), zpl(3)])
  expect(one.most()).toBe(1)
  expect(other.labels).toEqual([zpl(4)])
})

test('a printer that keeps the connection open has the label all the same', async () => {
  const printer = await createPrinter({ keepsOpen: true })
  await open({ endMs: 20 }).print(printer.printer, '^XA^XZ')
  expect(printer.labels).toEqual(['^XA^XZ'])
})

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ family }) => family === 'IPv6'))

test.runIf(hasIpv6)('an IPv6 address is in brackets', async () => {
  const printer = await createPrinter({ host: '::1' })
  await open().print(printer.printer, '^XA^XZ')
  await until(() => printer.labels.length === 1)
})

test('a printer that is off is named with what to look at, and holds up no later label', async () => {
  const server = createServer()
  const port = await listenTcp(server)
  await new Promise((resolve) => server.close(resolve))
  const { print } = open()
  const printer = `127.0.0.1:${port}`
  const refused = `OTA_RUN_STATE: the printer ${printer} refuses connections; check that it is on and that the port is right`
  expect(await Promise.all([messageOf(print(printer, '^XA')), messageOf(print(printer, '^XA'))])).toEqual([refused, refused])
})

test('a name that nobody knows is named', async () => {
  const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND zebra.test'), { code: 'ENOTFOUND' })
  const { print } = open({ lookup: (_host, _options, done) => done(unknown, '', 4) })
  expect(await messageOf(print('zebra.test:9100', '^XA'))).toBe(
    'OTA_RUN_STATE: the printer zebra.test:9100 cannot be reached: getaddrinfo ENOTFOUND zebra.test',
  )
})

test('a connection that nobody answers fails in time', async () => {
  const { print } = open({ connectMs: 20, lookup: () => undefined })
  expect(await messageOf(print('zebra.test:9100', '^XA'))).toMatch(/did not answer in 0\.02 seconds: check its power, its cable/)
})

test('a printer that takes nothing, or closes too early, fails', async () => {
  const stuck = createServer({ pauseOnConnect: true })
  const cutting = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()))
  const [stuckPort, cuttingPort] = [await listenTcp(stuck), await listenTcp(cutting)]
  const large = ' '.repeat(20_000_000)
  expect(await messageOf(open({ writeMs: 50 }).print(`127.0.0.1:${stuckPort}`, large))).toContain('did not take the label in 0.05 seconds')
  expect(await messageOf(open().print(`127.0.0.1:${cuttingPort}`, large))).toMatch(
    /closed the connection before it had the label: (ECONNRESET|EPIPE)/,
  )
})

/** A fake printer that does this with each connection. */
const fake = async (take: (socket: Socket) => void, pauseOnConnect = true): Promise<string> => {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect }, (socket) => {
    socket.on('error', () => undefined)
    take(socket)
  })
  return `127.0.0.1:${await listenTcp(server)}`
}

/** Longer than any test: what closes before it has passed is found at once. */
const settleMs = 60_000

test.each<[string, boolean, (socket: Socket) => void]>([
  ['ends its side at once', true, (socket) => void socket.end()],
  ['closes at once', true, (socket) => void socket.destroy()],
  ['resets at once', true, (socket) => void socket.resetAndDestroy()],
  ['closes after a moment', false, (socket) => void setTimeout(() => socket.destroy(), 10)],
])('a printer that accepts and %s has no label', async (_what, pauseOnConnect, take) => {
  const printer = await fake(take, pauseOnConnect)
  expect(await messageOf(open({ settleMs }).print(printer, '^XA^XZ'))).toMatch(
    /^OTA_RUN_STATE: the printer .* (closed the connection (without taking|before it had) the label|cannot be reached: connect ECONNRESET)/,
  )
})

test('a printer that closes with some of the label unread has no label', async () => {
  const printer = await fake((socket) => {
    socket.once('readable', () => socket.destroy())
    socket.read(0)
  })
  expect(await messageOf(open().print(printer, ' '.repeat(20_000_000)))).toMatch(
    /closed the connection (without taking|before it had) the label/,
  )
})

test('a printer that reads all and closes by itself, without waiting for our end, has the label', async () => {
  const zpl = `^XA^FD${'x'.repeat(300_000)}^FS^XZ`
  let count = 0
  const printer = await fake((socket) => {
    socket.on('data', (part) => {
      count += part.length
      if (count === zpl.length) socket.end()
    })
    socket.resume()
  })
  await open({ endMs: 60_000 }).print(printer, zpl)
  expect(count).toBe(zpl.length)
})

test('what a printer says first, or after the label, changes nothing', async () => {
  const printer = await fake((socket) => {
    socket.write('ready\r\n')
    socket.on('end', () => socket.end('\u0002030,0,0\u0003'))
    socket.resume()
  })
  await open({ endMs: 60_000 }).print(printer, '^XA^XZ')
})

// The system accepts more than the printer reads: only Linux says how much is not acknowledged.
test.runIf(process.platform === 'linux')('a label that waits in the own system has not been taken', async () => {
  const printer = await fake(() => undefined)
  expect(await messageOf(open({ writeMs: 60, endMs: 1 }).print(printer, ' '.repeat(1_000_000)))).toContain('did not take the label')
})

test('the stop ends a job, and begins none', async () => {
  const stuck = createServer({ pauseOnConnect: true })
  const port = await listenTcp(stuck)
  const printers = open()
  const connected = new Promise((resolve) => stuck.once('connection', resolve))
  const jobs = [1, 2].map(() => messageOf(printers.print(`127.0.0.1:${port}`, ' '.repeat(50_000_000))))
  await connected
  printers.close()
  const stopped = `OTA_RUN_STATE: the server was stopped before the printer 127.0.0.1:${port} had the label`
  expect(await Promise.all(jobs)).toEqual([stopped, stopped])
})
