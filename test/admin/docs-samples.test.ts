// The samples of docs/api.md against openapi.json: their fields, and their texts; and the texts in the samples of other pages.

import { readFileSync } from 'node:fs'
import { IntlMessageFormat } from 'intl-messageformat'
import { expect, test } from 'vitest'
import { english } from '../../src/sentences/english.ts'
import { checkSaid, createContract } from '../support/admin-contract.ts'
import { createAdminFixture } from '../support/admin-fixture.ts'

const pageOf = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')
const page = pageOf('docs/api.md')

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
    const status = isProblem ? body.status : /^\/api\/v1\/firmware\?|\/token$/.test(url) ? 201 : 200
    contract.check(method, url, status, isProblem ? 'application/problem+json' : 'application/json', answer)
    checkSaid(body)
  }
})

type Part = ReturnType<IntlMessageFormat['getAst']>[number]

/** A part of a template as a regular expression: its words as they are, for a parameter anything, for a choice each of its texts. */
const patternOf = (part: Part): string => {
  if ('options' in part)
    return `(?:${Object.values(part.options)
      .map(({ value }) => patternsOf(value))
      .join('|')})`
  return part.type === 0 ? part.value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : '.+'
}
const patternsOf = (parts: readonly Part[]): string => parts.map(patternOf).join('')

/** Templates with words of their own; those that only join others would match any text. */
const templates = Object.values(english)
  .filter((template) => /[a-z]{3}/.test(template.replace(/\{[^{}]*\}/g, '')))
  .map((template) => new RegExp(`^${patternsOf(new IntlMessageFormat(template, 'en', undefined, { ignoreTag: true }).getAst())}$`))

/** How a success is noted: `note_ended` joins it. */
const success = /^reported(?:; \d+ of \d+ bytes)?$/

/** What the server says in the samples of the pages: texts and notes in JSON, verdicts and histories in tables. */
const places = [
  /"(?:text|note)":"((?:[^"\\]|\\.)*)"/g,
  /^"([^"]* [^"]*)"$/gm,
  /^ {2}(?:yes|no ) {2}\w+ +(.*)$/gm,
  /^ {2}\d{4}-\S+Z {2}\w+ {2,}(.*)$/gm,
]
/** Messages of devices, and why they are refused, are not sentences. */
const said = ['docs/api.md', 'docs/operations.md', 'README.md', 'docs/first-update.md', 'docs/README.zh-CN.md'].flatMap((name) => {
  const text = pageOf(name).replace(/^.*"direction".*$/gm, '')
  return places.flatMap((place) => [...text.matchAll(place)].map(([, sample = '']) => ({ name, sample })))
})

test('the texts in the samples of the pages are those of the server', () => {
  expect(said.length).toBeGreaterThan(20)
  expect(said.filter(({ sample }) => ![success, ...templates].some((template) => template.test(sample)))).toEqual([])
})
