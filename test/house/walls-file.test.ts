// biome.walls.json must agree with the table of walls.

import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { wallsFile } from './wall-rules.ts'

it('biome.walls.json has every wall of the table', async () => {
  await expect(wallsFile(), 'run `npx vitest run test/house/walls-file -u` after a change of wall-table.ts').toMatchFileSnapshot(
    fileURLToPath(new URL('../../biome.walls.json', import.meta.url)),
  )
})
