// The linters keep every row of wall-table.ts as written: inside each wall a file imports a file of every other place, types and values,
// and every package, and exactly what the row does not list is refused. Whether the rows are right is the question of walls.test.ts.

import { readdirSync } from 'node:fs'
import { posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLintFixture, type LintFixture } from '../support/lint-fixture.ts'
import { walls } from './wall-table.ts'
import type { Wall } from './wall-table-rooms.ts'

const isFile = (place: string): boolean => /\.tsx?$/.test(place)
const alternatives = (name: string): readonly string[] => {
  const [, before = '', words, after = ''] = /^(.*)\{(.*)\}(.*)$/.exec(name) ?? []
  return words === undefined ? [name] : words.split(',').map((word) => before + word + after)
}
/** The files of a place that import, and that others import. */
const filesIn = (place: string): readonly string[] => (isFile(place) ? alternatives(place.replaceAll('*', 'x')) : [`${place}/x.ts`])
/** Another file of the same folder. */
const besides = (file: string): readonly string[] => (file.endsWith('/x.ts') ? [file.replace(/x\.ts$/, 'y.ts')] : [])

const targets = [...new Set([...walls.flatMap(({ around }) => filesIn(around)), 'ghost.ts', 'ghost/x.ts', 'cli/demo.ts'])]
const packages = [...new Set(walls.flatMap((wall) => wall.packages ?? []).filter((name) => name !== 'node:' && !name.includes('*')))]
const foreign = [...packages, '@fastify/swagger', 'typebox/compile', 'node:fs', 'node:fs/promises', 'ghost', 'fs']

const covers = (place: string, file: string): boolean =>
  isFile(place) ? new RegExp(`^${place.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`).test(file) : file.startsWith(`${place}/`)

const mayImport = ({ around, knows = [] }: Wall, file: string): boolean =>
  [...(isFile(around) ? [] : [around]), ...knows].some((place) => covers(place, file))
const mayImportTypes = (wall: Wall, file: string): boolean =>
  mayImport(wall, file) || (wall.types ?? []).some((place) => covers(place, file))

const mayImportPackage = ({ packages: named = [] }: Wall, name: string): boolean =>
  named.some((each) => (each === 'node:' ? name.startsWith(each) : each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each))

interface Line {
  readonly text: string
  readonly passes: boolean
}

/** Each name is there once: oxlint skips a file that declares one twice. */
const lines = (wall: Wall, from: string): readonly Line[] => [
  ...[...besides(from), ...targets]
    .filter((file) => file !== from)
    .flatMap((file, index) => {
      const path = posix.relative(posix.dirname(from), file)
      const specifier = path.startsWith('.') ? path : `./${path}`
      const passes = mayImport(wall, file)
      return [
        { text: `import type { T${index} } from '${specifier}'`, passes: mayImportTypes(wall, file) },
        {
          text: index % 2 === 0 ? `import { x${index} } from '${specifier}'` : `import { X${index}, type Y${index} } from '${specifier}'`,
          passes,
        },
      ]
    }),
  ...foreign.map((name) => ({ text: `import '${name}'`, passes: mayImportPackage(wall, name) })),
]

/** The last row that covers a file counts. */
const wallOf = (file: string): Wall | undefined => walls.findLast(({ around }) => alternatives(around).some((place) => covers(place, file)))

const planted = new Map<string, readonly Line[]>(
  targets.flatMap((file) => {
    const wall = wallOf(file)
    return wall === undefined ? [] : [[`src/${file}`, lines(wall, file)] as const]
  }),
)
let tree: LintFixture
let refused: ReadonlySet<string>

beforeAll(() => {
  tree = createLintFixture(Object.fromEntries([...planted].map(([path, text]) => [path, text.map((line) => line.text).join('\n')])))
  const found = [...tree.biome('style/noRestrictedImports'), ...tree.oxlint('eslint(no-restricted-imports)')]
  refused = new Set(found.map(({ path, line }) => `${path}:${line}`))
}, 120_000)

afterAll(() => tree.remove())

const at = (passes: boolean): readonly string[] =>
  [...planted].flatMap(([path, text]) =>
    text.flatMap((line, index) => (line.passes === passes ? [`${path}:${index + 1}: ${line.text}`] : [])),
  )
const isRefused = (place: string): boolean => refused.has(place.split(': ')[0] ?? '')

const sources = readdirSync(fileURLToPath(new URL('../../src', import.meta.url)), { recursive: true, encoding: 'utf8' })
  .map((name) => name.split(sep).join('/'))
  .filter(isFile)

/** Places that are being added or removed: their rows may be without a file. */
const moving = ['mqtt/migration', 'offline']

it('every file of src/ is inside a wall', () => {
  expect(sources.length).toBeGreaterThan(200)
  expect(
    sources.filter((file) => wallOf(file) === undefined),
    'add a row to test/house/wall-table.ts, then run `npx vitest run test/house/walls-file -u`',
  ).toEqual([])
})

it('every wall has a file inside', () => {
  const empty = walls.filter(({ around }) => !alternatives(around).some((place) => sources.some((file) => covers(place, file))))
  expect(empty.map(({ around }) => around).filter((around) => !moving.includes(around))).toEqual([])
})

it('an import that the row does not list is refused', () => {
  expect(at(false).length).toBeGreaterThan(1000)
  expect(at(false).filter((place) => !isRefused(place))).toEqual([])
})

it('an import that the row lists is allowed', () => {
  expect(at(true).length).toBeGreaterThan(200)
  expect(at(true).filter(isRefused)).toEqual([])
})
