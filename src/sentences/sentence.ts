// What the server says to people, as a code with parameters, so it can be said in any language; the text comes from a table of
// ICU MessageFormat. A leaf: knows tables of sentences and nothing of what they are about.

import { IntlMessageFormat } from 'intl-messageformat'
import { english } from './english.ts'

/** One word for what is said: it never changes its meaning, though the wording may. */
export type SentenceCode = keyof typeof english

/** A number, a name, a time (ISO 8601 UTC), a list of names, or a sentence within the sentence. null: there is none. */
export type Param = string | number | boolean | null | readonly string[] | Sentence | readonly Sentence[]

/** Parameters that are ids: text, as ids are everywhere in the API. */
type IdName = 'campaign' | 'firmware' | 'record' | 'run' | 'task' | 'taskCampaign'

export type Params = { readonly [name: string]: Param } & { readonly [name in IdName]?: string | null }

export interface Sentence {
  readonly code: SentenceCode
  readonly params: Params
}

export const sentence = (code: SentenceCode, params: Params = {}): Sentence => ({ code, params })

/** A language's sentences: code to ICU MessageFormat, with the same parameters in each language. */
export interface Language {
  /** BCP 47, for plurals and numbers. */
  readonly tag: string
  readonly texts: Readonly<Record<SentenceCode, string>>
  /** Between the items of a list. */
  readonly comma: string
  /** Between sentences. */
  readonly semicolon: string
  /** Between the name of a field and what is said of it. */
  readonly colon: string
  /** A text among the parameters of a code, where it is a word of English; any other as it is. undefined: all are shown as they are. */
  readonly word?: (text: string, name: string, code: SentenceCode) => string
}

export const inEnglish: Language = { tag: 'en', texts: english, comma: ', ', semicolon: '; ', colon: ': ' }

type Elements = ReturnType<IntlMessageFormat['getAst']>

/** The value of null in a format, where the table says `null`: the text "null", which a device may well send, is another one. */
const absent = '\0null'

const markAbsent = (elements: Elements): void => {
  for (const element of elements) {
    if (!('options' in element)) continue
    const { options } = element
    if (options['null'] !== undefined) options[absent] = options['null']
    delete options['null']
    for (const option of Object.values(options)) markAbsent(option.value)
  }
}

const newFormat = ({ texts, tag }: Language, code: SentenceCode): IntlMessageFormat => {
  const format = new IntlMessageFormat(texts[code], tag, undefined, { ignoreTag: true })
  markAbsent(format.getAst())
  return format
}

const formats = new WeakMap<Language, Map<SentenceCode, IntlMessageFormat>>()

const formatOf = (language: Language, code: SentenceCode): IntlMessageFormat => {
  const known = formats.get(language) ?? new Map<SentenceCode, IntlMessageFormat>()
  formats.set(language, known)
  const format = known.get(code) ?? newFormat(language, code)
  known.set(code, format)
  return format
}

const isSentence = (param: Param): param is Sentence => typeof param === 'object' && param !== null && 'code' in param

const value = (param: Param, language: Language, shown: (text: string) => string): string | number => {
  if (param === null) return absent
  if (typeof param === 'number') return param
  if (typeof param !== 'object') return shown(String(param))
  if (isSentence(param)) return say(param, language)
  const items: readonly (string | Sentence)[] = param
  const separator = items.every((item) => typeof item === 'string') ? language.comma : language.semicolon
  return items.map((item) => (typeof item === 'string' ? shown(item) : say(item, language))).join(separator)
}

/** The sentence as text. Never throws: where a table lacks a parameter or is malformed, the code is returned instead. */
export const say = ({ code, params }: Sentence, language: Language = inEnglish): string => {
  try {
    const { word = (text: string) => text } = language
    const values = Object.fromEntries(
      Object.entries(params).map(([name, param]) => [name, value(param, language, (text) => word(text, name, code))]),
    )
    return String(formatOf(language, code).format(values)).replaceAll(absent, '')
  } catch {
    return code
  }
}
