// One name, one thing: no two files of src/ share a name, no two exported types do; and an interface that others implement stays small.

import { basename } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openProgram } from './program.ts'
import { exportedTypes, membersOf, methodsOf, namedDeclarations } from './type-rules.ts'

/** `count` members of one kind, as lines of an interface. */
const members = (count: number, rest: string): string =>
  Array.from({ length: count }, (_, index) => `  readonly m${index}${rest}`).join('\n')

/** Types that get past a search for `export interface NAME {`. */
const program = openProgram({
  'ports.ts': `
import type { CampaignOperations, DeviceOperations } from '../ota/ports/operators.ts'
type Method = () => void
interface Half {
${members(7, ': Method')}
}
export interface Inherits extends CampaignOperations, DeviceOperations {}
export interface Named {
${members(13, ': Method')}
}
export interface Optional {
${members(13, '?: Method')}
}
export type Together = CampaignOperations & { one(): void; two(): void }
export type Mapped = { readonly [K in keyof CampaignOperations | keyof DeviceOperations]: Method }
export type Either = Half | { readonly kind: 'large' } & Named
interface Hidden extends Named {}
export type { Hidden as Shown }
export interface Small extends Half {
${members(13, ': string').replaceAll('m', 'n')}
}
export type Word = 'a' | 'b'
export type List = readonly Method[]
`,
  'one.ts': `
export interface ByInterface { readonly a: 1 }
export type ByAlias = 1
export enum ByEnum { a }
export class ByClass {}
export interface BySpecifier { readonly a: 1 }
export interface ByRename { readonly a: 1 }
export interface Once { readonly a: 1 }
export const value = 1
`,
  'two.ts': `
interface ByInterface { readonly b: 1 }
interface ByAlias { readonly b: 1 }
interface ByEnum { readonly b: 1 }
interface BySpecifier { readonly b: 1 }
interface Other { readonly b: 1 }
export type { ByAlias, BySpecifier, ByInterface, Other as ByRename }
export type { ByEnum }
export enum ByClass { b }
export type { Once } from './one.ts'
export const value = 2
`,
})
const { checker } = program
const files = [...program.sources.keys()]

afterAll(() => program.close())

/** Names that several files may have, and why. A port is named after what it leads to, and is not asked. */
const sameFileName: Readonly<Record<string, string>> = {
  'index.ts': 'the entrance of a package',
  'server.ts': 'what opens a port: the process, the API, the downloads',
}

/** Types that several files may export, and why. None. */
const sameTypeName: Readonly<Record<string, string>> = {}

/** `name: places` of each name that is there more than once. */
const twice = (named: readonly (readonly [name: string, place: string])[], excepted: readonly string[]): readonly string[] => {
  const places = new Map<string, string[]>()
  for (const [name, place] of named) places.set(name, [...(places.get(name) ?? []), place])
  return [...places]
    .filter(([name, all]) => all.length > 1 && !excepted.includes(name))
    .map(([name, all]) => `${name}: ${all.join(', ')}`)
    .sort()
}

const fileNames = files.filter((file) => !file.startsWith('ota/ports/')).map((file) => [basename(file), file] as const)
const typeNames = namedDeclarations(exportedTypes(checker, program.sources))

it('no two files of src/ have one name', () => {
  expect(twice(fileNames, Object.keys(sameFileName))).toEqual([])
})

it('no two files of src/ export a type of one name', () => {
  expect(typeNames.length).toBeGreaterThan(200)
  expect(twice(typeNames, Object.keys(sameTypeName))).toEqual([])
})

it('every exception is still needed', () => {
  const needed = [...twice(fileNames, []), ...twice(typeNames, [])].map((row) => row.split(':')[0])
  const excepted = [...Object.keys(sameFileName), ...Object.keys(sameTypeName)].filter((name) => name !== 'index.ts')
  expect(excepted.filter((name) => !needed.includes(name))).toEqual([])
})

it('a second type of a name is found, however it is declared and exported; a re-export is none', () => {
  const planted = namedDeclarations(exportedTypes(checker, program.planted))
  const names = ['ByAlias', 'ByClass', 'ByEnum', 'ByInterface', 'ByRename', 'BySpecifier']
  expect(twice(planted, [])).toEqual(names.map((name) => `${name}: planted/one.ts, planted/two.ts`))
})

/** `name: methods` of each type that has more than a port may have. */
const largeTypes = (of: typeof program.sources): readonly string[] =>
  exportedTypes(checker, of)
    .map((type) => ({ name: `${type.name} (${type.file})`, methods: methodsOf(checker, type) }))
    .filter(({ methods }) => methods.length > 12)
    .map(({ name, methods }) => `${name}: ${methods.length}`)

const ports = new Map([...program.sources].filter(([file]) => file.startsWith('ota/ports/')))

it('a port has at most 12 methods', () => {
  expect(exportedTypes(checker, ports).flatMap((type) => methodsOf(checker, type)).length).toBeGreaterThan(50)
  expect(largeTypes(ports)).toEqual([])
})

it('methods are counted that are inherited, of a named type, optional, or in an intersection', () => {
  const names = ['Either', 'Inherits', 'Mapped', 'Named', 'Optional', 'Shown', 'Together']
  expect(
    largeTypes(program.planted)
      .map((row) => row.split(' ')[0] ?? '')
      .sort(),
  ).toEqual(names)
})

it('the context of the core has at most 5 members', () => {
  const types = exportedTypes(checker, program.sources)
  const context = types.find(({ name, file }) => name === 'Context' && file === 'ota/state/context.ts')
  expect(context && membersOf(checker, context).length).toBe(5)
})
