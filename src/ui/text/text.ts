// What the page itself says, by key, in English and 中文; numbers, dates and relative times as the language writes them. What the server says
// comes from the server in the same language. What only one view says is loaded with that view. Knows no view.

import { computed, signal } from '@preact/signals'
import type campaignsEn from './campaigns-en.json'
import type devicesEn from './devices-en.json'
import type en from './en.json'
import type firmwareEn from './firmware-en.json'
import type logEn from './log-en.json'
import type settingsEn from './settings-en.json'
import type stationsEn from './stations-en.json'
import { readStored, writeStored } from './stored.ts'

export type Language = 'en' | 'zh'
/** `x.one` and `x.other` are asked for as `x`, with the number `n`. */
type Whole =
  | keyof typeof en
  | keyof typeof campaignsEn
  | keyof typeof devicesEn
  | keyof typeof firmwareEn
  | keyof typeof logEn
  | keyof typeof settingsEn
  | keyof typeof stationsEn
export type TextKey = Whole extends infer K ? (K extends `${infer Base}.one` ? Base : K extends `${string}.other` ? never : K) : never
export type TextParams = Readonly<Record<string, string | number>>

type Table = Readonly<Record<string, string>>

/** What only one view says: its keys begin with the name. */
const ofViews = {
  campaigns: { en: () => import('./campaigns-en.json'), zh: () => import('./campaigns-zh.json') },
  devices: { en: () => import('./devices-en.json'), zh: () => import('./devices-zh.json') },
  firmware: { en: () => import('./firmware-en.json'), zh: () => import('./firmware-zh.json') },
  log: { en: () => import('./log-en.json'), zh: () => import('./log-zh.json') },
  settings: { en: () => import('./settings-en.json'), zh: () => import('./settings-zh.json') },
  stations: { en: () => import('./stations-en.json'), zh: () => import('./stations-zh.json') },
} as const satisfies Readonly<Record<string, Readonly<Record<Language, () => Promise<{ readonly default: Table }>>>>>
export type TextsOfView = keyof typeof ofViews

/** What the page says wherever it is: of the other language nobody loads it. */
const ofPage: Readonly<Record<Language, () => Promise<{ readonly default: Table }>>> = {
  en: () => import('./en.json'),
  zh: () => import('./zh.json'),
}

const tables: Record<Language, Table | null> = { en: null, zh: null }
const wanted = new Set<TextsOfView>()
const loaded = new Set<string>()

const loadPage = async (language: Language): Promise<void> => {
  if (loaded.has(language)) return
  const { default: table } = await ofPage[language]()
  loaded.add(language)
  tables[language] = { ...tables[language], ...table }
}

const loadOne = async (name: TextsOfView, language: Language): Promise<void> => {
  if (loaded.has(`${name} ${language}`)) return
  const { default: table } = await ofViews[name][language]()
  loaded.add(`${name} ${language}`)
  tables[language] = { ...tables[language], ...table }
}

/** Resolves when the texts of the view are there in the language of the page. */
export const loadTexts = async (name: TextsOfView): Promise<void> => {
  wanted.add(name)
  await Promise.all([loadPage(language.peek()), loadOne(name, language.peek())])
}
const tags: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-CN' }

const stored = 'fogbell.language'

/** The one that was chosen here, or the browser's. */
const preferred = (): Language => {
  const chosen = readStored('local', stored)
  if (chosen === 'en' || chosen === 'zh') return chosen
  const found = navigator.languages.find((each) => /^(?:en|zh)\b/i.test(each))
  return found !== undefined && /^zh/i.test(found) ? 'zh' : 'en'
}

export const language = signal<Language>('en')
const tag = computed(() => tags[language.value])

const use = async (next: Language): Promise<void> => {
  await Promise.all([loadPage(next), ...[...wanted].map((name) => loadOne(name, next))])
  language.value = next
  document.documentElement.lang = tags[next]
}

/** Resolves when the texts are there; where those of one language cannot be loaded, in the other. */
export const startLanguage = async (): Promise<void> => {
  const first = preferred()
  await use(first).catch(() => use(first === 'en' ? 'zh' : 'en'))
}

export const chooseLanguage = (next: Language): Promise<void> => {
  writeStored('local', stored, next)
  return use(next)
}

const plurals = computed(() => new Intl.PluralRules(tag.value))
const numbers = computed(() => new Intl.NumberFormat(tag.value, { maximumFractionDigits: 1 }))

/** A number as the language writes it. */
export const number = (value: number): string => numbers.value.format(value)

/** The text of a key with its parameters in it; numbers are formatted. Of a key with `.one` and `.other`, `n` decides. */
export const text = (key: TextKey, params: TextParams = {}): string => {
  const table = tables[language.value] ?? {}
  const { n } = params
  const found = table[key] ?? table[`${key}.${typeof n === 'number' ? plurals.value.select(n) : 'other'}`] ?? table[`${key}.other`] ?? key
  return found.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name]
    return value === undefined ? whole : typeof value === 'number' ? number(value) : value
  })
}

/** Names as a list: `a, b and c`, `a、b、c`. */
export const listed = (items: readonly string[]): string =>
  language.value === 'zh' ? items.join('、') : new Intl.ListFormat(tag.value, { type: 'conjunction' }).format(items)

/** Sentences one after another. */
export const paragraph = (sentences: readonly string[]): string =>
  sentences.filter((each) => each !== '').join(language.value === 'zh' ? '' : ' ')

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Bytes with three digits and their unit. */
export const bytes = (value: number): string => {
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(value) / Math.log(1024)))
  const scaled = value / 1024 ** power
  const digits = power === 0 || scaled >= 100 ? 0 : 1
  return `${new Intl.NumberFormat(tag.value, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(scaled)} ${units[power]}`
}

const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone
/** The browser's, in which all times are shown. */
export const timeZone = (): string => zone

const dates = computed(() => new Intl.DateTimeFormat(tag.value, { dateStyle: 'medium', timeStyle: 'medium' }))
/** Date and time to the second, in the browser's zone. `at`: milliseconds; what is no moment gives nothing. */
export const dateTime = (at: number): string => (Number.isFinite(new Date(at).getTime()) ? dates.value.format(at) : '–')

const relatives = computed(
  () => new Intl.RelativeTimeFormat(tag.value, { numeric: 'always', style: language.value === 'zh' ? 'short' : 'long' }),
)
const steps = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** `3 minutes ago`. Both in milliseconds. */
export const ago = (at: number, now: number): string => {
  const distance = at - now
  if (Number.isNaN(distance)) return '–'
  const [unit, size] = steps.find(([, each]) => Math.abs(distance) >= each) ?? ['second', 1000]
  const count = Math.trunc(distance / size)
  return count === 0 ? text('time.now') : relatives.value.format(count, unit)
}

/** What the server says, with its times (ISO 8601 UTC) as the page shows times. */
export const withOwnTimes = (said: string): string =>
  said.replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (at) => (Number.isNaN(Date.parse(at)) ? at : dateTime(Date.parse(at))))

/** How long, in its two largest units: `1 h 20 min`. */
export const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  const parts = [
    ['time.days', Math.floor(whole / 86_400)],
    ['time.hours', Math.floor((whole % 86_400) / 3600)],
    ['time.minutes', Math.floor((whole % 3600) / 60)],
    ['time.seconds', whole % 60],
  ] as const
  const first = parts.findIndex(([, count]) => count > 0)
  if (first < 0) return text('time.seconds', { n: 0 })
  const shown = parts.slice(first, first + 2).filter(([, count]) => count > 0)
  return shown.map(([key, n]) => text(key, { n })).join(' ')
}
