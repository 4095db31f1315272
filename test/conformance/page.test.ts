// Checks docs/conformance.md: each test that it names exists and names that clause, and no clause is missing. Only reads files.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const here = fileURLToPath(new URL('.', import.meta.url))
const page = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8')

/** How many numbered clauses each chapter of the standard has. */
const chapters: { readonly [chapter: string]: number } = {
  '1.5.3': 3,
  '2.2.2': 2,
  '2.3.1': 7,
  '3.1.0': 2,
  '3.1.2': 24,
  '3.1.3': 11,
  '3.1.4': 5,
  '3.2.0': 1,
  '3.2.2': 6,
  '3.3.1': 12,
  '3.3.2': 3,
  '3.3.4': 1,
  '3.3.5': 2,
  '3.6.1': 1,
  '3.8.1': 1,
  '3.8.3': 4,
  '3.8.4': 6,
  '3.9.3': 2,
  '3.10.1': 1,
  '3.10.3': 2,
  '3.10.4': 6,
  '3.12.4': 1,
  '3.14.1': 1,
  '3.14.4': 3,
  '4.1.0': 2,
  '4.3.1': 1,
  '4.3.2': 2,
  '4.3.3': 2,
  '4.4.0': 1,
  '4.5.0': 2,
  '4.6.0': 6,
  '4.7.1': 3,
  '4.7.2': 1,
  '4.7.3': 4,
  '4.8.0': 2,
  '6.0.0': 4,
  '7.0.0': 2,
  '7.1.1': 1,
  '7.1.2': 1,
}
const clauses = Object.entries(chapters).flatMap(([chapter, count]) => Array.from({ length: count }, (_, at) => `${chapter}-${at + 1}`))

const titlesOf = (file: string): readonly string[] =>
  Array.from(
    readFileSync(`${here}${file}`, 'utf8').matchAll(/\b(?:it|ours|over|scenario)\(\s*'((?:[^'\\]|\\.)+)'/g),
    ([, title = '']) => title,
  )
const files = readdirSync(here).filter((name) => name.endsWith('.test.ts') && name !== 'page.test.ts')
const titles = new Map(files.map((file) => [file, titlesOf(file)]))

interface Row {
  readonly mark: string
  readonly held: string
  readonly tests: readonly { readonly file: string; readonly name: string }[]
}

/** The rows whose first cell looks like `mark`. */
const rowsOf = (mark: RegExp): readonly Row[] =>
  page.split('\n').flatMap((line) => {
    const [, first = '', , held = ''] = line.split('|').map((cell) => cell.trim())
    if (!mark.test(first)) return []
    const tests = Array.from(held.matchAll(/([\w-]+\.test\.ts): “([^”]+)”/g), ([, file = '', name = '']) => ({ file, name }))
    return [{ mark: first, held, tests }]
  })

const clauseRows = rowsOf(/^\d+\.\d+\.\d+-\d+$/)
const defectRows = rowsOf(/^D\d+$/)

it('there are tests', () => {
  expect(Array.from(titles.values()).flat().length).toBeGreaterThan(150)
})

it('each clause of the standard is in the table, or among those of clients, once', () => {
  const clients = /^Clauses that bind only clients: (.*)\.$/m.exec(page)?.[1]?.split(', ') ?? []
  expect([...clauseRows.map(({ mark }) => mark), ...clients].toSorted()).toEqual(clauses.toSorted())
})

it('each of the 19 defects has its row', () => {
  expect(defectRows.map(({ mark }) => mark)).toEqual(Array.from({ length: 19 }, (_, at) => `D${at + 1}`))
  expect(defectRows.filter(({ tests }) => tests.length === 0)).toEqual([])
})

it('each row names a test, or says why there is none', () => {
  expect(clauseRows.filter(({ held }) => held === '')).toEqual([])
})

it('each test that the page names exists, and its title ends with the clause', () => {
  const wrong = [...clauseRows, ...defectRows].flatMap(({ mark, tests }) =>
    tests
      .filter(({ file, name }) => {
        const end = mark.startsWith('D') ? ` ${mark}` : ` [MQTT-${mark}]`
        const wanted = (title: string): boolean => title.startsWith(`${name} `) && `${title} `.slice(name.length).includes(`${end} `)
        return titles.get(file)?.some(wanted) !== true
      })
      .map(({ file, name }) => `${mark} ${file}: ${name}`),
  )
  expect(wrong).toEqual([])
})

it('each title ends with clauses or defects that are on the page', () => {
  const known = new Set([...clauseRows, ...defectRows].map(({ mark }) => mark))
  const strange = Array.from(titles).flatMap(([file, names]) =>
    names
      .filter((title) => {
        const marks = Array.from(
          title.matchAll(/ (?:\[MQTT-([\d.]+-\d+)\]|(D\d+))(?= |$)/g),
          ([, clause, defect]) => clause ?? defect ?? '',
        )
        return marks.length === 0 || !marks.every((mark) => known.has(mark))
      })
      .map((title) => `${file}: ${title}`),
  )
  expect(strange).toEqual([])
})
