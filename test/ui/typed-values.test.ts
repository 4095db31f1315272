// What is typed into the form of a campaign, as the API takes it.

import { expect, test } from 'vitest'
import { devicesIn, linesIn, numberIn, secondsIn, secondsText, timeIn, timeText, wordsIn } from '../../src/ui/app/campaigns/typed-values.ts'

test('times are typed with their units, in both languages', () => {
  expect(['90', '90 s', '10min', '1 h 30 min', '2 天', '1.5h', '10 分钟'].map(secondsIn)).toEqual([90, 90, 600, 5400, 172_800, 5400, 600])
  expect(secondsIn('  ')).toBeUndefined()
})

test('what cannot be read is passed on as it was typed, so that the API says what is wrong with it', () => {
  expect(['soon', '10 min later', '5 weeks', '-3 s'].map(secondsIn)).toEqual(['soon', '10 min later', '5 weeks', '-3 s'])
  expect([' 12 ', '', 'many'].map(numberIn)).toEqual([12, undefined, 'many'])
  expect(timeIn('tomorrow')).toBe('tomorrow')
})

test('a time that was set is shown so that it is read again as the same', () => {
  for (const seconds of [1, 59, 60, 90, 3600, 5400, 86_400, 100_000]) expect(secondsIn(secondsText(seconds))).toBe(seconds)
  expect([0, null].map(secondsText)).toEqual(['0 s', ''])
  expect(timeIn(timeText('2026-12-01T02:30:00.000Z'))).toBe('2026-12-01T02:30:00.000Z')
})

test('lists are separated by lines and commas, tags by spaces too, and a device without a product is of the package', () => {
  expect(linesIn('1.0 beta\n\n 2.0, 3.0')).toEqual(['1.0 beta', '2.0', '3.0'])
  expect(wordsIn('floor-1 floor-2，hall')).toEqual(['floor-1', 'floor-2', 'hall'])
  expect(devicesIn('l1\nother/l2', 'lamp')).toEqual(['lamp/l1', 'other/l2'])
  expect(devicesIn('l1', '')).toEqual(['l1'])
})
