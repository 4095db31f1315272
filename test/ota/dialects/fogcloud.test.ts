import { expect, test } from 'vitest'
import type { Offer } from '../../../src/ota/dialects/dialect.ts'
import { fogcloud } from '../../../src/ota/dialects/fogcloud.ts'
import type { Firmware } from '../../../src/ota/model.ts'
import { queued } from '../../support/ota-samples.ts'

const firmware: Firmware = {
  id: 1,
  rev: 1,
  product: 'pk',
  module: 'mcu',
  version: 'v'.repeat(32),
  description: '',
  from: [],
  signMethod: 'SHA256',
  createdAt: 0,
  size: 93_796_291,
  md5: 'd'.repeat(32),
  sha256: 'a'.repeat(64),
  checksum: '0000f00f',
}
const offer = (device: string, over: Partial<Firmware> = {}): Offer => ({
  task: queued({ id: 2_147_483_647, device, module: 'm'.repeat(20) }),
  firmware: { ...firmware, ...over },
  url: `http://255.255.255.255:65535/d/2147483647/${'a'.repeat(16)}/${'f'.repeat(32)}`,
})
const size = (text: string): number => Buffer.byteLength(text)

test('a push stays within 1,023 bytes if the operator adds no texts', () => {
  expect(size(fogcloud.offerMessage(4_294_967_295, fogcloud.offerBody(offer('pk/dn'))).text)).toBeLessThanOrEqual(1023)
})

test('the request id is returned in the type in which it came', () => {
  for (const id of [1, '1', null])
    expect(JSON.parse(fogcloud.offerMessage(id, fogcloud.offerBody(offer('pk/dn'))).text)).toMatchObject({ id })
})

test('sub-device messages are filled up to both bounds, and not beyond', () => {
  const offers = Array.from({ length: 25 }, (_, i) => offer(`pk/c${i}`, {}))
  const posts = (elements: number, bytes: number) => fogcloud.subOffers(offers, () => 1, { elements, bytes })
  expect(posts(10, 65_536).map(({ tasks }) => tasks.length)).toEqual([10, 10, 5])
  for (let bytes = 1_000; bytes < 1_400; bytes++)
    for (const { message } of posts(25, bytes)) expect(size(message.text)).toBeLessThanOrEqual(bytes)
})

test('sub-device messages hold at most so many elements and bytes, in order, and none is lost', () => {
  const offers = Array.from({ length: 25 }, (_, i) => offer(`pk/c${i}`, { description: i === 7 ? 'x'.repeat(20_000) : '' }))
  let id = 0
  const posts = fogcloud.subOffers(offers, () => ++id, { elements: 10, bytes: 4096 })
  const elements = posts.map((post) => JSON.parse(post.message.text) as { params: { identity: { device_name: string } }[] })
  expect(elements.flatMap((message) => message.params.map((one) => one.identity.device_name))).toEqual(offers.map((_, i) => `c${i}`))
  for (const [index, message] of elements.entries()) {
    expect(message.params.length).toBeLessThanOrEqual(10)
    if (message.params.length > 1) expect(size(posts[index]?.message.text ?? '')).toBeLessThanOrEqual(4096)
  }
  expect(posts.map((post) => post.tasks.length)).toEqual(elements.map((message) => message.params.length))
})
