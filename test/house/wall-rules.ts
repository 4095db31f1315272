// biome.walls.json and oxlint.walls.json, generated from wall-table.ts: one override of a rule about imports for each wall. Biome's says
// what may be imported; oxlint's, which can tell types from values, says of what only types may be. The drift test compares them with the
// files in the repository; `npx vitest run test/house/walls-file -u` writes them. Knows the patterns of both linters and no wall.

import { posix } from 'node:path'
import { walls } from './wall-table.ts'
import type { Wall } from './wall-table-rooms.ts'

const isFile = (place: string): boolean => /\.tsx?$/.test(place)

/** `place` as a file inside the wall would import it. */
const specifier = (wall: Wall, place: string): string => {
  const path = posix.relative(isFile(wall.around) ? posix.dirname(wall.around) : wall.around, place) || '.'
  return path.startsWith('.') ? path : `./${path}`
}

/** Everything in a folder, but no path that leaves it again (`../ota/../store/x.ts`). */
const allOf = (path: string): readonly string[] => [`!${path}/**`, `${path}/**/../**`]

const opened = (wall: Wall, place: string): readonly string[] => {
  const path = specifier(wall, place)
  return isFile(place) ? [`!${path}`] : allOf(path)
}

const packagePatterns = (name: string): readonly string[] => (name === 'node:' ? ['!node:*', '!node:*/**'] : [`!${name}`])

const named = (places: readonly string[]): string => places.map((place) => (isFile(place) ? place : `${place}/`)).join(', ')

/** The linter's message for a file inside the wall. */
const message = ({ around, what, knows = [], types = [], packages = [] }: Wall): string => {
  const own = [...(isFile(around) ? [] : ['itself']), ...(knows.length === 0 ? [] : [named(knows)])].join(', ')
  const typesOnly = types.length === 0 ? '' : `; types of ${named(types)}`
  return `src/${named([around])} (${what}) may import: ${own || 'nothing of src/'}${typesOnly}; packages: ${packages.join(', ') || 'none'}. See test/house/wall-table.ts.`
}

const pattern = (wall: Wall): object => {
  const { around, knows = [], types = [], packages = [] } = wall
  const group = [
    '**',
    ...(isFile(around) ? [] : allOf('.')),
    ...[...knows, ...types].flatMap((place) => opened(wall, place)),
    ...packages.flatMap(packagePatterns),
  ]
  return { group, message: message(wall) }
}

const filesOf = ({ around }: Wall): readonly string[] => [`src/${around}${isFile(around) ? '' : '/**'}`]

const biomeOverride = (wall: Wall): object => ({
  includes: filesOf(wall),
  linter: { rules: { style: { noRestrictedImports: { level: 'error', options: { patterns: [pattern(wall)] } } } } },
})

/** Where a row has no types, the rule is off: the row before it may cover its files too. */
const typesRule = (wall: Wall): unknown => {
  const { types = [] } = wall
  const group = types.map((place) => specifier(wall, isFile(place) ? place : `${place}/**`))
  const onlyTypes = { group, allowTypeImports: true, message: `Types only. ${message(wall)}` }
  return group.length === 0 ? 'off' : ['error', { patterns: [onlyTypes] }]
}

const oxlintOverride = (wall: Wall): object => ({ files: filesOf(wall), rules: { 'no-restricted-imports': typesRule(wall) } })

/** The text of a file, one line for each wall. */
const fileOf = (schema: string, override: (wall: Wall) => object): string => {
  const rows = walls.map((wall) => `    ${JSON.stringify(override(wall))}`)
  return `{\n  "$schema": "./node_modules/${schema}/configuration_schema.json",\n  "overrides": [\n${rows.join(',\n')}\n  ]\n}\n`
}

export const wallsFiles: Readonly<Record<string, string>> = {
  'biome.walls.json': fileOf('@biomejs/biome', biomeOverride),
  'oxlint.walls.json': fileOf('oxlint', oxlintOverride),
}
