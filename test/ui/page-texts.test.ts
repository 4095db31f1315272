// The page's texts: each key in both languages, each used, none of them written into a view.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../src/ui', import.meta.url))
const tableOf = (name: string): Readonly<Record<string, string>> => JSON.parse(readFileSync(join(root, `text/${name}.json`), 'utf8'))
const en = tableOf('en')
const zh = tableOf('zh')

const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
  .map((name) => ({ name, source: readFileSync(join(root, name), 'utf8') }))

const baseOf = (key: string): string => key.replace(/\.(?:one|other)$/, '')

it('English and 中文 have the same keys, but for the singular that Chinese does not have', () => {
  const expected = Object.keys(en).filter((key) => !key.endsWith('.one'))
  expect(Object.keys(zh)).toEqual(expected)
  expect(Object.keys(en)).toEqual(Object.keys(en).toSorted())
  for (const key of Object.keys(en).filter((each) => each.endsWith('.one'))) expect(en).toHaveProperty([`${baseOf(key)}.other`])
})

const paramsIn = (text: string): readonly string[] => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name))].sort()

it('both languages have the same parameters in each text', () => {
  const differing = Object.keys(zh).filter((key) => String(paramsIn(en[key] ?? '')) !== String(paramsIn(zh[key] ?? '')))
  expect(differing).toEqual([])
})

/** Keys in quotes, and the beginnings of those that a view completes, as in `task.state.${state}`. */
const used = new Set(sources.flatMap(({ source }) => [...source.matchAll(/['`]([a-z][\w]*(?:\.[\w]+)+)['`]/gi)].map(([, key = '']) => key)))
const begun = new Set(sources.flatMap(({ source }) => [...source.matchAll(/`([a-z]\w*(?:\.\w+)*\.)\$\{/gi)].map(([, start = '']) => start)))

it('each text is used', () => {
  const isUsed = (key: string): boolean => used.has(baseOf(key)) || used.has(key) || [...begun].some((start) => key.startsWith(start))
  expect(Object.keys(en).filter((key) => !isUsed(key))).toEqual([])
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
  expect(said).toEqual(['app/bar.tsx: Fogbell'])
})

it('finds what is written into a view', () => {
  expect(literalsIn('<p class="x">Hello there</p>')).toEqual(['Hello there'])
  expect(literalsIn('<Figure name={x} aria-label="So much" />')).toEqual(['So much'])
})
