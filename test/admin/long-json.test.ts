// The JSON of long lists, which is made in pieces: byte for byte what JSON.stringify makes.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { itemsAtOnce, listBytes } from '../../src/admin/long-json.ts'
import { createAdminFixture, token } from '../support/admin-fixture.ts'

const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom('"', '\\', '\u2028', '\ud800', '升级失败', 'é'))
const item = fc.oneof(
  fc.jsonValue(),
  fc.record({ id: text, said: fc.option(text, { nil: undefined }), none: fc.constant(null) }, { requiredKeys: ['id'] }),
  fc.constant(undefined),
)
/** Pages end just before, at and after the ends of pieces. */
const length = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: -1, max: 1 }))
  .map(([pieces, more]) => pieces * itemsAtOnce + more)
const others = fc.oneof(
  fc.constant({}),
  fc.record({ next: fc.option(text) }),
  fc.record({ next: fc.option(text, { nil: undefined }), total: fc.nat(), more: fc.jsonValue() }),
)

const lists = fc.record({ some: fc.array(item, { minLength: 1, maxLength: 7 }), length, others })

const listOf = (some: readonly unknown[], count: number): readonly unknown[] =>
  Array.from({ length: count }, (_, at) => some[at % some.length])

test('a long list has the bytes that JSON.stringify gives it, whatever it holds', () => {
  fc.assert(
    fc.property(lists, ({ some, length: count, others: rest }) => {
      const value = { items: listOf(some, count), ...rest }
      const bytes = listBytes(value)
      if (count <= itemsAtOnce) expect(bytes).toBeUndefined()
      else expect(bytes?.toString('latin1')).toBe(Buffer.from(JSON.stringify(value)).toString('latin1'))
    }),
    { numRuns: 500 },
  )
})

test('its text is made in pieces', () => {
  const lengths: number[] = []
  const { stringify } = JSON
  const items = listOf([{ id: '1' }], 3 * itemsAtOnce)
  try {
    JSON.stringify = (value: unknown) => {
      if (Array.isArray(value)) lengths.push(value.length)
      return stringify(value)
    }
    listBytes({ items, next: null })
  } finally {
    JSON.stringify = stringify
  }
  expect(lengths).toEqual([itemsAtOnce, itemsAtOnce, itemsAtOnce])
})

test('anything else is left as it is', () => {
  const items = listOf([1], 2 * itemsAtOnce)
  for (const value of [null, 'items', items, { items: 'many' }, { total: 1, items }, { items: [] }, { next: null }])
    expect(listBytes(value)).toBeUndefined()
})

test('a long list that is answered has the headers of a short one, in both languages, and HEAD has its length', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  for (let at = 0; at < itemsAtOnce + 5; at += 1) await fixture.report(await fixture.join(`pk/d${at}`), 'version.post', { version: '1.0' })
  await fixture.call('POST', '/api/v1/campaigns', { firmware: 1, start: true })
  await fixture.settle()
  await fixture.report(await fixture.join('pk/d3'), 'upgrade.post', { step: -3, task_id: '4', desc: '校验失败' })
  const ask = (query: string, language: string, method = 'GET') =>
    fetch(`${fixture.admin.url}/api/v1/tasks?${query}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'accept-language': language },
    })
  const named = ({ headers }: Response) => ['content-type', 'content-language', 'vary', 'cache-control'].map((name) => headers.get(name))
  for (const language of ['en', 'zh-CN']) {
    const [long, short] = [await ask('limit=1000', language), await ask('limit=10', language)]
    const [text, head] = [await long.text(), await ask('limit=1000', language, 'HEAD')]
    expect([named(long), named(head)]).toEqual([named(short), named(short)])
    expect([Buffer.byteLength(text), Number(head.headers.get('content-length'))]).toEqual(
      Array(2).fill(Number(long.headers.get('content-length'))),
    )
    const { items }: { readonly items: readonly { readonly id: string }[] } = JSON.parse(text)
    expect(items).toHaveLength(itemsAtOnce + 5)
    expect(text).toBe(JSON.stringify({ items, next: null }))
    const first: { readonly items: readonly unknown[] } = JSON.parse(await short.text())
    expect(items.slice(0, 10)).toEqual(first.items)
  }
})
