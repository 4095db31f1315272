// What a browser has to load before the first view is there: dist/page.json as `npm run build` has made it.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

interface Built {
  readonly type: string
  readonly body: string
  readonly gzip: string | null
}

const files = JSON.parse(readFileSync(fileURLToPath(new URL('../../dist/page.json', import.meta.url)), 'utf8')) as Readonly<
  Record<string, Built>
>
const textOf = (path: string): string => Buffer.from(files[path]?.body ?? '', 'base64').toString()
const sizeOf = (path: string): number => Buffer.from(files[path]?.gzip ?? files[path]?.body ?? '', 'base64').length
const paths = Object.keys(files)

/** The scripts that the document loads, with what these import at once. */
const scriptsOf = (text: string, seen = new Set<string>()): ReadonlySet<string> => {
  for (const [, name = ''] of text.matchAll(/(?:(?:src|href)="\/assets\/|(?:from|import)\s*"\.\/)([\w-]+\.js)"/g)) {
    const path = `/assets/${name}`
    if (seen.has(path)) continue
    seen.add(path)
    scriptsOf(textOf(path), seen)
  }
  return seen
}

const firstPage = (): readonly string[] => [...scriptsOf(textOf('/index.html'))]

it.each(['en', 'zh'])('the scripts of the first view are 35 KB at most, compressed, with the texts of %s', (language) => {
  const texts = paths.filter((path) => new RegExp(`^/assets/${language}-[\\w-]{8}\\.js$`).test(path))
  expect(texts).toHaveLength(1)
  const first = new Set([...firstPage(), ...texts])
  expect(first.size).toBeGreaterThan(2)
  const size = [...first].reduce((sum, path) => sum + sizeOf(path), 0)
  expect(size).toBeGreaterThan(10_000)
  expect(size).toBeLessThanOrEqual(35_000)
})

it("the scripts of a station's screen are 15 KB at most, compressed, and none of the page's views is among them", () => {
  const scripts = [...scriptsOf(textOf('/station.html'))]
  expect(scripts.filter((path) => firstPage().includes(path))).toEqual([])
  const size = scripts.reduce((sum, path) => sum + sizeOf(path), 0)
  expect(size).toBeGreaterThan(5_000)
  expect(size).toBeLessThanOrEqual(15_000)
  expect(textOf('/station.html')).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/)
})

it('the other views are loaded when they are opened', () => {
  const first = new Set(firstPage())
  for (const view of [
    'devices',
    'device',
    'packages',
    'campaigns',
    'new-campaign',
    'campaign',
    'stations',
    'run',
    'unit',
    'log',
    'settings',
  ]) {
    const [path = ''] = paths.filter((each) => new RegExp(`^/assets/${view}-[\\w-]{8}\\.js$`).test(each))
    expect([view, path !== '', first.has(path)]).toEqual([view, true, false])
  }
})

it('all of it together is small, names no other host, and has nothing inline that the content security policy refuses', () => {
  const sum = (some: readonly string[]): number => some.reduce((all, path) => all + sizeOf(path), 0)
  const isOfStation = (path: string): boolean => /^\/(?:assets\/)?station[-.]/.test(path)
  expect(sum(paths.filter((path) => !isOfStation(path)))).toBeLessThanOrEqual(190_000)
  expect(sum(paths.filter(isOfStation))).toBeLessThanOrEqual(22_000)
  const hosts = paths.flatMap((path) => [...textOf(path).matchAll(/https?:\/\/[\w.-]+/g)].map(([found]) => found))
  expect([...new Set(hosts)].filter((host) => host !== 'http://www.w3.org')).toEqual([])
  expect(textOf('/index.html')).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/)
})
