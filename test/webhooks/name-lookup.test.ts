// Names are looked up one at a time, so that a name server that does not answer occupies one thread, not all.

import { expect, test } from 'vitest'
import { createLookup, type Resolve } from '../../src/webhooks/name-lookup.ts'
import { until } from '../support/until.ts'

test('one name is looked up at a time, and the same one once for all who wait', async () => {
  const asked: { readonly name: string; answer(): void }[] = []
  const resolve: Resolve = (name, _options, answered) => void asked.push({ name, answer: () => answered(null, `address of ${name}`, 4) })
  const lookup = createLookup(resolve)
  const got: string[] = []
  const ask = (name: string): void => lookup(name, {}, (_error, address) => void got.push(JSON.stringify(address)))
  for (const name of ['one', 'other', 'one', 'third']) ask(name)
  await until(() => asked.length === 1)
  await new Promise((resolve) => setImmediate(resolve))
  expect(asked.map(({ name }) => name)).toEqual(['one'])
  asked[0]?.answer()
  await until(() => asked.length === 2)
  expect([got, asked[1]?.name]).toEqual([['"address of one"', '"address of one"'], 'other'])
  asked[1]?.answer()
  await until(() => asked.length === 3)
  expect(asked[2]?.name).toBe('third')
  asked[2]?.answer()
  await until(() => got.length === 4)
  ask('one')
  await until(() => asked.length === 4)
})

test('a name that is not known is an error of its request alone', async () => {
  const resolve: Resolve = (name, _options, answered) =>
    name === 'known'
      ? answered(null, '192.0.2.7', 4)
      : answered(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), '', undefined)
  const lookup = createLookup(resolve)
  const ask = (name: string): Promise<string> =>
    new Promise((done) => {
      lookup(name, {}, (error, address) => done(error?.code ?? JSON.stringify(address)))
    })
  expect(await Promise.all([ask('unknown'), ask('known')])).toEqual(['ENOTFOUND', '"192.0.2.7"'])
})
