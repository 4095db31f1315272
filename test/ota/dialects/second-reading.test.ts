import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fogcloud } from '../../../src/ota/dialects/fogcloud.ts'
import { cut, readAsMeant } from '../../../src/ota/dialects/second-reading.ts'

type Payload = string | Uint8Array
const read = (payload: Payload) => fogcloud.read('ota', typeof payload === 'string' ? Buffer.from(payload) : payload, 65_536)
const reports = (payload: Payload): unknown => {
  const uplink = read(payload)
  return uplink.kind === 'uplink' ? uplink.reports : uplink
}
const failure = (desc: Payload, around = ['"', '"']): Buffer =>
  Buffer.concat([
    Buffer.from(`{"id":7,"method":"upgrade.post","params":{"step":-4,"desc":${around[0]}`),
    Buffer.from(desc),
    Buffer.from(`${around[1]},"module":"mcu","task_id":"12"}}`),
  ])
const failed = (desc: unknown) => [{ kind: 'progress', identity: null, module: 'mcu', task: 12, step: -4, desc }]
const isLong = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
const holdsLong = (value: unknown): boolean =>
  isLong(value) || (typeof value === 'object' && value !== null && Object.values(value).some(holdsLong))

describe('what the strict parse takes is read the same', () => {
  test('any object', () => {
    const objects = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 4 }))
    fc.assert(
      fc.property(objects, fc.constantFrom('', ' ', '\t', '\n  '), (object, space) => {
        const text = JSON.stringify(object, null, space)
        const strict: unknown = JSON.parse(text)
        fc.pre(!holdsLong(strict))
        expect(readAsMeant(text)).toEqual(strict)
        expect(readAsMeant(`${text}\0 what was "there" before}`)).toEqual(strict)
      }),
    )
  })

  test('escapes, and names that objects have themselves', () => {
    const text = '{"__proto__":{"a":1},"e":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d","n":-0.5e-3,"x":[],"y":{},"z":[{},[]]}'
    expect(readAsMeant(text)).toEqual(JSON.parse(text))
    expect(({} as { a?: number }).a).toBeUndefined()
  })

  test('any prefix of a message says nothing that the whole does not', () => {
    const whole = '{"id":1,"method":"upgrade.post","params":{"task_id":"12","step":-1,"module":"mcu","desc":"a \\"b\\" \\\\ c"}}'
    for (let end = 0; end < whole.length; end++) {
      const uplink = read(whole.slice(0, end))
      const isComplete = end >= whole.indexOf('-1,') + 3
      const hasModule = end > whole.indexOf('mcu",') + 3
      const dropped = uplink.kind === 'uplink' ? uplink.reports[0] : uplink
      if (!isComplete) expect(dropped, whole.slice(0, end)).toMatchObject({ kind: 'malformed', reason: 'not_json' })
      else expect(uplink).toMatchObject({ reports: [{ step: -1, task: 12, module: hasModule ? 'mcu' : 'default' }] })
    }
  })
})

describe('data inside strings', () => {
  test.each([
    ['a\nb\tc', 'a\nb\tc'],
    ['\u001b[31mbad\u001b[0m', '\u001b[31mbad\u001b[0m'],
    ['C:\\fw\\x.bin', 'C:\\fw\\x.bin'],
    ['C:\\new\\u12', 'C:\\new\\u12'],
    ['C:\\fw\\', 'C:\\fw\\'],
    ['50 \\% of \\"a\\"', '50 \\% of "a"'],
    ['tab\\tand\u0001raw', 'tab\tand\u0001raw'],
    ['a\0b', 'a\0b'],
    ['cannot open "fw.bin" here', 'cannot open "fw.bin" here'],
    ['wanted "a", found "b"', 'wanted "a", found "b"'],
    ["can't", "can't"],
    ['{"a": 5}\n', '{"a": 5}\n'],
    ['{"code":-1,"msg":"no space"}', '{"code":-1,"msg":"no space"}'],
    ['{"msg":"no space","code":-1}', '{"msg":"no space","code":-1}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"c"}}'],
    ['{"a" open', '{"a" open'],
    ['HTTP 500: {"error":"no space","code":28}\n', 'HTTP 500: {"error":"no space","code":28}\n'],
    ['[{ "a" : ["b", "c"] }, "d"]', '[{ "a" : ["b", "c"] }, "d"]'],
    ['"[]"', '"[]"'],
    [']"a"', ']"a"'],
  ])('%j', (desc, meant) => {
    expect(reports(failure(desc))).toEqual(failed(meant))
  })

  test('the second byte of a GBK or Shift-JIS character may be a backslash', () => {
    expect(reports(failure(Buffer.from([0xd5, 0x5c])))).toEqual(failed('\uFFFD\\'))
    expect(reports(failure(Buffer.from([0x95, 0x5c, 0x8e, 0xa6, 0x0a])))).toMatchObject([{ step: -4, task: 12 }])
  })

  test('a version with what a C buffer had around it', () => {
    for (const version of ['1.0.0\\u0000', '1.0.0\0', '\t1.0.0\n', '1.0.0\r\n', ' 1.0.0 ', '\u001b[32m1.0.0\u001b[0m', '1.0.0\\u0000 old'])
      expect(reports(`{"method":"version.post","params":{"version":"${version}","module":"mcu\0"}}`)).toMatchObject([
        { version: '1.0.0', module: 'mcu' },
      ])
  })
})

describe('other ways in which programs write', () => {
  test.each([
    [
      "{'method': 'upgrade.post', 'params': {'step': -4, 'desc': \"can't\", 'ok': True, 'more': None, 'module': 'mcu', 'task_id': '12'}}",
      "can't",
    ],
    ['{method: "upgrade.post", params: {step: -4, module: "mcu", task_id: 12, desc: no_quotes,},}', 'no_quotes'],
    ['{"method":"upgrade.post","params":{"step":-04,"module":"mcu","task_id":0012,"desc":"x"}}', 'x'],
    ['{"method":"upgrade.post","params":{"step":-4,"module":"mcu","task_id":"12","desc":"x"}}}', 'x'],
    ['{"method":"upgrade.post","params":{"step":-4,"module":"mcu","task_id":"12","desc":"x"}}r message"}}', 'x'],
    ['{"method":"upgrade.post","params":{"step":-4,"module":"mcu","task_id":"12","desc":"x"}}\0\0old{"', 'x'],
    ['{"method":"upgrade.post","params":{"step":-4,"module":"mcu","task_id":"12","desc":"x"}', 'x'],
    ['{"method":"upgrade.post","params":{"step":-4,"module":"mcu","task_id":"12","desc":"x\0garbage', ''],
    ['{"method":"upgrade.post","params":{"step":-4,"desc":,"module":"mcu","task_id":"12"}}', ''],
    ['{"method":"upgrade.post","params":{"step":-4,"module":"mcu","task_id":"12","desc":}}', ''],
  ])('%s', (text, desc) => {
    expect(reports(text)).toEqual(failed(desc))
  })

  test('wide characters', () => {
    const wide = Buffer.from(failure('x').toString(), 'utf16le')
    expect(reports(wide)).toEqual(failed('x'))
    expect(reports(Buffer.concat([Buffer.from([0xff, 0xfe]), wide]))).toEqual(failed('x'))
    expect(reports(Buffer.from(wide).swap16())).toEqual(failed('x'))
  })

  test('numbers for names are their digits', () => {
    const identity = { product_key: 3, device_name: 7 }
    const sub = (element: object): unknown => reports(JSON.stringify({ method: 'sub.version.post', params: [element] }))
    expect(sub({ identity, version: '1', module: 0 })).toMatchObject([{ identity: '3/7', module: '0' }])
    const text =
      '{"id":1700000000000000001,"method":"sub.version.post","params":[{"identity":{"product_key":"pk","device_name":89860012345678901234},"version":1}]}'
    expect(read(text)).toMatchObject({ id: 1_700_000_000_000_000_001n, reports: [{ identity: 'pk/89860012345678901234' }] })
    const named = text.replace('89860012345678901234', '007')
    expect(reports(named)).toMatchObject([{ identity: 'pk/007' }])
    expect(sub({ identity: { product_key: 'pk\0', device_name: '\u0001dn\0' }, version: '1' })).toMatchObject([{ identity: 'pk/dn' }])
  })

  test('an id goes back as it came, whatever it is', () => {
    const got = read('{"id":1700000000000000001,"method":"firmware.get"}')
    expect(got.kind === 'uplink' && fogcloud.noUpdate(got.id).text).toContain('{"id":1700000000000000001,')
    for (const id of ['true', '"x"', '[1]', '{"a":1}', '1e999', '-5', '1.5', 'null'])
      expect(reports(`{"id":${id},"method":"firmware.get","params":{}}`)).toMatchObject([{ kind: 'get' }])
    expect(fogcloud.noUpdate(true).text).toContain('{"id":true,')
  })
})

describe('a truncated message', () => {
  const isDropped = { kind: 'malformed', reason: 'not_json' }

  test.each([
    '{"method":"upgrade.post","params":{"step":-1,"task_id":"12',
    '{"method":"upgrade.post","params":{"task_id":"12","step":-1',
    '{"method":"upgrade.post","params":{"step":-1,"desc":"no task',
    '{"params":{"task_id":"12","step":-1},"method":"upgrade.po',
    '{"method":"version.post","params":{"version":"1.0","mod',
    '{"method":"version.post","params":{"module":"mcu","version":"1.0',
    '{"method":"firmware.get","params":{"mod',
    '{"method":"firmware.get"',
  ])('%s is dropped', (text) => {
    const found = reports(text)
    expect(Array.isArray(found) ? found[0] : found).toMatchObject(isDropped)
  })

  test.each([
    ['{"method":"version.post","params":{"version":"1.0","module":"mcu"', { kind: 'version', version: '1.0', module: 'mcu' }],
    ['{"method":"version.post","params":{"version":"1.0"},"id":1', { kind: 'version', version: '1.0', module: 'default' }],
    ['{"method":"firmware.get","params":{"module":"mcu"', { kind: 'get', module: 'mcu' }],
    ['{"params":{"task_id":"12","step":-1},"method":"upgrade.post"', { kind: 'progress', step: -1, task: 12 }],
  ])('%s is complete in what decides', (text, report) => {
    expect(reports(text)).toMatchObject([report])
  })

  test('of children those that are complete are read', () => {
    const child = (name: string): string => `{"identity":{"product_key":"pk","device_name":"${name}"},"version":"1.0","module":"mcu"}`
    const whole = `{"method":"sub.version.post","params":[${child('a')},${child('b')},${child('c')}]}`
    const found = reports(whole.slice(0, whole.lastIndexOf('"1.0"') + 3))
    expect(found).toMatchObject([{ identity: 'pk/a' }, { identity: 'pk/b' }, isDropped])
  })

  test('its end is marked', () => {
    expect(readAsMeant('{"a":{"b":1},"c":{"d":"e')).toEqual({ a: { b: 1 }, c: { [cut]: true }, [cut]: true })
  })
})

describe('what has more than one meaning is dropped', () => {
  test.each([
    '',
    '{',
    'method',
    '{"method" "upgrade.post"}',
    '{"method":"upgrade.post" "params":{"step":-1,"task_id":"12"}}',
    '{"method":"version.post","params":{"version":"1.0"\n"module":"mcu"}}',
    '{"method":"upgrade.post","params":{"step":-1,"task_id":"12" "module":"mcu"}}',
    '// comment\n{"method":"upgrade.post","params":{"step":-1,"task_id":"12"}}',
    '{"method":"upgrade.post",/* comment */"params":{"step":-1,"task_id":"12"}}',
    'x{"method":"upgrade.post","params":{"step":-1,"task_id":"12"}}',
    `${'{"a":'.repeat(5000)}1`,
    `{"a":${'['.repeat(5000)}`,
  ])('%s', (text) => {
    expect(read(text)).toMatchObject({ kind: 'malformed' })
  })

  test('a member without a value is missing', () => {
    expect(reports('{"method":"upgrade.post","params":{"step":,"task_id":"12"}}')).toMatchObject([{ reason: 'bad_step' }])
    expect(reports('{"method":"version.post","params":{"version":}}')).toMatchObject([{ reason: 'bad_version' }])
  })

  test('what has far more members, elements or levels than any message is not worth the time', () => {
    const within = [
      `{'a':${'['.repeat(20)}${']'.repeat(20)}}`,
      `{${"'a':1,".repeat(256)}}`,
      `{'a':[${'1,'.repeat(10_000)}],'b':[${'1,'.repeat(9_999)}]}`,
    ]
    const beyond = [
      `{'a':${'['.repeat(40)}${']'.repeat(40)}}`,
      `{${"'a':1,".repeat(257)}}`,
      `{'a':[${'1,'.repeat(10_000)}],'b':[${'1,'.repeat(10_001)}]}`,
    ]
    expect(within.map((text) => readAsMeant(text) === undefined)).toEqual([false, false, false])
    expect(beyond.map((text) => readAsMeant(text) === undefined)).toEqual([true, true, true])
  })

  test('no text throws, and none takes long', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      "'",
      '\\',
      '\\"',
      '\\u12',
      '\0',
      '\n',
      '"method"',
      '"upgrade.post"',
      'x',
      '-1',
      ' ',
    )
    fc.assert(fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => void [read(parts.join('')), read(`{"a":${parts.join('')}`)]))
    for (const part of ['"', '\\"', ',"a', ' ', '\0', '{"a":"', '"a":"b",', "'", '\u001b[', '" ,'])
      void read(`{"method":"version.post","params":{"version":"${part.repeat(65_000 / part.length)}`)
  })
})
