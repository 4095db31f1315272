// Pages that list others must list all of them, and no page links to a file or a heading that is not there, neither in the repository nor in the package.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { sectionsOf } from './page-sections.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')

const pages = (): readonly string[] => ['.', 'docs', 'docs/zh', 'docs/adr', 'bench'].flatMap(markdownIn)

const markdownIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => (folder === '.' ? name : `${folder}/${name}`))

/** The files that a page links to, relative to the page. */
const linksOf = (page: string): readonly string[] =>
  [...textOf(page).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map(([, path = '']) => path)

it('docs/adr/README.md lists every decision', () => {
  const decisions = readdirSync(join(root, 'docs/adr')).filter((name) => /^\d{4}-/.test(name))
  expect(decisions.length).toBeGreaterThan(10)
  expect([...linksOf('docs/adr/README.md')].sort()).toEqual([...decisions].sort())
})

it('every link to a file leads to one', () => {
  const broken = pages().flatMap((page) =>
    linksOf(page)
      .filter((path) => !existsSync(join(root, dirname(page), path)))
      .map((path) => `${page}: ${path}`),
  )
  expect(broken).toEqual([])
})

it('every link to a heading leads to one', () => {
  const slugs = new Map(pages().map((page) => [page, sectionsOf(textOf(page)).map(({ slug }) => slug)]))
  const broken = pages().flatMap((page) =>
    [...textOf(page).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)]
      .filter(([, path = '', anchor = '']) => slugs.get(path === '' ? page : join(dirname(page), path))?.includes(anchor) === false)
      .map(([, path = '', anchor = '']) => `${page}: ${path}#${anchor}`),
  )
  expect(broken).toEqual([])
})

const { files } = JSON.parse(textOf('package.json')) as { readonly files: readonly string[] }
/** Whether npm packs the file. */
const isPacked = (path: string): boolean => files.some((place) => path === place || path.startsWith(`${place}/`))

it('no page in the package links to a file that is not packed', () => {
  const packed = pages().filter(isPacked)
  expect(packed).toContain('README.md')
  const missing = packed.flatMap((page) =>
    linksOf(page)
      .filter((path) => !isPacked(join(dirname(page), path)))
      .map((path) => `${page}: ${path}`),
  )
  expect(missing).toEqual([])
})
