// The samples in docs/api.md are what openapi.json describes: every field, no other, and texts that their codes and params say.

import { expect, test } from 'vitest'
import { checkSaid, createContract } from '../support/admin-contract.ts'
import { createAdminFixture } from '../support/admin-fixture.ts'
import { type PageSample, pageText, samplesOf } from '../support/page-samples.ts'

interface Request {
  readonly method: string
  readonly url: string
  readonly filter: string
}

const requestOf = (command: string): Request | null => {
  const [request = '', filter = ''] = command.split(' | ')
  const [, path = null] = /\$API(\/[^"\s]*)/.exec(request) ?? []
  if (!request.startsWith('curl') || path === null) return null
  const method = /-X (\w+)/.exec(request)?.[1] ?? (request.includes(' -T ') ? 'PUT' : 'GET')
  return { method, url: `/api/v1${path}`, filter }
}

const isCsv = ({ url }: Request): boolean => url.includes('format=csv')

/** What jq has removed of a verdict. */
const withSaid = (item: object): object => ({ code: 'a_code', params: {}, ...item })

/** The answer from which jq took these lines; null: they are single values. */
const answerOf = ({ filter }: Request, lines: readonly string[], task: object): object | null => {
  const items = (): object[] => lines.map((line) => JSON.parse(line) as object)
  if (filter === '') return items()[0] ?? null
  if (filter.includes('.history[]')) return { ...task, history: items() }
  if (/'\.items\[\] \| del/.test(filter)) return { items: items().map(withSaid), next: null }
  if (/'\.items\[[\d,]*\]'/.test(filter)) return { items: items(), next: null }
  if (!filter.includes('del(.left[]')) return null
  const [plan = {}] = items() as { readonly left?: readonly object[] }[]
  return { ...plan, left: plan.left?.map(withSaid) }
}

const samples: readonly PageSample[] = samplesOf('docs/api.md')
const taskSample = (): object => {
  const { items } = JSON.parse(samples.find(({ command }) => command.includes('/tasks?state='))?.lines[0] ?? '') as { items: object[] }
  return items[0] ?? {}
}

/** Status and content type of a problem; a success has a status that the document lists for it. */
const kindsOf = (answer: object): readonly (readonly [status: number, type: string])[] =>
  'status' in answer && typeof answer.status === 'number'
    ? [[answer.status, 'application/problem+json']]
    : [200, 201].map((status) => [status, 'application/json'] as const)

const firstFault = (checks: readonly (() => void)[]): string | null => {
  const faults = checks.flatMap((check) => {
    try {
      check()
      return []
    } catch (thrown) {
      return [String(thrown)]
    }
  })
  return faults.length < checks.length ? null : (faults[0] ?? null)
}

test('every answer on the page is one that openapi.json describes', async () => {
  const { call } = await createAdminFixture()
  const contract = createContract((await call('GET', '/api/v1/openapi.json')).body)
  const faults = samples.flatMap(({ command, lines }) => {
    const request = requestOf(command)
    if (request === null || request.url.includes('/events') || request.url.includes('openapi.json') || isCsv(request)) return []
    const answer = answerOf(request, lines, taskSample())
    if (answer === null) return []
    const fault = firstFault(
      kindsOf(answer).map(
        ([status, type]) =>
          () =>
            contract.check(request.method, request.url, status, type, JSON.stringify(answer)),
      ),
    )
    return fault === null ? [] : [`${command}: ${fault}`]
  })
  expect(faults).toEqual([])
})

test('every text on the page is what its code says', () => {
  const texts = pageText('docs/api.md').match(/(?<=^(data: )?)\{.*\}$/gm) ?? []
  expect(texts.length).toBeGreaterThan(20)
  for (const text of texts) checkSaid(JSON.parse(text))
})

test('the page lists every route, and no other', async () => {
  const { call } = await createAdminFixture()
  const { paths = {} } = (await call('GET', '/api/v1/openapi.json')).body as { readonly paths?: Record<string, unknown> }
  const known = Object.keys(paths).map((path) => path.replace('/api/v1', ''))
  const rows = pageText('docs/api.md')
    .split('\n')
    .filter((row) => /^\| \[?`(GET|PUT|POST|DELETE)/.test(row))
  const listed = rows.flatMap((row) => {
    const cell = row.split(' | ')[0] ?? ''
    const [base = '', ...others] = [...cell.matchAll(/`(?:(?:GET|PUT|POST|PATCH|DELETE) ?)?([^`?]*)[^`]*`/g)].map(([, path = '']) => path)
    const paths = [base, ...others].filter((path) => path !== '')
    return paths
      .map((path) => (path.startsWith('/') ? path : (paths[0]?.replace(/[^/]*$/, path) ?? path)))
      .map((path) => path.replace('/api/v1', ''))
  })
  expect([...new Set(listed)].sort()).toEqual(known.sort())
})

test('the CSV on the page has the columns that lists have', async () => {
  const { call } = await createAdminFixture()
  const requests = samples.flatMap(({ command, lines }) => {
    const request = requestOf(command)
    return request !== null && isCsv(request) ? [{ request, lines }] : []
  })
  expect(requests.length).toBeGreaterThan(0)
  for (const { request, lines } of requests) {
    const { text } = await call(request.method, request.url)
    expect(lines[0]).toBe(text.split('\r\n')[0])
  }
})
