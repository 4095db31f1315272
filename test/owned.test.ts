// Texts with memory of their own.

import { expect, test } from 'vitest'
import { owned } from '../src/owned.ts'
import { keptBytes } from './support/kept-memory.ts'

test('it is the same text', () => {
  for (const text of [
    '',
    'short',
    'a text of more than twelve characters',
    '"quotes" and \\ \u0000 \n in it',
    'half a pair \ud800 of surrogates',
    '电源电源电源电源电源电源电源',
  ])
    expect(owned(text)).toBe(text)
})

test('a part of a long text does not keep the long text in memory', async () => {
  const part = (at: number): string => `${at}-${'x'.repeat(100_000)}`.replaceAll('y', '').slice(2, 40)
  expect(await keptBytes(100, part)).toBeGreaterThan(5_000_000)
  expect(await keptBytes(100, (at) => owned(part(at)))).toBeLessThan(500_000)
})
