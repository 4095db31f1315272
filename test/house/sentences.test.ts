// The tables of sentences against the code that says them: every template can be read, every code is used, none is in two tables, and each
// call gives exactly the parameters that its template names.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { IntlMessageFormat } from 'intl-messageformat'
import { expect, it } from 'vitest'
import { errorCodes } from '../../src/errors.ts'
import { english } from '../../src/sentences/english.ts'
import { campaignSentences } from '../../src/sentences/english-campaigns.ts'
import { deviceSentences } from '../../src/sentences/english-devices.ts'
import { errorSentences } from '../../src/sentences/english-errors.ts'
import { requestSentences } from '../../src/sentences/english-requests.ts'
import { serverSentences } from '../../src/sentences/english-server.ts'

const source = fileURLToPath(new URL('../../src', import.meta.url))
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.startsWith('sentences'))
  .map((name) => ({ name, text: readFileSync(join(source, name), 'utf8') }))
const all = files.map(({ text }) => text).join('\n')
const tables = [campaignSentences, deviceSentences, errorSentences, requestSentences, serverSentences]
const templates: Readonly<Record<string, string>> = english

type Elements = ReturnType<IntlMessageFormat['getAst']>

const formatOf = (code: string): IntlMessageFormat => new IntlMessageFormat(templates[code] ?? '', 'en', undefined, { ignoreTag: true })

/** The names of a template's arguments, those within the branches of a choice too. */
const namesIn = (elements: Elements): readonly string[] =>
  elements.flatMap((element) => {
    const own = 'value' in element && element.type !== 0 ? [element.value] : []
    const branches = 'options' in element ? Object.values(element.options).flatMap(({ value }) => namesIn(value)) : []
    return [...own, ...branches]
  })

const paramsOf = (code: string): readonly string[] => [...new Set(namesIn(formatOf(code).getAst()))].sort()

/** Where a string that begins at `start` ends. */
const endOfString = (text: string, start: number): number => {
  let at = start + 1
  while (at < text.length && text[at] !== text[start]) at += text[at] === '\\' ? 2 : 1
  return at
}

/** The top-level parts of what is in the brackets that open at `start`, split at commas. */
const partsAt = (text: string, start: number): readonly string[] => {
  const parts: string[] = []
  let depth = 0
  let from = start + 1
  for (let at = start; at < text.length; at++) {
    const char = text[at] ?? ''
    if (`'"\``.includes(char)) at = endOfString(text, at)
    else if ('([{'.includes(char)) depth++
    else if (')]}'.includes(char) && --depth === 0) return [...parts, text.slice(from, at)].map((part) => part.trim()).filter(Boolean)
    else if (char === ',' && depth === 1) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  throw new Error('brackets without an end')
}

interface Call {
  readonly where: string
  readonly code: string
  /** null: not written as an object, so that nobody can tell from here. */
  readonly params: readonly string[] | null
}

/** The names that an object literal has; null where it spreads another one. */
const keysOf = (literal: string): readonly string[] | null => {
  const parts = partsAt(literal, 0)
  return parts.some((part) => part.startsWith('...')) ? null : parts.map((part) => /^\w+/.exec(part)?.[0] ?? part).sort()
}

const calls: readonly Call[] = files.flatMap(({ name, text }) =>
  [...text.matchAll(/\bsentence\(\s*'/g)].map(({ index }) => {
    const [first = '', second] = partsAt(text, text.indexOf('(', index))
    const where = `${name}:${text.slice(0, index).split('\n').length}`
    const params = second === undefined ? [] : second.startsWith('{') ? keysOf(second) : null
    return { where, code: first.slice(1, -1), params }
  }),
)

it('there are calls to look at', () => {
  expect(calls.length).toBeGreaterThan(50)
})

it('no code is in two tables, and each table is sorted by code', () => {
  const codes = tables.flatMap((table) => Object.keys(table))
  expect(codes).toEqual([...new Set(codes)])
  for (const table of tables) expect(Object.keys(table)).toEqual(Object.keys(table).toSorted())
  expect(codes.filter((code) => !/^[a-z][a-z0-9_]*$/.test(code))).toEqual([])
})

it('every template can be read', () => {
  for (const code of Object.keys(templates)) expect(() => formatOf(code).getAst(), code).not.toThrow()
})

it('every code is said somewhere', () => {
  const ofErrors = new Set(errorCodes.map((code) => code.toLowerCase()))
  const prefixes = [...all.matchAll(/`([a-z0-9_]+_)\$\{/g)].map(([, prefix = '']) => prefix)
  const isSaid = (code: string): boolean =>
    ofErrors.has(code) || all.includes(`'${code}'`) || prefixes.some((prefix) => code.startsWith(prefix))
  expect(Object.keys(templates).filter((code) => !isSaid(code))).toEqual([])
})

it('every code of the table of errors has a sentence of its own', () => {
  expect(errorCodes.map((code) => code.toLowerCase()).filter((code) => !Object.hasOwn(templates, code))).toEqual([])
})

it('each call gives the parameters that its template names, and no others', () => {
  const wrong = calls
    .filter(({ code, params }) => params !== null && JSON.stringify(params) !== JSON.stringify(paramsOf(code)))
    .map(({ where, code, params }) => `${where} ${code}: gives ${params?.join(', ')}, the template has ${paramsOf(code).join(', ')}`)
  expect(wrong).toEqual([])
})
