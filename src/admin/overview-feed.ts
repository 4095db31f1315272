// The figures of the overview for all who watch: computed once a second while anybody does, and only what has changed is sent. Knows no HTTP.

import { inEnglish, type Language } from '../sentences/sentence.ts'
import { sayIn } from './language.ts'
import type { FiguresJson } from './overview-schemas.ts'

export interface OverviewWatcher {
  /** undefined: English. */
  readonly language?: Language
  /** Takes the text of a JSON object; false: it takes no more until `refresh`. Must not throw. */
  send(json: string): boolean
}

export interface Watching {
  /** It can take more again: what it missed is sent whole. */
  refresh(): void
  close(): void
}

export interface OverviewFeed {
  /** Everything first, then what has changed, at most once a second. */
  watch(watcher: OverviewWatcher): Watching
  close(): void
}

const feedMs = 1000

type Texts = ReadonlyMap<string, string>

/** Each figure as text: what is compared and sent. */
const textsOf = (figures: FiguresJson): Texts => new Map(Object.entries(figures).map(([name, value]) => [name, JSON.stringify(value)]))

const objectOf = (texts: Iterable<readonly [string, string]>): string =>
  `{${[...texts].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`

/** What differs, with the time; null: nothing does. */
const changesOf = (before: Texts, after: Texts): string | null => {
  const changed = [...after].filter(([name, text]) => name === 'at' || before.get(name) !== text)
  return changed.length > 1 ? objectOf(changed) : null
}

type InLanguage = (language: Language) => string

/** A JSON text with its sentences in each language that is asked for, each made once. */
const inEach = (json: string): InLanguage => {
  const made = new Map<Language, string>()
  return (language) => {
    const text = made.get(language) ?? (language === inEnglish ? json : JSON.stringify(sayIn(language, JSON.parse(json))))
    made.set(language, text)
    return text
  }
}

interface Watched {
  readonly watcher: OverviewWatcher
  /** It has seen what was sent last. */
  isCurrent: boolean
  isBlocked: boolean
}

/** Calls the work once a second, until the function that it returns is called. */
const everySecond = (work: () => void): (() => void) => {
  const timer = setInterval(work, feedMs).unref()
  return () => clearInterval(timer)
}

/** `every`: as `everySecond`; a test calls the work itself. */
export const createOverviewFeed = (
  read: () => Promise<FiguresJson>,
  failed: (error: unknown) => void,
  every: typeof everySecond = everySecond,
): OverviewFeed => {
  const all = new Set<Watched>()
  let texts: Texts = new Map()
  /** All of them as one object; undefined: they have not been read since somebody watches. */
  let whole: InLanguage | undefined
  let end: (() => void) | undefined
  let isReading = false
  const sendTo = (one: Watched, inLanguage: InLanguage): void => {
    one.isBlocked = !one.watcher.send(inLanguage(one.watcher.language ?? inEnglish))
    one.isCurrent = true
  }
  const round = async (): Promise<void> => {
    const after = textsOf(await read())
    if (end === undefined) return
    const changed = changesOf(texts, after)
    const changes = changed === null ? null : inEach(changed)
    texts = after
    whole = inEach(objectOf(after))
    for (const one of all) {
      if (one.isBlocked) one.isCurrent = one.isCurrent && changes === null
      else if (!one.isCurrent) sendTo(one, whole)
      else if (changes !== null) sendTo(one, changes)
    }
  }
  const tick = (): void => {
    if (isReading) return
    isReading = true
    void round()
      .catch(failed)
      .finally(() => {
        isReading = false
      })
  }
  /** At once, from what was read last: however often pages come, nothing more is read, and the others are sent nothing. */
  const sendAll = (one: Watched): void => {
    if (whole === undefined) tick()
    else sendTo(one, whole)
  }
  const stop = (): void => {
    end?.()
    end = undefined
    texts = new Map()
    whole = undefined
  }
  return {
    watch(watcher) {
      const one: Watched = { watcher, isCurrent: false, isBlocked: false }
      all.add(one)
      end ??= every(tick)
      sendAll(one)
      return {
        refresh() {
          if (!one.isBlocked) return
          one.isBlocked = false
          if (!one.isCurrent) sendAll(one)
        },
        close() {
          all.delete(one)
          if (all.size === 0) stop()
        },
      }
    },
    close: stop,
  }
}
