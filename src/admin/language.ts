// The language of an answer: which one a request asks for (RFC 9110 §12.5.4), and its sentences said in it. Views are made in English; here, in
// one place, whatever has a code and parameters beside a text is said again. Knows no route.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { inChinese } from '../sentences/chinese.ts'
import { inEnglish, type Language, type Params, type Sentence, type SentenceCode, say } from '../sentences/sentence.ts'

// ---------------------------------------------------------------- which one

const languages = [inEnglish, inChinese]

interface Asked {
  readonly tag: string
  readonly quality: number
}

const askedOf = (range: string): Asked => {
  const [tag = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
  const quality = parameters.find((each) => each.startsWith('q='))?.slice(2)
  return { tag, quality: quality === undefined ? 1 : Number(quality) }
}

/** By its first part: zh-CN, zh-Hans and zh-TW are all 中文, and `*` is what is said unasked. */
const named = (tag: string): Language | undefined => (tag === '*' ? inEnglish : languages.find((one) => one.tag === tag.split('-')[0]))

/** The language of an Accept-Language, or of a tag; English where none of ours is acceptable. */
export const languageOf = (accepted: string | undefined): Language => {
  if (accepted === undefined || !/zh/i.test(accepted)) return inEnglish
  let [best, highest]: [Language, number] = [inEnglish, 0]
  for (const { tag, quality } of accepted.split(',').map(askedOf)) {
    const language = named(tag)
    if (language !== undefined && quality > highest) [best, highest] = [language, quality]
  }
  return best
}

/** Of a stream, or of an answer. */
export const languageHeaders = ({ tag }: Language) => ({ 'content-language': tag, vary: 'accept-language' })

// ---------------------------------------------------------------- said in it

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const isParams = (value: unknown): value is Params => isFields(value)

const sentenceIn = (code: unknown, params: unknown, { texts }: Language): Sentence | null => {
  const isCode = (text: unknown): text is SentenceCode => typeof text === 'string' && Object.hasOwn(texts, text)
  return isCode(code) && isParams(params) ? { code, params } : null
}

/** Where a text is beside its `code` and `params`. */
const textNames = ['text', 'note', 'message'] as const

const textsOf = (language: Language, fields: Fields): Fields => {
  // A run's `code` is a word of its own, and that of its sentence is beside it.
  const said = sentenceIn(fields['textCode'] ?? fields['code'], fields['params'], language)
  const name = said === null ? undefined : textNames.find((each) => typeof fields[each] === 'string')
  return said === null || name === undefined ? {} : { [name]: say(said, language) }
}

/** A problem says two: what happened, and what errors of its code have in common. */
const problemTexts = (language: Language, { code, detail, detailCode, title, params }: Fields): Fields => {
  const said = typeof detail === 'string' ? sentenceIn(detailCode, params, language) : null
  if (said === null) return {}
  const general = typeof title === 'string' ? sentenceIn(String(code).toLowerCase(), {}, language) : null
  return { detail: say(said, language), ...(general === null ? {} : { title: say(general, language) }) }
}

const lineOf = (language: Language, warning: unknown): string => {
  const { path, text, code, params }: Fields = isFields(warning) ? warning : {}
  const said = sentenceIn(code, params, language)
  const line = said === null ? String(text) : say(said, language)
  return typeof path === 'string' ? `${path}${language.colon}${line}` : line
}

/** `warnings` as lines follow from `warningDetails`. */
const warningLines = (language: Language, { warnings, warningDetails }: Fields): Fields =>
  Array.isArray(warnings) && Array.isArray(warningDetails) ? { warnings: warningDetails.map((each) => lineOf(language, each)) } : {}

/** The fields that are said otherwise, at this object and below; undefined: none. */
const changesOf = (language: Language, fields: Fields): Fields | undefined => {
  let changes: Record<string, unknown> | undefined
  for (const name of Object.keys(fields)) {
    const before = fields[name]
    if (typeof before !== 'object' || before === null || name === 'params') continue
    const after = sayIn(language, before)
    if (after !== before) changes = Object.assign(changes ?? {}, { [name]: after })
  }
  if (!('params' in fields) && !('warningDetails' in fields)) return changes
  const own = { ...textsOf(language, fields), ...problemTexts(language, fields), ...warningLines(language, fields) }
  return Object.keys(own).length === 0 ? changes : { ...changes, ...own }
}

const listIn = <T>(language: Language, list: readonly T[]): readonly T[] => {
  let result: T[] | undefined
  for (const [index, before] of list.entries()) {
    const after = sayIn(language, before)
    if (after === before) continue
    result ??= [...list]
    result[index] = after
  }
  return result ?? list
}

/** The JSON value with every sentence in that language. What is given is not changed; without sentences it is returned itself. */
export const sayIn = <T>(language: Language, value: T): T => {
  if (language === inEnglish || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return listIn(language, value) as T
  const changes = changesOf(language, value as Fields)
  return changes === undefined ? value : { ...value, ...changes }
}

/** An answer in the language of its request, with the headers that say so. */
export const inLanguageOf = <T>({ headers }: FastifyRequest, reply: FastifyReply, answer: T): T => {
  const language = languageOf(headers['accept-language'])
  void reply.headers(languageHeaders(language))
  return sayIn(language, answer)
}
