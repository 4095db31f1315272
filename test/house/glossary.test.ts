// The glossary of both languages: the tables of sentences and the Chinese pages use its words. Where an English sentence has a term, its
// Chinese one has the term's rendering; no Chinese text has a rendering that the glossary excludes.

import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { inChinese } from '../../src/sentences/chinese.ts'
import { english } from '../../src/sentences/english.ts'
import type { SentenceCode } from '../../src/sentences/sentence.ts'
import { literalsOf } from '../support/message-templates.ts'

const textOf = (page: string): string => readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')

interface Term {
  readonly english: string
  readonly chinese: readonly string[]
  readonly excluded: readonly string[]
}

const listOf = (cell: string): readonly string[] => cell.split(', ').filter((word) => word !== '')

const terms: readonly Term[] = textOf('glossary.md')
  .split('\n')
  .filter((line) => /^\| (?!English|---)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, term = '', chinese = '', excluded = '']) => ({
    english: term.replace(/ \(.*\)$/, ''),
    chinese: listOf(chinese),
    excluded: listOf(excluded),
  }))

/** The documentation, and the texts of the web page. */
const chinesePages = [
  'README.zh-CN.md',
  ...readdirSync(new URL('../../docs/zh/', import.meta.url)).map((name) => `zh/${name}`),
  '../src/ui/text/zh.json',
]

const codes = Object.keys(english) as SentenceCode[]
const proseOf = (template: string): string =>
  literalsOf(template.replaceAll(/`[^`]*`/g, ''))
    .join(' ')
    .replaceAll(/"[^"]*"/g, '')

/** What each code says, without what is typed as it is. */
const proseIn = (texts: Readonly<Record<SentenceCode, string>>) => new Map(codes.map((code) => [code, proseOf(texts[code])] as const))
const [inEnglish, inOther] = [proseIn(english), proseIn(inChinese.texts)]

/** The word alone: no part of a longer one, of a setting, a file or a flag. */
const wordOf = ({ english: term }: Term): RegExp => new RegExp(`(?<![\\w.:/=-])${term}(?:s|es)?(?![\\w/=-]|\\.\\w)`, 'i')

it('the glossary has each term once, with its rendering and its meaning', () => {
  const names = terms.map(({ english: name }) => name)
  expect(names.length).toBeGreaterThan(50)
  expect(names).toEqual([...new Set(names)])
  expect(terms.filter(({ chinese }) => chinese.length === 0)).toEqual([])
  for (const { chinese, excluded } of terms) for (const word of chinese) expect(excluded).not.toContain(word)
})

it('no Chinese text has a rendering that the glossary excludes', () => {
  const texts: readonly (readonly [where: string, text: string])[] = [
    ...inOther,
    ...chinesePages.flatMap((page) =>
      textOf(page)
        .split('\n')
        .map((line, index) => [`${page}:${index + 1}`, line] as const),
    ),
  ]
  const found = terms.flatMap(({ excluded }) =>
    excluded.flatMap((word) => texts.filter(([, text]) => text.includes(word)).map(([where, text]) => `${where}: ${word}: ${text}`)),
  )
  expect(found).toEqual([])
})

/** Sentences in which an English term is another word, or Chinese needs none: by term, and why. */
const otherwise: Readonly<Record<string, Readonly<Record<string, readonly SentenceCode[]>>>> = {
  secret: { 'files with any secrets, not the secret of a device': ['doctor_rights_exposed', 'doctor_rights_ok'] },
  store: { 'to store something': ['doctor_store_failing'], 'the name of the directory': ['doctor_store_missing'] },
  admin: { 'the API of operators': ['admin_has_no_port', 'admin_listen_failed'] },
  token: { 'names of fields': ['sign_in_form'] },
  queued: { 'messages, not tasks': ['migrate_queues_over_total'] },
  notified: { 'what will be done': ['device_unreachable'] },
  failed: {
    'what is wrong with the store': ['store_failed'],
    'a phase that is not passed': ['phase_failed'],
    'the result of a test': ['unit_page_failed'],
  },
  certificate: { 'the record of a unit': ['unit_page_title'] },
  rejected: { 'what a device did': ['abort_figures', 'device_nothing_to_retry'] },
  canceled: { 'what a rule or an operator did': ['abort_figures', 'campaign_canceled_by'] },
  paused: { 'what a rule or an operator did': ['abort_figures', 'campaign_paused_by', 'campaign_paused_by_operator', 'webhook_paused_by'] },
}

const isExcepted = (term: string, code: SentenceCode): boolean =>
  Object.values(otherwise[term] ?? {}).some((excepted) => excepted.includes(code))

/** Sentences with the term in English and without its rendering in Chinese. */
const without = (term: Term): readonly SentenceCode[] => {
  const word = wordOf(term)
  return codes.filter((code) => word.test(inEnglish.get(code) ?? '') && !term.chinese.some((each) => inOther.get(code)?.includes(each)))
}

it('where an English sentence has a term, the Chinese one has its rendering', () => {
  const found = terms.flatMap((term) =>
    without(term)
      .filter((code) => !isExcepted(term.english, code))
      .map((code) => `${term.english}: ${code}: ${english[code]} | ${inChinese.texts[code]}`),
  )
  expect(found).toEqual([])
})

it('every exception is still needed', () => {
  const unneeded = terms.flatMap((term) =>
    Object.values(otherwise[term.english] ?? {})
      .flat()
      .filter((code) => !without(term).includes(code))
      .map((code) => `${term.english}: ${code}`),
  )
  expect(unneeded).toEqual([])
  expect(Object.keys(otherwise).filter((term) => !terms.some((each) => each.english === term))).toEqual([])
})
