// The audit over rows that somebody wrote into the store by hand.

import { expect, test } from 'vitest'
import { auditHeadKey, auditKey } from '../../src/access/access-keys.ts'
import { lineHash } from '../../src/access/audit-lines.ts'
import { createMemory } from '../../src/store/memory.ts'
import { createAdminFixture, itemsOf, textOf } from '../support/admin-fixture.ts'

/** Three lines, and a way to write into their disk. */
const createTrail = async () => {
  const disk = createMemory()
  const fixture = await createAdminFixture({ disk })
  for (let i = 1; i <= 3; i++) await fixture.call('PUT', `/api/v1/devices/lamp/l${i}`, {})
  return {
    disk,
    fixture,
    put: (key: string, value: string) => disk.commit([{ type: 'put', key, value }]),
    seqs: async () => itemsOf(await fixture.call('GET', '/api/v1/audit')).map(({ seq }) => seq),
    faults: async () =>
      Object.values((await fixture.call('GET', '/api/v1/audit/verify')).body['faults'] ?? {}).map(({ text }) => textOf(text)),
  }
}

test.each([
  ['a time that is none', { at: 1e300 }],
  ['a time as text', { at: 'today' }],
  ['a change without before and after', { changes: { tags: 5 } }],
  ['no detail', { detail: undefined }],
  ['a field besides', { more: 1 }],
  ['an act that is no text', { act: 5 }],
  ['a kind that there is not', { kind: 'ghost' }],
])('a forged line with %s is found, and the others are listed all the same', async (_what, forged) => {
  const { disk, put, seqs, faults } = await createTrail()
  const stored: { text: string } = JSON.parse((await disk.get(auditKey(2))) ?? '')
  const text = JSON.stringify({ ...JSON.parse(stored.text), ...forged })
  await put(auditKey(2), JSON.stringify({ text, hash: lineHash(text) }))
  expect(await seqs()).toEqual([3, 1])
  expect(await faults()).toEqual(['Line 2 was changed: its text does not have its hash.'])
})

test('a record among the lines that is none is found, and moves no other one', async () => {
  const { disk, put, seqs, faults } = await createTrail()
  const stray = 'Behind line 2 there is a record that is no line: something else has written to the store.'
  await put(`${auditKey(2)}x`, '{}')
  expect(await faults()).toEqual([stray])
  await put('audit/zzz', '{}')
  expect(await faults()).toEqual([stray, stray.replace('2', '3')])
  expect(await seqs()).toEqual([3, 2, 1])
  // Without a note of the head the last line is looked for.
  await put(auditHeadKey, 'nonsense')
  const again = await createAdminFixture({ disk })
  await again.call('PUT', '/api/v1/devices/lamp/l4', {})
  expect(itemsOf(await again.call('GET', '/api/v1/audit')).map(({ seq }) => seq)).toEqual([4, 3, 2, 1])
})

test('a line of nonsense is found, and the list leaves it out', async () => {
  const { put, seqs, faults } = await createTrail()
  await put(auditKey(2), '{"hash":1}')
  expect(await faults()).toEqual(['Line 2 was changed: its text does not have its hash.'])
  expect(await seqs()).toEqual([3, 1])
})
