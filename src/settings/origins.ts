// Where the value of each setting came from, kept beside the settings that were loaded; and the settings as they can be shown: without secrets.

import { type Settings, settingsSchema } from '../settings.ts'
import { alternatives, isPlain, type SchemaNode } from './schema.ts'
import { leaves } from './sources.ts'

export interface Origin {
  readonly source: 'flag' | 'environment' | 'file'
  readonly from: string
}

/** By the paths of settings. */
export type Origins = Map<string, Origin>

export interface ShownSetting {
  readonly path: string
  readonly value: unknown
  /** `program`: given by the program that embeds the server. */
  readonly source: Origin['source'] | 'default' | 'program'
  readonly from: string | null
  readonly description: string
}

const valueAt = (root: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => (isPlain(at) && Object.hasOwn(at, key) ? at[key] : undefined), root)

/** All that is in the draft of the file. */
export const originsInFile = (draft: object, file: string): Origins =>
  new Map(
    leaves()
      .filter(({ path }) => valueAt(draft, path) !== undefined)
      .map(({ path }) => [path.join('.'), { source: 'file', from: file }]),
  )

export const noteOrigin = (origins: Origins, paths: readonly string[], origin: Origin): void => {
  for (const path of paths) origins.set(path, origin)
}

const known = new WeakMap<Settings, Origins>()

/** Remembers where these settings came from. */
export const keepOrigins = (settings: Settings, origins: Origins): void => void known.set(settings, origins)

/** Settings that were made of others have come from where these came. */
export const withOriginsOf = (settings: Settings, like: Settings): Settings => {
  const origins = known.get(like)
  if (origins !== undefined) known.set(settings, origins)
  return settings
}

const hidden = { hidden: true }

/** Without a name and password in a URL. */
const withoutLogin = (text: string): string => text.replace(/^([a-z]+:\/\/)[^/]*@/i, '$1***@')

/** The value as it can be shown: whatever the schema calls a secret is hidden. */
const masked = (node: SchemaNode, value: unknown): unknown => {
  const { main, secret } = alternatives(node)
  if (value === null || value === undefined) return null
  if (secret) return hidden
  if (Array.isArray(value)) return value.map((item: unknown) => masked(main.items ?? {}, item))
  if (isPlain(value))
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, inner]) => {
        const child = main.properties?.[key]
        return child === undefined ? [] : [[key, masked(child, inner)]]
      }),
    )
  return typeof value === 'string' ? withoutLogin(value) : value
}

const schema: SchemaNode = settingsSchema

const originOf = (origins: Origins | undefined, path: string, isDefault: boolean): Pick<ShownSetting, 'source' | 'from'> => {
  if (origins === undefined) return { source: isDefault ? 'default' : 'program', from: null }
  return origins.get(path) ?? { source: 'default', from: null }
}

/** Every setting with its value, where that came from, and what it is. */
export const shownSettings = (settings: Settings): readonly ShownSetting[] =>
  leaves(schema).map(({ path, node }) => {
    const value = valueAt(settings, path)
    const isDefault = JSON.stringify(value) === JSON.stringify(node.default)
    const description = node.description ?? alternatives(node).main.description ?? ''
    return { path: path.join('.'), value: masked(node, value), ...originOf(known.get(settings), path.join('.'), isDefault), description }
  })
