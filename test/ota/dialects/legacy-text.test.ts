import { expect, test } from 'vitest'
import { fogcloud } from '../../../src/ota/dialects/fogcloud.ts'

/** GBK of 失败 ("failed"), 校验失败 ("verifying failed") and 诚 with a backslash as its second byte (諾 in GBK: D55C is 誠). */
const failed = Uint8Array.of(0xca, 0xa7, 0xb0, 0xdc)
const unverified = Uint8Array.of(0xd0, 0xa3, 0xd1, 0xe9, 0xca, 0xa7, 0xb0, 0xdc)

type Part = string | Uint8Array
const payloadOf = (...parts: readonly Part[]): Uint8Array => Buffer.concat(parts.map((part) => Buffer.from(part)))
const reportsOf = (payload: Uint8Array): readonly unknown[] => {
  const uplink = fogcloud.read('ota', payload, 524_288, 524_288)
  return uplink.kind === 'uplink' ? uplink.reports : [uplink]
}
const upgrade = (...desc: readonly Part[]): Uint8Array =>
  payloadOf('{"id":1,"method":"upgrade.post","params":{"task_id":"7","step":-3,"desc":"', ...desc, '"}}')
const descOf = (...desc: readonly Part[]): unknown => (reportsOf(upgrade(...desc))[0] as { desc?: string }).desc

test('a description in GBK is read', () => {
  expect(reportsOf(upgrade(unverified))).toEqual([
    { kind: 'progress', identity: null, module: 'default', task: 7, step: -3, desc: '校验失败' },
  ])
  expect(descOf('flash: ', unverified, ' (-12)')).toBe('flash: 校验失败 (-12)')
})

test('so is one in characters of four bytes beside usual ones', () => {
  expect(descOf(unverified, Uint8Array.of(0x81, 0x39, 0xef, 0x30))).toBe(
    `校验失败${new TextDecoder('gb18030').decode(Uint8Array.of(0x81, 0x39, 0xef, 0x30))}`,
  )
})

test('the second byte of a character of GBK is no backslash', () => {
  // The first is followed by an `n`, which a backslash would make a line break.
  expect(descOf(unverified, Uint8Array.of(0xd5, 0x5c), 'n')).toBe('校验失败誠n')
  expect(descOf(unverified, Uint8Array.of(0xd5, 0x5c))).toBe('校验失败誠')
})

test('a last character that a buffer has cut costs no other', () => {
  expect(descOf(unverified.subarray(0, 7))).toBe('校验失\uFFFD')
  expect(descOf(Buffer.from('升级失败').subarray(0, 11))).toBe('升级失\uFFFD')
  expect(descOf(Buffer.from('升').subarray(0, 2))).toBe('\uFFFD')
})

test('UTF-8 that is cut within it is no GBK', () => {
  expect(descOf(Buffer.from('升级包校验').subarray(0, 8), ': 失败')).toBe('升级\uFFFD: 失败')
})

test('what is neither stays unread', () => {
  // Prüfung, in Latin-1: GBK has a rare character of it.
  expect(descOf('Pr', Uint8Array.of(0xfc), 'fung')).toBe('Pr\uFFFDfung')
  expect(descOf(Uint8Array.of(0xff, 0xff))).toBe('\uFFFD\uFFFD')
})

test('what is UTF-8 is read as it was', () => {
  expect(descOf('失败 \uFFFD \\u5931')).toBe('失败 \uFFFD 失')
})

test('each sub-device of a gateway may have an encoding of its own', () => {
  const element = (name: string, ...desc: readonly Part[]): readonly Part[] => [
    `{"identity":{"product_key":"pk","device_name":"${name}"},"task_id":"7","step":-1,"desc":"`,
    ...desc,
    '"}',
  ]
  const payload = payloadOf(
    '{"method":"sub.upgrade.post","params":[',
    ...element('a', unverified),
    ',',
    ...element('b', '失败'),
    ',',
    ...element('c', failed),
    ']}',
  )
  expect(reportsOf(payload)).toMatchObject([{ desc: '校验失败' }, { desc: '失败' }, { desc: '失败' }])
})

test('also where the message is no JSON, has a byte order mark or NULs', () => {
  const payload = payloadOf('\uFEFF', upgrade(unverified), '\0\0')
  expect(reportsOf(payload)).toMatchObject([{ desc: '校验失败' }])
  const quotes = payloadOf(`{'method':'upgrade.post','params':{'step':-3,'desc':'`, unverified, `'}}`)
  expect(reportsOf(quotes)).toMatchObject([{ desc: '校验失败' }])
})

test('names, versions, modules and ids in GBK are never read so', () => {
  const version = payloadOf('{"id":"', failed, '","method":"version.post","params":{"module":"', failed, '","version":"', failed, '"}}')
  expect(JSON.stringify(fogcloud.read('ota', version, 65_536))).not.toMatch(/失/)
  const both = payloadOf('{"id":"', failed, '","method":"upgrade.post","params":{"module":"', failed, '","step":-1,"desc":"', failed, '"}}')
  const uplink = fogcloud.read('ota', both, 65_536)
  expect(uplink).toMatchObject({
    id: expect.stringMatching(/^\uFFFD|ʧ/),
    reports: [{ desc: '失败', module: expect.not.stringContaining('失') }],
  })
  const child = payloadOf(
    '{"method":"sub.upgrade.post","params":[{"identity":{"product_key":"pk","device_name":"',
    failed,
    '"},"step":-1}]}',
  )
  expect(JSON.stringify(fogcloud.read('ota', child, 65_536, 65_536))).not.toMatch(/失/)
})

test('a description is as long as one in UTF-8 at most', () => {
  expect(descOf(...Array.from({ length: 400 }, () => failed))).toBe('失败'.repeat(256))
})

test('the largest message of descriptions in GBK does not take long', () => {
  const element = payloadOf(
    '{"identity":{"product_key":"pk","device_name":"a"},"step":-1,"desc":"',
    ...Array.from({ length: 40 }, () => failed),
    '"}',
  )
  const elements = Array.from({ length: 2000 }, (_, at) => (at === 0 ? element : payloadOf(',', element)))
  const payload = payloadOf('{"method":"sub.upgrade.post","params":[', ...elements, ']}')
  const begun = performance.now()
  expect(reportsOf(payload)).toHaveLength(2000)
  expect(performance.now() - begun).toBeLessThan(1500)
})
