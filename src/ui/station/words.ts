// What the screen itself says, in both languages at once: the station decides which one, and some of it is said in both. The texts are files beside
// the scripts.

import type en from '../text/station-en.json'

export type StationLanguage = 'en' | 'zh'
export type StationKey = keyof typeof en
type Params = Readonly<Record<string, string | number>>
type Table = Readonly<Record<string, string>>

const tables: Record<StationLanguage, Table> = { en: {}, zh: {} }

const read = async (language: StationLanguage, url: URL): Promise<void> => {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`status ${response.status}`)
  tables[language] = (await response.json()) as Table
}

/** Resolves when all can be said. */
export const loadWords = async (): Promise<void> => {
  await Promise.all([
    read('en', new URL('../text/station-en.json', import.meta.url)),
    read('zh', new URL('../text/station-zh.json', import.meta.url)),
  ])
}

export const tags: Readonly<Record<StationLanguage, string>> = { en: 'en', zh: 'zh-CN' }

export const say = (language: StationLanguage, key: StationKey, params: Params = {}): string =>
  (tables[language][key] ?? '').replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole))

export const browserLanguage = (): StationLanguage =>
  navigator.languages.find((each) => /^(?:en|zh)\b/i.test(each))?.startsWith('zh') ? 'zh' : 'en'

const two = (value: number): string => String(value).padStart(2, '0')

/** The time of day in the browser's zone, to the second. */
export const clock = (at: number): string => {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? '–' : [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
}

const day = (date: Date): string => [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')

const localTime = (at: string): string => {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return at
  return day(date) === day(new Date()) ? clock(date.getTime()) : `${day(date)} ${clock(date.getTime())}`
}

/** What the server says, with its times (ISO 8601 UTC) as a clock on the wall shows them. */
export const localTimes = (said: string): string => said.replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, localTime)

/** How long ago, in its largest unit. */
export const age = (language: StationLanguage, ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return say(language, 'station.time.seconds', { n: seconds })
  if (seconds < 3600) return say(language, 'station.time.minutes', { n: Math.floor(seconds / 60) })
  return say(language, 'station.time.hours', { n: Math.floor(seconds / 3600) })
}
