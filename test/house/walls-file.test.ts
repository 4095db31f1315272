// biome.walls.json must be what the table of walls says.

import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { wallsFile } from './wall-rules.ts'

it('biome.walls.json holds every wall of the table', async () => {
  await expect(wallsFile()).toMatchFileSnapshot(fileURLToPath(new URL('../../biome.walls.json', import.meta.url)))
})
