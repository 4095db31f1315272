// One name, one thing: no two files of src/ share a name, no two exported types do; and an interface that others implement stays small.

import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const src = fileURLToPath(new URL('../../src', import.meta.url))
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((name) => name.split(sep).join('/'))
  .filter((name) => name.endsWith('.ts'))
const textOf = (file: string): string => readFileSync(join(src, file), 'utf8')

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
const typeNames = files.flatMap((file) =>
  [...textOf(file).matchAll(/^export (?:declare )?(?:interface|type) (\w+)/gm)].map((match) => [match[1] ?? '', file] as const),
)

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

interface Members {
  readonly name: string
  readonly members: readonly string[]
  readonly methods: readonly string[]
}

/** The interfaces of a file; each member begins a line that is indented by two, as the formatter writes it. */
const interfacesOf = (file: string): readonly Members[] =>
  [...textOf(file).matchAll(/^export interface (\w+)[^\n]*\{\n([\s\S]*?)^\}/gm)].map(([, name = '', body = '']) => {
    const members = body.split('\n').filter((line) => /^ {2}(?:readonly )?\w+\??[(<:]/.test(line))
    return {
      name: `${name} (${file})`,
      members,
      methods: members.filter((line) => /^ {2}(?:readonly )?\w+\??(?:[(<]|: (?:<.*>)?\()/.test(line)),
    }
  })

it('a port has at most 12 methods', () => {
  const ports = files.filter((file) => file.startsWith('ota/ports/')).flatMap(interfacesOf)
  expect(ports.flatMap(({ methods }) => methods).length).toBeGreaterThan(50)
  const large = ports.filter(({ methods }) => methods.length > 12).map(({ name, methods }) => `${name}: ${methods.length}`)
  expect(large).toEqual([])
})

it('the context of the core has at most 5 members', () => {
  const file = 'ota/state/context.ts'
  const [context] = interfacesOf(file).filter(({ name }) => name.startsWith('Context '))
  expect(context?.members.length).toBe(5)
})
