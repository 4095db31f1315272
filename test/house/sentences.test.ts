// The tables of sentences against the code that says them: every template can be read, every code is used, none is in two tables, and each
// call gives exactly the parameters that its template names, whatever code and parameters its types allow.

import { IntlMessageFormat } from 'intl-messageformat'
import { afterAll, describe, expect, it } from 'vitest'
import { errorCodes } from '../../src/errors.ts'
import { english } from '../../src/sentences/english.ts'
import { backupSentences } from '../../src/sentences/english-backup.ts'
import { campaignSentences } from '../../src/sentences/english-campaigns.ts'
import { certsSentences } from '../../src/sentences/english-certs.ts'
import { deviceSentences } from '../../src/sentences/english-devices.ts'
import { doctorSentences } from '../../src/sentences/english-doctor.ts'
import { errorSentences } from '../../src/sentences/english-errors.ts'
import { requestSentences } from '../../src/sentences/english-requests.ts'
import { serverSentences } from '../../src/sentences/english-server.ts'
import { siteSentences } from '../../src/sentences/english-site.ts'
import { stationSentences } from '../../src/sentences/english-station.ts'
import { webhookSentences } from '../../src/sentences/english-webhooks.ts'
import { openProgram } from './program.ts'
import { type SentenceCall, sentenceUses } from './sentence-calls.ts'

/** Files in which a call can have any code, and why. */
const anyCode: Readonly<Record<string, string>> = {
  'admin/sentence-views.ts': 'says again what a fault carries',
  'store/task-text.ts': 'says again what was recorded',
}

const head = "import { type Params, type SentenceCode, sentence } from '../sentences/sentence.ts'\n"

/** Calls and other uses that must be found: text, and what is said of it. `body_not_json` has no parameters, `field_too_long` has `most`. */
const wrong: readonly (readonly [text: string, fault: string])[] = [
  ["export const a = sentence('body_not_json', { most: 1 })", 'body_not_json: gives most'],
  ["const params = { least: 1 }\nexport const a = sentence('field_too_long', params)", 'field_too_long: gives least'],
  ["export const a = (is: boolean) => sentence(is ? 'body_not_json' : 'field_too_long', { most: 1 })", 'body_not_json: gives most'],
  ["export const a = (is: boolean) => sentence('field_too_long', is ? { most: 1 } : {})", 'field_too_long: gives ;'],
  ["export const a = (of: { most?: number }) => sentence('field_too_long', { ...of })", 'field_too_long: gives most?'],
  ["export const a = (of: { most: number } | undefined) => sentence('field_too_long', of)", 'field_too_long: gives ;'],
  ["export const a = (of: Params) => sentence('field_too_long', of)", 'field_too_long: gives any'],
  ["export const a = (of: Params) => sentence('field_too_long', { most: 1, ...of })", 'field_too_long: gives any'],
  ["const code = 'field_too_long'\nexport const a = sentence(code)", 'field_too_long: gives ;'],
  ["export const a = (code: 'field_too_long' | 'body_not_json') => sentence(code)", 'field_too_long: gives ;'],
  ["export const a = <C extends 'field_too_long'>(code: C) => sentence(code)", 'field_too_long: gives ;'],
  ['export const a = (code: SentenceCode, params: Params) => sentence(code, params)', 'any code'],
  ["export const a = (...all: ['body_not_json']) => sentence(...all)", 'any code'],
  ["import { sentence as said } from '../sentences/sentence.ts'\nexport const a = said('field_too_long')", 'field_too_long: gives ;'],
  ["import * as all from '../sentences/sentence.ts'\nexport const a = all.sentence('field_too_long')", 'field_too_long: gives ;'],
  ["import * as all from '../sentences/sentence.ts'\nexport const a = all['sentence']('field_too_long')", 'field_too_long: gives ;'],
  ['const said = sentence\nexport const a = said', 'not called'],
  ["export const a = (['body_not_json'] as const).map(sentence)", 'not called'],
  ["export const a = sentence.call(null, 'field_too_long')", 'not called'],
]

/** Quoted codes that say nothing, and a call that is right. */
const quoted = `${head}export type Word = 'task_unknown' | 'queued_behind'
export const word = 'task_unknown'
export const a = (is: boolean) => (is ? sentence('body_not_json') : sentence('field_too_long', { most: 1 }))`

const program = openProgram({
  ...Object.fromEntries(wrong.map(([text], index) => [`wrong-${index}.ts`, head + text])),
  'quoted.ts': quoted,
})

afterAll(() => program.close())

const tables = [
  backupSentences,
  campaignSentences,
  certsSentences,
  deviceSentences,
  doctorSentences,
  errorSentences,
  requestSentences,
  serverSentences,
  siteSentences,
  stationSentences,
  webhookSentences,
]
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

const fileOf = ({ where }: SentenceCall): string => where.split(':')[0] ?? ''

/** The codes of a call; null where it can be any: then nothing is known of its parameters, and it uses none. */
const codesOf = ({ codes }: SentenceCall): readonly string[] | null => (codes?.length === Object.keys(templates).length ? null : codes)

const differs = (shape: readonly string[] | null, code: string): boolean => JSON.stringify(shape) !== JSON.stringify(paramsOf(code))

const faultsOf = (call: SentenceCall): readonly string[] =>
  codesOf(call)?.flatMap((code) =>
    call.params
      .filter((shape) => differs(shape, code))
      .map((shape) => `${call.where} ${code}: gives ${shape?.join(', ') ?? 'any'}; the template has ${paramsOf(code).join(', ')}`),
  ) ?? [`${call.where} any code`]

const isExcepted = (call: SentenceCall): boolean => codesOf(call) === null && Object.hasOwn(anyCode, fileOf(call))

const { calls, uncalled } = sentenceUses(program, program.sources)
const planted = sentenceUses(program, program.planted)

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

const saidBy = (of: readonly SentenceCall[]): readonly string[] => [...new Set(of.flatMap((call) => codesOf(call) ?? []))].sort()

it('every code is said somewhere', () => {
  const said = saidBy(calls)
  expect(Object.keys(templates).filter((code) => !said.includes(code))).toEqual([])
})

it('a code that is only quoted is not said', () => {
  expect(saidBy(planted.calls.filter((call) => fileOf(call) === 'planted/quoted.ts'))).toEqual(['body_not_json', 'field_too_long'])
})

it('every code of the table of errors has a sentence of its own', () => {
  expect(errorCodes.map((code) => code.toLowerCase()).filter((code) => !Object.hasOwn(templates, code))).toEqual([])
})

it('each call gives the parameters that its template names, and no others', () => {
  expect(calls.filter((call) => !isExcepted(call)).flatMap(faultsOf)).toEqual([])
})

it('the function is called wherever it is named', () => {
  expect(uncalled).toEqual([])
})

it('every exception is still needed', () => {
  const needed = new Set(calls.filter(isExcepted).map(fileOf))
  expect(Object.keys(anyCode).filter((file) => !needed.has(file))).toEqual([])
})

describe('a call that gives something else is found', () => {
  const faults = [...planted.calls.flatMap(faultsOf), ...planted.uncalled.map((where) => `${where} not called`)]
  it.each(wrong.map(([text, fault], index) => ({ text, fault, file: `planted/wrong-${index}.ts` })))('$text', ({ file, fault }) => {
    expect(faults.filter((each) => each.startsWith(`${file}:`)).join('\n')).toContain(fault)
  })

  it('and a right one is not', () => {
    expect(faults.filter((each) => each.startsWith('planted/quoted.ts:'))).toEqual([])
  })
})
