// What no linter looks for: suppressed rules, work put off, names that say nothing, words that mean nothing to a reader of the
// repository, and words that a plain technical page would not use.

import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const skipped = new Set(['node_modules', 'dist', 'data', 'coverage', '.git'])
const textual =
  /\.(ts|js|mjs|tsx|json|md|sh|css|html|yml|yaml|grit)$|^\.(editorconfig|gitattributes|gitignore|nvmrc)$|^LICENSE$|[\\/]\.ci[\\/]/

const walk = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : walk(path)
    return textual.test(entry.name) || textual.test(path) ? [path] : []
  })

interface Page {
  readonly name: string
  readonly text: string
}

const pages: readonly Page[] = walk(root)
  .map((path) => ({ name: relative(root, path).split(sep).join('/'), text: readFileSync(path, 'utf8') }))
  .filter(({ name }) => name !== 'package-lock.json')
const sources = pages.filter(({ name }) => /^(src|bench|test)\/.*\.tsx?$/.test(name))

/** `path:line: the line` of each line that matches. */
const lines = (among: readonly Page[], pattern: RegExp): readonly string[] =>
  among.flatMap(({ name, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${name}:${index + 1}: ${line.trim()}`] : [])),
  )

/** Words in two parts, so that this list does not find itself. */
const word = (...parts: readonly string[]): string => parts.join('')

it('there are sources to look at', () => {
  expect(sources.length).toBeGreaterThan(20)
  expect(pages.map(({ name }) => name)).toEqual(expect.arrayContaining(['package.json', 'biome.json', '.ci/run', 'LICENSE']))
})

it('no rule is suppressed and no type is given up', () => {
  const suppressions = [
    word('biome', '-ignore'),
    word('oxlint', '-disable'),
    word('eslint', '-disable'),
    word('@ts', '-(ignore|nocheck|expect-error)'),
  ]
  expect(
    lines(
      sources.filter(({ name }) => name !== 'test/house/walls.test.ts'),
      new RegExp(suppressions.join('|')),
    ),
  ).toEqual([])
  expect(
    lines(
      sources.filter(({ name }) => name.startsWith('src/')),
      /(?:[:<|,]|\bas|=>)\s*any\b(?=\s*(?:[=;,)>|&{}[\]]|$))/,
    ),
  ).toEqual([])
})

it('nothing is put off', () => {
  expect(lines(sources, new RegExp(`\\b(${word('TO', 'DO')}|${word('FIX', 'ME')}|${word('X', 'XX')}|${word('HA', 'CK')})\\b`))).toEqual([])
})

it('no source file has a name that says nothing', () => {
  const empty = /^(utils?|helpers?|managers?|services?|misc|common|types|constants|index)\b|-(utils?|helpers?|managers?|services?)\.ts$/
  expect(sources.map(({ name }) => name).filter((name) => empty.test(basename(name)) && name !== 'src/index.ts')).toEqual([])
})

it('every source file opens by saying what it is', () => {
  const silent = sources.filter(({ name, text }) => name.startsWith('src/') && !/^(#!.*\n)?\/\/ \S/.test(text))
  expect(silent.map(({ name }) => name)).toEqual([])
})

it('no page names the workplace', () => {
  const workplace = [
    `${word('/wo', 'rk')}/`,
    word('\\.\\./sha', 'red\\b'),
    word('/tmp', '/w/'),
    `\\b${word('issue', 's? #?')}\\d`,
    `\\b${word('issues ', 'show')}`,
    `\\b${word('sub', '-?agents?')}\\b`,
    `\\b${word('clau', 'de')}`,
    `\\b${word('anthro', 'pic')}`,
    `\\b${word('chat', 'gpt')}`,
    `\\b${word('the ', 'lead')}\\b(?!ing)`,
    `\\b${word('brief', '\\.md')}`,
    `\\b${word('helper ', 'session')}`,
    word('registry\\.', '(?!npmjs|terraform)\\w+\\.(?!npmjs)\\w+'),
  ]
  expect(lines(pages, new RegExp(workplace.join('|'), 'i'))).toEqual([])
})

/** Words that a plain technical page would not use, and what it says instead. */
const translated: readonly (readonly [word: string, instead: string])[] = [
  [word('to', 'ld'), 'notified, offered; reported, listed; distinguished'],
  [word('unto', 'ld'), 'not notified'],
  [word('me', 'nd'), 'fix, correct'],
  [word('men', 'ded'), 'fixed, corrected'],
  [word('doub', 'ts'), 'warnings'],
  [word('fell ', 'back'), 'rolled back'],
  [word('fallen ', 'back'), 'rolled back'],
  [word('po', 'ke'), 'wake, schedule'],
  [word('in ', 'line'), 'queued, in the queue'],
]

/** Where such a word is the right one: page and word. */
const rightly: readonly (readonly [page: string, word: string])[] = [
  // The names of rows on disk.
  ['src/store/keys.ts', word('to', 'ld')],
]

/** What is read of a page: of the changes, those of the newest version. */
const read = ({ name, text }: Page): string => (name === 'CHANGELOG.md' ? (text.split(/^## 0\.1\.0/m)[0] ?? '') : text)
/** A phrase may continue in the next line's comment. */
const acrossLines = (phrase: string): RegExp => new RegExp(`\\b${phrase.replaceAll(' ', '(?:\\s|//|\\*)+')}\\b`, 'gi')

const translatedIn = (page: Page): readonly string[] =>
  translated
    .filter(([phrase]) => !rightly.some(([name, right]) => name === page.name && right === phrase))
    .flatMap(([phrase, instead]) =>
      [...read(page).matchAll(acrossLines(phrase))].map(({ index }) => {
        const line = read(page).slice(0, index).split('\n').length
        return `${page.name}:${line}: "${phrase}"; say: ${instead}`
      }),
    )

it('every page says it in plain English', () => {
  const places = pages.filter(({ name }) => /^(src|docs|bench|\.ci|\.github|test\/house)\/|^[A-Z]+\.md$/.test(name)).flatMap(translatedIn)
  expect(places).toEqual([])
})
