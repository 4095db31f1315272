// Each act that the audit can have has words in the page.

import { expect, it } from 'vitest'
import { acts } from '../../src/ui/app/log/acts.ts'
import en from '../../src/ui/text/log-en.json' with { type: 'json' }
import { createAdminFixture } from '../support/admin-fixture.ts'

it('the log of the page has words for each operation that changes something', async () => {
  const { body } = await (await createAdminFixture()).call('GET', '/api/v1/openapi.json')
  const operations = Object.values(body['paths'] ?? {}).flatMap((item) => Object.entries(item as Readonly<Record<string, unknown>>))
  const changing = operations.flatMap(([method, operation]) =>
    method === 'get' ? [] : [String((operation as { readonly operationId: string }).operationId)],
  )
  expect(changing.length).toBeGreaterThan(30)
  expect(changing.filter((act) => !(acts as readonly string[]).includes(act))).toEqual([])
  expect(acts.filter((act) => !Object.hasOwn(en, `log.act.${act}`))).toEqual([])
})
