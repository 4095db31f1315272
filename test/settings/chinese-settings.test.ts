// What each setting is, in Chinese: every one, and nothing else.

import { expect, it } from 'vitest'
import { chineseSettings } from '../../src/sentences/chinese-settings.ts'
import { shownSettings } from '../../src/settings/origins.ts'
import { loadSettings } from '../../src/settings-load.ts'

const shown = shownSettings(loadSettings({ env: {}, flags: {} }))

it('each setting has its description in Chinese, and nothing else has', () => {
  expect(Object.keys(chineseSettings)).toEqual(shown.map(({ path }) => path))
})

/** Settings, topics and methods by their names. */
const namesIn = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/[a-z]+(?:\.[a-zA-Z]+)+|[a-z]+[A-Z]\w*|[a-z]+_[a-z_()]+/g)].map(([name]) => name)),
]

it('names the same settings and values as the English one', () => {
  for (const { path, description } of shown) {
    const text = chineseSettings[path] ?? ''
    expect([path, text]).toEqual([path, expect.stringMatching(/[\u4e00-\u9fff].*。$/)])
    expect([path, namesIn(text).toSorted()]).toEqual([path, namesIn(description).toSorted()])
  }
})
