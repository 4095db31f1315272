// The Chinese table against the English one: the same parameters, told apart by the same values, the same commands; every sentence can be said,
// and is typeset as Chinese is.

import { expect, it } from 'vitest'
import { inChinese } from '../../src/sentences/chinese.ts'
import { english } from '../../src/sentences/english.ts'
import { type Param, type SentenceCode, say, sentence } from '../../src/sentences/sentence.ts'
import { literalsOf, samplesOf, type Use, usesOf } from '../support/message-templates.ts'

const codes = Object.keys(english) as SentenceCode[]
const chinese = inChinese.texts

const none: Use = { kinds: new Set(), options: new Set() }
const isExact = (option: string): boolean => option.startsWith('=') || option === 'null'

/** What a reader of one language learns and one of the other does not. */
const differences = (code: SentenceCode): readonly string[] => {
  const [one, other] = [usesOf(english[code]), usesOf(chinese[code])]
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((name) => {
    const [en = none, zh = none] = [one.get(name), other.get(name)]
    const isNumber = en.kinds.has('number') || en.kinds.has('plural')
    const words = [...zh.options].filter((option) => !isExact(option) && option !== 'other')
    return [
      ...(one.has(name) && other.has(name) ? [] : [`${code}: ${name} is in one of them only`]),
      ...((zh.kinds.has('number') || zh.kinds.has('plural')) && !isNumber ? [`${code}: ${name} is no number in English`] : []),
      ...(isNumber && zh.kinds.has('select') && !en.kinds.has('select') ? [`${code}: ${name} is a number in English`] : []),
      ...(zh.kinds.has('plural') && words.length > 0 ? [`${code}: ${name} has plurals that Chinese lacks: ${words.join()}`] : []),
      ...[...en.options].flatMap((option) =>
        zh.options.has(option) || (en.kinds.has('plural') && !isExact(option)) || option === 'other'
          ? []
          : [`${code}: ${name} is not told apart by ${option}`],
      ),
      // A word of the API is translated by a choice; where English itself chooses, both choose alike.
      ...(en.kinds.has('argument') || en.kinds.has('plural')
        ? []
        : [...zh.options].filter((option) => !en.options.has(option)).map((option) => `${code}: ${name} has ${option} only in Chinese`)),
    ]
  })
}

/** What is typed or looked for as it is: commands, flags, settings, headers, files, addresses. */
const literalWords = (template: string): readonly string[] => {
  const text = literalsOf(template).join(' ')
  const patterns = [
    /--[a-z][a-z-]*/g,
    /\bfogbell (?:[a-z-]+(?: |$))+/g,
    /\b[a-z]+(?:\.[A-Za-z]+)+\b/g,
    /\b[A-Za-z]+=[A-Z_0-9]*/g,
    /\b(?:https?|mqtts?|wss?):\/\/[^\s,，、；。：]*/g,
    /\b[a-z]+[A-Z][A-Za-z]+\b/g,
    /\b[A-Z]{4,}\b/g,
  ]
  return [
    ...[...template.matchAll(/`[^`]*`/g)].map(([command]) => command),
    ...patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([found]) => found.trim())),
  ]
}

it('every sentence has the same parameters in both languages, told apart by the same values', () => {
  expect(codes.flatMap(differences)).toEqual([])
})

it('the tables have the same codes in the same order', () => {
  expect(Object.keys(chinese)).toEqual(codes)
})

/** Sentences with words in Chinese that English does not have as such, and why. */
const otherWords: Readonly<Record<string, string>> = {
  connection_ended_protocol_error: 'the reasons are words of the API in English',
  message_dropped: 'the reasons are words of the API in English',
  multicast_unusable: 'multicast DNS is mDNS',
}

it('every sentence has the same commands, settings and addresses in both languages', () => {
  const words = (template: string): string => [...new Set(literalWords(template))].sort().join(' ¦ ')
  const differ = codes.filter((code) => words(chinese[code]) !== words(english[code]))
  expect(
    differ.filter((code) => !Object.hasOwn(otherWords, code)).map((code) => [code, words(english[code]), words(chinese[code])]),
  ).toEqual([])
  expect(Object.keys(otherWords).filter((code) => !differ.some((each) => each === code))).toEqual([])
})

// ---------------------------------------------------------------- said with samples

/** Parameters that are sentences themselves, or can be. */
const sentences = new Set(
  [
    'why said ended none rules details remedy holder words figures as_text.text value_or_file.value value_or_null.value',
    'setting_invalid.expected setting_missing.expected secret_file_invalid.expected message_dropped.detail',
    'and_the_last_one.none fault_at.fault device_list_invalid.fault mqtt_user_fault.fault campaign_faults.faults request_invalid.faults',
    'mqtt_users_invalid.faults store_files_faulty.faults status_and_end.status end_and_status.status step_first.wanted setting_invalid.found host_invalid.found',
    'listener_url_invalid.found public_url_invalid.found note_ended.step note_ended.desc note_ended.bytes retry_refused.devices',
  ].flatMap((line) => line.split(' ')),
)
const isSentence = (code: SentenceCode, name: string): boolean => sentences.has(name) || sentences.has(`${code}.${name}`)

/** A code with parameters that lead into each of its branches. `inner`: what the sentences within it say. */
const saidBy = (code: SentenceCode, inner = 'x1'): readonly string[] =>
  samplesOf(chinese[code], (name): Param => (isSentence(code, name) ? sentence('as_text', { text: inner }) : 'x1')).map((params) =>
    say(sentence(code, params), inChinese),
  )

/** Sentences that only carry other ones, or a command. */
const carriers = new Set<string>(
  [
    'as_text campaign_abort_rules end_step end_words mqtt_users_invalid doctor_marker_unreadable doctor_not_looked_at doctor_settings_fault',
    'doctor_store_damaged doctor_try_chmod doctor_try_reload message_dropped mqtt_user_fault fault_at note_words note_step_code status_and_end',
    'with_end note_ended end_and_status',
  ].flatMap((line) => line.split(' ')),
)

const han = /\p{Script=Han}/u

it('every sentence can be said in Chinese, in each of its branches', () => {
  const said = codes.map((code) => [code, saidBy(code)] as const)
  // Where it cannot, `say` returns the code.
  expect(said.filter(([code, texts]) => texts.some((text) => text === code || /[{}]\s*(select|plural)|\0/.test(text)))).toEqual([])
  expect(said.filter(([code, texts]) => !carriers.has(code) && !texts.some((text) => han.test(text)))).toEqual([])
})

it('every sentence that ends with a full stop does so in both languages', () => {
  const ends = (template: string, stop: string): boolean => template.endsWith(stop)
  expect(codes.filter((code) => ends(english[code], '.') !== ends(chinese[code], '。'))).toEqual([])
})

/** Without what is typed as it is. */
const prose = (text: string): string => text.replaceAll(/`[^`]*`/g, 'x1').replaceAll(/"[^"]*"|::/g, 'x1')

const faults: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['no space between Chinese and Latin or digits', /\p{Script=Han}[A-Za-z0-9`"$]|[A-Za-z0-9`"%]\p{Script=Han}/u],
  ['a space beside full-width punctuation', /[，。；：？！（）、“”] | [，。；：？！）、”]/],
  ['half-width punctuation in Chinese', /\p{Script=Han} ?[,;:!?()]|[,;!?()] ?\p{Script=Han}|\p{Script=Han}\./u],
  ['two spaces', / {2}/],
  ['a space between Chinese words', /\p{Script=Han} \p{Script=Han}/u],
  ['a space at an end', /^ | $/],
  ['two marks in a row', /[，；：、][，。；：、]/],
  ['a word that is not wanted', /被|您|进行了|我们|的话/],
]

it('every sentence is typeset as Chinese is', () => {
  // 、 within a list of names is a parameter's; parts that follow another sentence begin with their mark.
  const found = codes.flatMap((code) =>
    ['x1', '甲'].flatMap((inner) =>
      saidBy(code, inner).flatMap((text) =>
        faults.filter(([, pattern]) => pattern.test(prose(text)) && !carriers.has(code)).map(([what]) => `${code}: ${what}: ${text}`),
      ),
    ),
  )
  expect([...new Set(found)]).toEqual([])
})

/** Names, fields, values and words of protocols, which are typed or said as they are. Those in capitals need only be in the English sentence. */
const latin = new Set(
  [
    'Broker ID CA MQTT CONNECT SUBSCRIBE JSON NUL mDNS UTF-8',
    'client id username name password token code station level store hash',
    'cert key ca url only overview page among messages Webhook count percent tag step identity method module params version',
    'closed true false null mqtt mqtts ws wss http https',
    'fogbell certs init sudo openssl pkey in out daily scrypt r p salt',
  ].flatMap((line) => line.split(' ')),
)
/** What no word of prose looks like. */
const isTechnical = (word: string): boolean => /[A-Z0-9._/+-]/.test(word)

it('no English word is left', () => {
  const found = codes.flatMap((code) => {
    const text = literalsOf(chinese[code].replaceAll(/`[^`]*`/g, ''))
      .join(' ')
      .replaceAll(/"[^"]*"|--[a-z-]+/g, '')
    const same = literalsOf(english[code]).join(' ')
    return [...text.matchAll(/[A-Za-z][\w.+/-]*/g)]
      .map(([word]) => word)
      .filter((word) => !latin.has(word) && !(isTechnical(word) && same.includes(word)))
      .map((word) => `${word} (${code})`)
  })
  expect([...new Set(found)].sort()).toEqual([])
})
