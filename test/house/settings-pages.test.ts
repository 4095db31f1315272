// The pages about settings must agree with the schema.

import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { loadSettings } from '../../src/settings-load.ts'
import { exampleText, settingsPage } from './settings-pages.ts'

const inRoot = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url))

const remedy = 'run `npx vitest run test/house/settings-pages -u` after a change of src/settings.ts'

it('config.example.json has every key with its default', async () => {
  await expect(exampleText(), remedy).toMatchFileSnapshot(inRoot('config.example.json'))
})

it('config.example.json is read without a fault and changes nothing', () => {
  const file = inRoot('config.example.json')
  expect(loadSettings({ file, env: {}, flags: {} })).toEqual(loadSettings({ env: {}, flags: {} }))
})

it('docs/settings.md describes every setting as the schema does', async () => {
  await expect(settingsPage(), remedy).toMatchFileSnapshot(inRoot('docs/settings.md'))
})
