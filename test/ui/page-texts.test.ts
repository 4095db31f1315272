// The page's texts: each key in both languages, each used, none of them written into a view.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { endReasonWords } from '../../src/sentences/chinese-words.ts'

const root = fileURLToPath(new URL('../../src/ui', import.meta.url))
type Table = Readonly<Record<string, string>>
const tableOf = (name: string): Table => JSON.parse(readFileSync(join(root, `text/${name}.json`), 'utf8'))
/** Those of all views, and those that are loaded with one view. */
const views = readdirSync(join(root, 'text')).flatMap((name) => /^(\w+)-en\.json$/.exec(name)?.[1] ?? [])
const allOf = (language: 'en' | 'zh'): Table =>
  Object.assign({}, tableOf(language), ...views.map((view) => tableOf(`${view}-${language}`))) as Table
const en = allOf('en')
const zh = allOf('zh')

const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
  .map((name) => ({ name, source: readFileSync(join(root, name), 'utf8') }))

const baseOf = (key: string): string => key.replace(/\.(?:one|other)$/, '')

it('English and 中文 have the same keys, but for the singular that Chinese does not have', () => {
  const expected = Object.keys(en).filter((key) => !key.endsWith('.one'))
  expect(Object.keys(zh).toSorted()).toEqual(expected.toSorted())
  for (const name of ['en', 'zh', ...views.flatMap((view) => [`${view}-en`, `${view}-zh`])]) {
    const keys = Object.keys(tableOf(name))
    expect([name, keys]).toEqual([name, keys.toSorted()])
  }
  for (const key of Object.keys(en).filter((each) => each.endsWith('.one'))) expect(en).toHaveProperty([`${baseOf(key)}.other`])
})

const paramsIn = (text: string): readonly string[] => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name))].sort()

it('both languages have the same parameters in each text', () => {
  const differing = Object.keys(zh).filter((key) => String(paramsIn(en[key] ?? '')) !== String(paramsIn(zh[key] ?? '')))
  expect(differing).toEqual([])
})

/** Calls with a key and its parameters written out: those that the text needs, and those that it is given. */
const calls = sources.flatMap(({ name, source }) =>
  [...source.matchAll(/\btext\('([\w.]+)'(?:, \{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\})?\)/g)].map(([, key = '', given = '']) => {
    // A moment is put in by parts/said-when.tsx.
    const needed = paramsIn(en[key] ?? en[`${key}.other`] ?? '').filter((param) => param !== 'when')
    return { name, key, given, missing: needed.filter((param) => !new RegExp(`(?:^|[\\s,{])${param}\\s*(?=[,:]|$)`).test(given.trim())) }
  }),
)

it('no text is asked for without what is put into it', () => {
  expect(calls.length).toBeGreaterThan(300)
  const bare = calls.filter(({ given, missing }) => !given.includes('...') && missing.length > 0)
  expect(bare.map(({ name, key, missing }) => `${name}: ${key} lacks ${missing.join(', ')}`)).toEqual([])
})

/** Keys in quotes, and the beginnings of those that a view completes, as in `task.state.${state}`. */
const used = new Set(sources.flatMap(({ source }) => [...source.matchAll(/['`]([a-z][\w]*(?:\.[\w]+)+)['`]/gi)].map(([, key = '']) => key)))
const begun = new Set(sources.flatMap(({ source }) => [...source.matchAll(/`([a-z]\w*(?:\.\w+)*\.)\$\{/gi)].map(([, start = '']) => start)))

it('each text is used', () => {
  const isUsed = (key: string): boolean => used.has(baseOf(key)) || used.has(key) || [...begun].some((start) => key.startsWith(start))
  expect(Object.keys(en).filter((key) => !isUsed(key))).toEqual([])
})

it('what is loaded with a view is named after it, and said nowhere else', () => {
  for (const view of views) {
    expect(Object.keys(tableOf(`${view}-en`)).filter((key) => !key.startsWith(`${view}.`))).toEqual([])
    expect(Object.keys(tableOf('en')).filter((key) => key.startsWith(`${view}.`))).toEqual([])
    const elsewhere = sources.filter(
      ({ name, source }) =>
        !name.startsWith(`app/${view}/`) && !name.startsWith(`${view}/`) && new RegExp(`['\`]${view}\\.\\w`).test(source),
    )
    expect(elsewhere.map(({ name }) => name)).toEqual([])
  }
})

/** What is between tags, and what attributes for people have, without what is computed. */
const literalsIn = (source: string): readonly string[] => {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '')
  const between = [...code.matchAll(/(?<![=\s])>([^<>{}=;()]*)<(?=[/a-z])/gi)].map(([, text = '']) => text)
  const attributes = [...code.matchAll(/\b(?:title|label|placeholder|aria-label|alt|hint)="([^"]*)"/g)].map(([, text = '']) => text)
  return [...between, ...attributes].map((text) => text.trim()).filter((text) => /\p{L}{2}/u.test(text))
}

it('no view says something that is not in the tables', () => {
  const said = sources.flatMap(({ name, source }) => (name.endsWith('.tsx') ? literalsIn(source).map((text) => `${name}: ${text}`) : []))
  expect(said).toEqual(['app/bar.tsx: Fogbell', 'app/sign-in.tsx: Fogbell'])
})

it('finds what is written into a view', () => {
  expect(literalsIn('<p class="x">Hello there</p>')).toEqual(['Hello there'])
  expect(literalsIn('<Figure name={x} aria-label="So much" />')).toEqual(['So much'])
})

it('中文 says how an update failed as the server says it, and percent without a space', () => {
  const failures = [
    'upgrade_error',
    'download_error',
    'verify_error',
    'burn_error',
    'device_error',
    'unexpected_version',
    'rolled_back',
  ] as const
  for (const reason of [...failures, 'no_response', 'upgrade', 'stall'] as const)
    expect([reason, zh[`task.reason.${reason}`]]).toEqual([reason, endReasonWords[reason]])
  expect(Object.values(zh).filter((each) => each.includes('} %'))).toEqual([])
})

it('a moment has its place in the sentence, as each language orders them', () => {
  for (const key of ['campaigns.madeAt', 'campaigns.startedAt', 'campaigns.endedAt', 'campaigns.stepAt']) {
    expect(en[key]).toMatch(/ \{when\}$/)
    expect(zh[key]).toMatch(/^\{when\}/)
  }
})
