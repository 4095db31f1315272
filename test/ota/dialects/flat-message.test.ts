// Messages that are read from their bytes: what is read is what JSON.parse reads, and what devices usually send is read.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flatFields } from '../../../src/ota/dialects/flat-message.ts'
import { full } from '../../support/full.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const read = (text: string): unknown => flatFields(bytesOf(text))

/** What JSON.parse gives for it; undefined: it is no JSON. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

describe('what devices usually send', () => {
  test.each([
    '{"id":123,"version":"1.0","method":"upgrade.post","params":{"step":77,"desc":"downloading","module":"default","task_id":"17"}}',
    '{"id":"7","version":"1.0","method":"upgrade.post","params":{"task_id":17,"step":"-3","desc":"flash: block 12 of 90 failed"}}',
    '{"method":"version.post","params":{"module":"mcu","version":"1.4.0-rc1+build.7"}}',
    '{"id":0,"method":"firmware.get","params":{}}',
    '{"id":1,"method":"firmware.get"}',
    '{\r\n\t"id" : 999999999999999 ,\n"params" : { "step" : -1 , "desc" : "" } , "method" : "upgrade.post" }\r\n',
  ])('%j', (text) => {
    expect(read(text)).toEqual(parsed(text))
  })

  test('a text of any length comes as it was sent, also once more, and after others', () => {
    for (const length of [1, 12, 39, 40, 41, 300, 41, 40, 39]) {
      for (const letter of 'abcab') {
        const desc = letter.repeat(length)
        expect(read(`{"params":{"desc":"${desc}"}}`)).toEqual({ params: { desc } })
      }
    }
  })

  test('texts that share a place take it from each other, and none is taken for another', () => {
    const texts = Array.from({ length: 5000 }, (_, at) => `v${at * 7919}`)
    for (const version of [...texts, ...texts]) expect(read(`{"version":"${version}"}`)).toEqual({ version })
    // Both have the same hash.
    for (const desc of ['Aa', 'BB', 'Aa', 'BB']) expect(read(`{"params":{"desc":"${desc}"}}`)).toEqual({ params: { desc } })
  })
})

describe('left to JSON.parse', () => {
  test.each([
    '',
    '{',
    '[]',
    '"id"',
    '12',
    '{}',
    '{"id":1}x',
    '{"id":1}\0',
    '{"id":1}{"id":2}',
    '{"id":1,}',
    '{,"id":1}',
    '{"id"1}',
    '{"id":}',
    '{id:1}',
    '{"id":01}',
    '{"id":-0}',
    '{"id":-}',
    '{"id":- 1}',
    '{"id":+1}',
    '{"id":1.5}',
    '{"id":1e3}',
    '{"id":9007199254740993}',
    '{"id":1234567890123456}',
    '{"id":null}',
    '{"id":true}',
    '{"id":[1]}',
    '{"id":{"step":1}}',
    '{"params":{"params":{"step":1}}}',
    '{"params":{"id":1}}',
    '{"params":{"method":"a"}}',
    '{"step":1}',
    '{"desc":"a","id":1}',
    '{"task_id":"1"}',
    '{"module":"a"}',
    '{"params":[{"step":1}]}',
    '{"other":1}',
    '{"__proto__":{"step":1}}',
    '{"method":"a\\u0062"}',
    '{"method":"a\\"}',
    '{"method":"a\tb"}',
    '{"method":"a\nb"}',
    '{"method":"ü"}',
    '{"method":"a',
    '{"params":{"step":1}',
    `{"params":{"desc":"${'a'.repeat(1010)}"}}`,
    '\uFEFF{"id":1}',
  ])('%j', (text) => {
    expect(read(text)).toBeUndefined()
  })

  test.each([
    [[0x7b, 0x22, 0x69, 0x64, 0x22, 0x3a, 0x22, 0xe9, 0x22, 0x7d]],
    [[0x7b, 0x22, 0x69, 0x64, 0x22, 0x3a, 0x22, 0x7f, 0x22, 0x7d]],
  ])('bytes %j', (bytes) => {
    expect(flatFields(new Uint8Array(bytes))).toBeUndefined()
  })
})

const space = fc.constantFrom('', '', '', ' ', '\n', '\t', '\r\n  ')
const name = fc.constantFrom('id', 'version', 'method', 'params', 'module', 'step', 'desc', 'task_id', 'x', 'ID', '')
const text = fc.oneof(
  fc.constantFrom('upgrade.post', 'default', '1.0', '', 'downloading', '17', 'a b', 'é', '\\n', '\\', '\u0001', '}', '{"'),
  fc.string({ maxLength: 45 }),
)
const number = fc.oneof(fc.integer().map(String), fc.constantFrom('0', '-0', '00', '1.0', '1e2', '-', '.5', '1234567890123456', '-17'))
const simple = fc.oneof(
  text.map((value) => `"${value}"`),
  number,
  fc.constantFrom('null', 'true', '[]', '', '{}'),
)
const objectOf = (value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(space, name, space, space, value, space), { maxLength: 6 })
    .map((members) => `{${members.map(([a, key, b, c, said, d]) => `${a}"${key}"${b}:${c}${said}${d}`).join(',')}}`)
const message = fc
  .tuple(space, objectOf(fc.oneof({ weight: 3, arbitrary: simple }, { weight: 2, arbitrary: objectOf(simple) })), space)
  .map((parts) => parts.join(''))

test('whatever is read is what JSON.parse reads', () => {
  let count = 0
  fc.assert(
    fc.property(message, (sent) => {
      const fields = read(sent)
      if (fields === undefined) return
      count += 1
      expect(fields).toEqual(parsed(sent))
    }),
    { numRuns: full(50_000, 5000) },
  )
  expect(count).toBeGreaterThan(30)
})

test('a message of which a byte was changed, lost or doubled is read as JSON.parse reads it, or not at all', () => {
  const sent = bytesOf('{"id":12,"version":"1.0","method":"upgrade.post","params":{"step":-7,"desc":"ok","task_id":"17"}}')
  for (let at = 0; at < sent.length; at++) {
    for (let byte = 0; byte < 256; byte++) {
      const changed = sent.slice()
      changed[at] = byte
      const fields = flatFields(changed)
      if (fields !== undefined) expect(fields).toEqual(parsed(new TextDecoder().decode(changed)))
    }
    for (const bytes of [[...sent.slice(0, at), ...sent.slice(at + 1)], [...sent.slice(0, at), ...sent.slice(at)], sent.slice(0, at)]) {
      const fields = flatFields(new Uint8Array(bytes))
      if (fields !== undefined) expect(fields).toEqual(parsed(new TextDecoder().decode(new Uint8Array(bytes))))
    }
  }
})
