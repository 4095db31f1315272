import { expect, test } from 'vitest'
import { createQuotas } from '../src/quotas.ts'

test('each bound that is reached is counted, and its taker named once a minute', () => {
  let now = 0
  const [counted, warned]: [string[], unknown[][]] = [[], []]
  const quotas = createQuotas({
    meter: { count: (name, label) => counted.push(`${name} ${label}`) },
    log: { warn: (fields, message) => warned.push([fields, message]) },
    now: () => now,
  })
  const named = (): readonly unknown[] => warned.splice(0).map(([fields]) => fields)
  const children = (taker: string): void => quotas.reached('children', taker, () => ({ most: 5 }))
  children('pk/a')
  children('pk/a')
  children('pk/b')
  quotas.reached('sessions', 'pk/a')
  expect(named()).toEqual([
    { quota: 'children', taker: 'pk/a', most: 5 },
    { quota: 'children', taker: 'pk/b', most: 5 },
    { quota: 'sessions', taker: 'pk/a' },
  ])
  now = 59_000
  children('pk/a')
  expect(named()).toEqual([])
  now = 60_000
  children('pk/a')
  expect(named()).toEqual([{ quota: 'children', taker: 'pk/a', most: 5 }])
  expect(counted).toEqual([...Array.from({ length: 3 }, () => 'quotas children'), 'quotas sessions', 'quotas children', 'quotas children'])
})
