// The page's types of records must agree with the schemas of the API.

import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { pageRecords } from './page-records.ts'

it('src/ui/api/records.d.ts has the records of the API', async () => {
  await expect(pageRecords(), 'run `npx vitest run test/house/page-records -u` after a change of a schema').toMatchFileSnapshot(
    fileURLToPath(new URL('../../src/ui/api/records.d.ts', import.meta.url)),
  )
})
