// biome.walls.json, generated from wall-table.ts: one override of `noRestrictedImports` for each wall. The drift test compares it with the
// file in the repository; `npx vitest run test/house/walls-file -u` writes it. Knows the patterns of Biome's linter and no wall.

import { posix } from 'node:path'
import { type Wall, walls } from './wall-table.ts'

const isFile = (place: string): boolean => place.endsWith('.ts')

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

const patterns = (wall: Wall): readonly object[] => {
  const { around, knows = [], types = [], packages = [] } = wall
  const group = [
    '**',
    ...(isFile(around) ? [] : allOf('.')),
    ...[...knows, ...types].flatMap((place) => opened(wall, place)),
    ...packages.flatMap(packagePatterns),
  ]
  const typed = types.map((place) => specifier(wall, isFile(place) ? place : `${place}/**`))
  const onlyTypes = { group: typed, importNamePattern: '[^A-Z].*', message: `Only types may be imported from here. ${message(wall)}` }
  return [{ group, message: message(wall) }, ...(types.length === 0 ? [] : [onlyTypes])]
}

const override = (wall: Wall): object => ({
  includes: [`src/${wall.around}${isFile(wall.around) ? '' : '/**'}`],
  linter: { rules: { style: { noRestrictedImports: { level: 'error', options: { patterns: patterns(wall) } } } } },
})

/** The text of the file, one line for each wall. */
export const wallsFile = (): string => {
  const rows = walls.map((wall) => `    ${JSON.stringify(override(wall))}`)
  return `{\n  "$schema": "./node_modules/@biomejs/biome/configuration_schema.json",\n  "overrides": [\n${rows.join(',\n')}\n  ]\n}\n`
}
