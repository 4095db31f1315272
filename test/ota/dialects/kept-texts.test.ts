// What is kept of a message is what it says, not the message: a version of twenty characters must not keep the half megabyte around it.

import { expect, test } from 'vitest'
import { fogcloud } from '../../../src/ota/dialects/fogcloud.ts'
import { keptBytes } from '../../support/kept-memory.ts'

const rest = 'x'.repeat(200_000)

/** Texts in single quotes are no JSON: such a message is read as it was meant. */
const meant = (at: number, method: string, params: string): string =>
  `{'id':'the request ${at}','version':'1.0','method':'${method}','params':${params},'rest':'${rest}'}`

const identity = "'identity':{'product_key':'a product of ours','device_name':'a sub-device of it'}"

test.each<[what: string, text: (at: number) => string]>([
  ['a module and a version', (at) => meant(at, 'version.post', "{'module':'a module of ours','version':'1.0.0-build.2026'}")],
  ['a description', (at) => JSON.stringify({ id: at, method: 'upgrade.post', params: { task_id: '1', step: -1, desc: `${at} ${rest}` } })],
  ['a sub-device', (at) => meant(at, 'sub.version.post', `[{${identity},'version':'1.0.0'}]`)],
  ['a question', (at) => meant(at, 'firmware.get', "{'module':'a module of ours'}")],
  ['an unknown method', (at) => JSON.stringify({ id: at, method: `${at} ${rest}`, params: {} })],
])('%s that is kept keeps nothing else of its message', async (_what, text) => {
  const read = (at: number) => fogcloud.read('ota', Buffer.from(text(at)), 524_288, 524_288)
  expect(await keptBytes(50, read)).toBeLessThan(1_000_000)
})

test('a sub-device that a gateway names keeps nothing else of the message', async () => {
  const text = (at: number): string => meant(at, 'add', "[{'product_key':'a product of ours','device_name':'a sub-device of it'}]")
  expect(await keptBytes(50, (at) => fogcloud.read('topo', Buffer.from(text(at)), 524_288, 524_288))).toBeLessThan(1_000_000)
})
