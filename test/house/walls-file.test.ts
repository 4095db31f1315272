// biome.walls.json and oxlint.walls.json must agree with the table of walls.

import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { wallsFiles } from './wall-rules.ts'

it.each(Object.entries(wallsFiles))('%s has every wall of the table', async (name, text) => {
  await expect(text, 'run `npx vitest run test/house/walls-file -u` after a change of wall-table.ts').toMatchFileSnapshot(
    fileURLToPath(new URL(`../../${name}`, import.meta.url)),
  )
})
