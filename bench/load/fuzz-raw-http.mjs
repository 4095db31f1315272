// The part of the fuzz that breaks HTTP itself, on both ports: shapes of request smuggling, wrong ranges and links, cut bodies, odd methods,
// clients that send a byte now and then.

import { once } from 'node:events'
import { connect } from 'node:net'
import { sleep } from '../children.mjs'
import { createChance, mutate } from './chance.mjs'

const methods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PRI',
  'get',
  'PROPFIND',
  'M-SEARCH',
  '',
  '\u0000',
  'X'.repeat(9000),
]

const versions = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'http/1.1', '']

const smuggled = [
  'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n',
  'Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef',
  'Content-Length: +5\r\n\r\nabcde',
  'Content-Length: -1\r\n\r\n',
  'Content-Length: 99999999999999999999\r\n\r\nabc',
  'Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc',
  'Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nabcde\r\n0\r\nTrailer: 1\r\n\r\n',
  'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
  'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
  'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
  ' Folded: 1\r\n\r\n',
  'Host: a\nX: b\n\n',
  'Host: a\r\nHost: b\r\n\r\n',
  'Expect: 100-continue\r\nContent-Length: 10\r\n\r\n',
  'Expect: 200-maybe\r\n\r\n',
  'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n',
  'Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
]

const ranges = [
  'bytes=0-0',
  'bytes=-1',
  'bytes=5-2',
  'bytes=0-1,3-4',
  'bytes=a-b',
  'bytes=99999999999999999999-',
  'lines=1-2',
  'bytes=-0',
  'bytes=0-9007199254740993',
]

const spoilLink = (chance, link) =>
  chance.one([
    () => link,
    () =>
      mutate(chance, Buffer.from(link))
        .toString('latin1')
        .replaceAll(/[\r\n ]/g, '_'),
    () => link.slice(0, chance.below(link.length + 1)),
    () => `${link}${chance.one(['/', '?x=1', '%00', '/..', '#a', '%', '%zz'])}`,
    () => link.replace(/\/d\/\d+/, `/d/${chance.one(['0', '-1', '99999999999999999999', '1e3', '', '%31'])}`),
    () => `http://elsewhere${link}`,
    () => '*',
  ])()

const paths = [
  '/',
  '/healthz',
  '/readyz',
  '/metrics',
  '/api/v1/devices',
  '/api/v1/openapi.json',
  '/api/v1/../../etc/passwd',
  '/%2e%2e/',
  '//',
  '/d/',
  `/${'a'.repeat(70_000)}`,
]

const headersOf = (chance, token) =>
  [
    'Host: x',
    ...(token !== undefined && chance.happens(0.5) ? [`Authorization: Bearer ${chance.happens(0.7) ? token : 'wrong'}`] : []),
    ...(chance.happens(0.4) ? [`Range: ${chance.one(ranges)}`] : []),
    ...(chance.happens(0.1) ? [`If-Range: ${chance.one(['"x"', 'W/"x"', 'yesterday'])}`] : []),
    ...(chance.happens(0.1) ? [`If-None-Match: ${chance.one(['*', '"x"', ','.repeat(2000)])}`] : []),
    ...(chance.happens(0.1) ? [`Cookie: ${'a=b; '.repeat(chance.below(3000))}`] : []),
    ...(chance.happens(0.1) ? Array.from({ length: chance.below(300) }, (_, at) => `X-${at}: 1`) : []),
    ...(chance.happens(0.2) ? [`Connection: ${chance.one(['close', 'keep-alive', 'x', 'close, close'])}`] : []),
  ].join('\r\n')

const requestOf = (chance, target, token) => {
  const first = `${chance.happens(0.6) ? 'GET' : chance.one(methods)} ${target} ${chance.one(versions)}\r\n`
  const end = chance.happens(0.4) ? chance.one(smuggled) : '\r\n\r\n'
  const whole = Buffer.from(`${first}${headersOf(chance, token)}${end.startsWith('\r\n') ? '' : '\r\n'}${end}`, 'latin1')
  if (chance.happens(0.25)) return mutate(chance, whole)
  return chance.happens(0.1) ? Buffer.concat([whole, whole, whole]) : whole
}

const isAnswer = (answer) => answer.length === 0 || /^HTTP\/1\.[01] [1-5]\d\d /.test(answer)

/** Sends the bytes, slowly for some; what came back within the time, at most 64 KiB of it. */
const exchange = async (port, bytes, chance) => {
  const socket = connect(port, '127.0.0.1')
  const chunks = []
  let size = 0
  socket.on('error', () => undefined)
  socket.on('data', (data) => {
    if (size < 65_536) chunks.push(data)
    size += data.length
  })
  const closed = once(socket, 'close').catch(() => undefined)
  if (chance.happens(0.03)) {
    for (let at = 0; at < bytes.length && at < 60 && socket.writable; at += 1) {
      socket.write(bytes.subarray(at, at + 1))
      await sleep(250)
    }
  } else socket.write(bytes)
  await Promise.race([closed, sleep(chance.between(50, 600))])
  if (chance.happens(0.3)) socket.end()
  await Promise.race([closed, sleep(100)])
  if (chance.happens(0.5)) socket.resetAndDestroy()
  else socket.destroy()
  return Buffer.concat(chunks).toString('latin1')
}

/** `ports`: `{ firmware, admin }`; `link()`: the path of a valid link. Only reading targets: a broken request must change nothing. */
export const createRawHttpFuzz =
  ({ seed, ports, token, link, findings }) =>
  async (number) => {
    const chance = createChance(`${seed}/raw/${number}`)
    const where = `raw ${number}`
    const toFirmware = chance.happens(0.6)
    const target = toFirmware && chance.happens(0.8) ? spoilLink(chance, link()) : chance.one(paths)
    const bytes = requestOf(chance, target, toFirmware ? undefined : token)
    findings.count('raw http requests')
    try {
      const answer = await exchange(toFirmware ? ports.firmware : ports.admin, bytes, chance)
      const head = answer.slice(0, 300)
      if (!isAnswer(head)) findings.fault(where, `is answered with what is not HTTP: ${JSON.stringify(head)}`)
      if (head.startsWith('HTTP/1.1 500')) findings.fault(where, `has status 500: ${JSON.stringify(head)}`)
      if (/\n\s+at .+:\d+:\d+/.test(answer)) findings.fault(where, `answers with a stack: ${JSON.stringify(answer)}`)
    } catch (error) {
      findings.fault(where, `the fuzz itself failed: ${error.stack}`)
    }
  }
