// A package whose image says of itself that it is another version.

import { expect, test } from 'vitest'
import { createAdminFixture } from '../support/admin-fixture.ts'
import { hexOf, mcubootImage } from '../support/image-headers.ts'

test('is taken with a warning', async () => {
  const fixture = await createAdminFixture()
  const image = hexOf(mcubootImage(1, 0, 1, 0)).toString('latin1')
  expect((await fixture.upload('product=pk&version=1.0.0', image)).body).toMatchObject({
    warnings: ['version: the image says that it is version 1.0.1, not 1.0.0: an update of a device that then reports 1.0.1 has failed'],
  })
  expect((await fixture.upload('product=pk&version=1.0.1', image)).body).not.toHaveProperty('warnings')
})
