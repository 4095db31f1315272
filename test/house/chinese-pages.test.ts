// Each Chinese page stays beside its English one: the same headings, commands, tables, links, names and numbers, section by section.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type PageSection, sectionsOf } from './page-sections.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')

/** Each Chinese page and its English one. */
const englishOf: ReadonlyMap<string, string> = new Map([
  ['docs/README.zh-CN.md', 'README.md'],
  ...readdirSync(join(root, 'docs/zh')).map((name) => [`docs/zh/${name}`, `docs/${name}`] as const),
])
const chineseOf: ReadonlyMap<string, string> = new Map([...englishOf].map(([chinese, english]) => [english, chinese]))

const parsed = new Map([...englishOf].flat().map((page) => [page, existsSync(join(root, page)) ? sectionsOf(textOf(page)) : []]))
const sectionsIn = (page: string): readonly PageSection[] => parsed.get(page) ?? []

const resolved = (page: string, link: string): readonly [path: string, anchor: string | undefined] => {
  const [path = '', anchor] = link.split('#')
  return [path === '' ? page : join(dirname(page), path), anchor]
}

/** Where a link leads, as a link in the English pages would: the same heading by its place in the page. */
const meant = (page: string, link: string): string => {
  if (/^https?:/.test(link)) return link
  const [path, anchor] = resolved(page, link)
  const english = englishOf.get(path) ?? path
  if (anchor === undefined) return english
  if (english === path) return `${path}#${anchor}`
  const at = sectionsIn(path).findIndex(({ slug }) => slug === anchor)
  return `${english}#${sectionsIn(english)[at]?.slug ?? `(no heading ${anchor} in ${path})`}`
}

const missing = (wanted: readonly string[], found: readonly string[]): readonly string[] =>
  [...new Set(wanted)].filter((one) => !found.includes(one))
const list = (items: readonly (string | number)[]): string => items.join(', ')

const linesOf = (block: string): readonly string[] => block.split('\n')

/** What one has and the other has not, with the sign of the one. */
const unlike = (found: readonly string[], wanted: readonly string[]): readonly string[] => {
  const signed = [...missing(wanted, found).map((one) => `-${one}`), ...missing(found, wanted).map((one) => `+${one}`)]
  return signed.length === 0 ? [`${found.length}, not ${wanted.length}`] : signed
}

/** The names, each once: Chinese may repeat one, or need not. */
const names = (section: PageSection): readonly string[] => [...new Set(section.words)].sort()

/** What a section is known by in either language. */
const marks = (section: PageSection): string => list([section.level, ...section.code, ...names(section), section.rows.length])

/** The sections of a page that the other one has not. */
const alone = (sections: readonly PageSection[], others: readonly PageSection[], page: string): readonly string[] => {
  const known = new Set(others.map(marks))
  return sections.filter((section) => !known.has(marks(section))).map(({ heading }) => `only in ${page}: "${heading}"`)
}

/** One line for each thing that differs: what, and how. */
const differences = (pages: readonly [string, string], chinese: PageSection, english: PageSection): readonly string[] => {
  const links = chinese.links.map((link) => meant(pages[0], link)).sort()
  const wanted = english.links.map((link) => meant(pages[1], link)).sort()
  const found: readonly (readonly [differs: boolean, what: string])[] = [
    [chinese.code.length !== english.code.length, `it has ${chinese.code.length} code blocks, not ${english.code.length}`],
    [list(chinese.code) !== list(english.code), `code: ${list(unlike(chinese.code.flatMap(linesOf), english.code.flatMap(linesOf)))}`],
    [chinese.rows.length !== english.rows.length, `its tables have ${chinese.rows.length} rows, not ${english.rows.length}`],
    [list(chinese.rows) !== list(english.rows), `cells of the rows: ${list(chinese.rows)}, not ${list(english.rows)}`],
    [chinese.points !== english.points, `it has ${chinese.points} points, not ${english.points}`],
    [list(links) !== list(wanted), `links: ${list(unlike(links, wanted))}`],
    [list(names(chinese)) !== list(names(english)), `names: ${list(unlike(chinese.words, english.words))}`],
    [
      missing(english.numbers, chinese.numbers).length > 0,
      `numbers: ${list(missing(english.numbers, chinese.numbers).map((one) => `-${one}`))}`,
    ],
  ]
  return found.filter(([differs]) => differs).map(([, what]) => what)
}

describe.each([...englishOf])('%s, beside %s', (chinesePage, englishPage) => {
  const chinese = sectionsIn(chinesePage)
  const english = sectionsIn(englishPage)

  it('has the same sections in the same order', () => {
    const levels = (sections: readonly PageSection[]): string => list(sections.map(({ level }) => level))
    const left = [...alone(english, chinese, englishPage), ...alone(chinese, english, chinesePage)]
    expect(
      levels(chinese) === levels(english) ? [] : [`levels of the headings: ${levels(chinese)}, not ${levels(english)}`, ...left],
    ).toEqual([])
  })

  it('has the same commands, tables, links, names and numbers in each section', () => {
    const found = english.flatMap((section, index) => {
      const beside = chinese[index]
      if (beside?.level !== section.level || chinese.length !== english.length) return []
      const place = `${chinesePage}, "${beside.heading}" (${englishPage}, "${section.heading}")`
      return differences([chinesePage, englishPage], beside, section).map((what) => `${place}: ${what}`)
    })
    expect(found).toEqual([])
  })

  it('links to it, and is linked to', () => {
    const leadsTo = (page: string, name: string): string =>
      resolved(page, new RegExp(`^\\[${name}\\]\\((.+)\\)$`, 'm').exec(textOf(page))?.[1] ?? '')[0]
    expect([leadsTo(chinesePage, 'English'), leadsTo(englishPage, '中文')]).toEqual([englishPage, chinesePage])
  })

  it('leads to Chinese pages where there are some', () => {
    const text = textOf(chinesePage).replace(/^\[English\]\(.+\)$/m, '')
    const links = sectionsOf(text).flatMap((section) => section.links)
    expect(links.filter((link) => chineseOf.has(resolved(chinesePage, link)[0]))).toEqual([])
  })
})

it('every Chinese page has an English one', () => {
  expect([...englishOf.values()].filter((page) => !existsSync(join(root, page)))).toEqual([])
})

/** Latin letters and digits have a space beside Chinese letters, and Chinese sentences have Chinese marks. */
const slips: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['no space between Chinese and Latin letters or digits', /\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9%]\p{Script=Han}/gu],
  ['no space between Chinese letters and code', /\p{Script=Han}`|`\p{Script=Han}/gu],
  ['a half-width mark after a Chinese letter', /\p{Script=Han}[,;:!?()]|\p{Script=Han}\.(?:\s|$)/gu],
  ['a space beside a full-width mark', / [，。；：！？、（）]|[，。；：！？、（）] /gu],
]
/** Bold text with the letters beside it. Markdown does not read it as such where it ends with a mark and a letter follows, or begins so. */
const bold = /(?<=(.?))\*\*([^*]+)\*\*(?=(.?))/gs
const isFlat = (before: string, text: string, after: string): boolean =>
  /^[\p{L}\p{N}][\p{P}`]/u.test(before + text) || /[\p{P}`][\p{L}\p{N}]$/u.test(text + after)

const block = /^ *```[\s\S]*?^ *```$/gm
const inline = /`[^`]+`/g
const around = (text: string, index: number): string => text.slice(Math.max(0, index - 12), index + 24).replaceAll('\n', '⏎')

it.each([...englishOf.keys()])('%s is set as Chinese is', (page) => {
  const marked = textOf(page)
    .replace(block, '')
    .replace(inline, (code) => `\`${'x'.repeat(code.length - 2)}\``)
    .replace(/\]\([^)]*\)/g, ']')
  const text = marked.replace(/^ *(?:- )?| *\| *|\*\*|[[\]]/gm, (mark) => (mark.includes('|') ? '|' : ''))
  const found = slips.flatMap(([what, pattern]) => [...text.matchAll(pattern)].map(({ index }) => `${what}: ${around(text, index)}`))
  const flat = [...marked.matchAll(bold)].flatMap(([all, before = '', inner = '', after = '']) =>
    isFlat(before, inner, after) ? [`not bold: ${all}`] : [],
  )
  expect([...found, ...flat]).toEqual([])
})
