// The samples of docs/api.md against openapi.json: their fields, and their texts.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkSaid, createContract } from '../support/admin-contract.ts'
import { createAdminFixture } from '../support/admin-fixture.ts'

const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8')

interface Sample {
  readonly method: string
  readonly url: string
  readonly answer: string
}

/** Requests whose answer is shown as it is: not cut by jq, and not a stream. */
const samples: readonly Sample[] = [...page.matchAll(/^\$ curl -sS (.*)\n(\{.*)$/gm)].flatMap(([, command = '', answer = '']) => {
  const url = /\$API(\/[^"\s]*)/.exec(command)?.[1]
  const method = /-X (\w+)/.exec(command)?.[1] ?? (command.includes('-T ') ? 'PUT' : 'GET')
  return url === undefined || command.includes('| jq') ? [] : [{ method, url: `/api/v1${url}`, answer }]
})

test('the page has samples to look at', () => {
  expect(samples.length).toBeGreaterThan(5)
})

test('each sample has the fields that openapi.json says, and texts that their codes say', async () => {
  const contract = createContract((await (await createAdminFixture()).call('GET', '/api/v1/openapi.json')).body)
  for (const { method, url, answer } of samples) {
    const body = JSON.parse(answer)
    const isProblem = body.type === 'about:blank'
    const status = isProblem ? body.status : url.startsWith('/api/v1/firmware?') ? 201 : 200
    contract.check(method, url, status, isProblem ? 'application/problem+json' : 'application/json', answer)
    checkSaid(body)
  }
})
