// What users read about settings must be what the schema says.

import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { loadSettings } from '../../src/settings-load.ts'
import { exampleText, settingsPage } from './settings-pages.ts'

const inRoot = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url))

it('config.example.json holds every key with its default', async () => {
  await expect(exampleText()).toMatchFileSnapshot(inRoot('config.example.json'))
})

it('config.example.json is taken without a fault and changes nothing', () => {
  const file = inRoot('config.example.json')
  expect(loadSettings({ file, env: {}, flags: {} })).toEqual(loadSettings({ env: {}, flags: {} }))
})

it('docs/settings.md says of every setting what the schema says', async () => {
  await expect(settingsPage()).toMatchFileSnapshot(inRoot('docs/settings.md'))
})
