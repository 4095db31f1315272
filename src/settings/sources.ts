// Puts the environment and the flags of `serve` over the settings of the file. The names of variables and flags follow from the
// schema. Reads no environment by itself; it is passed in.

import { resolve } from 'node:path'
import { listenerAddress } from '../listener-address.ts'
import { nearest } from '../nearest.ts'
import { sentence } from '../sentences/sentence.ts'
import { settingsSchema } from '../settings.ts'
import { addFault, type CheckContext, settle } from './check.ts'
import { alternatives, isPlain, type SchemaNode } from './schema.ts'

/** The flags of `serve` that are settings, as the command line gives them. */
export interface ServeFlags {
  readonly config?: string | undefined
  readonly data?: string | undefined
  readonly mqttPort?: string | number | undefined
  readonly firmwarePort?: string | number | undefined
  readonly adminPort?: string | number | undefined
  readonly host?: string | undefined
  readonly enrolment?: string | undefined
  readonly logLevel?: string | undefined
  readonly logFormat?: string | undefined
}

export type Environment = Readonly<Record<string, string | undefined>>

type Path = readonly string[]
type Draft = Record<string, unknown>
/** Puts a value into the draft of the settings; its faults have the path `label`, the flag or variable it came from. */
type Layer = (text: string, label: string, draft: Draft, context: CheckContext) => void

interface Leaf {
  readonly path: Path
  readonly node: SchemaNode
}

const schema: SchemaNode = settingsSchema

/** Every setting that is not a section, in the schema's order. */
export const leaves = (node: SchemaNode = schema, path: Path = []): readonly Leaf[] =>
  node.type === 'object' && node.properties
    ? Object.entries(node.properties).flatMap(([key, child]) => leaves(child, [...path, key]))
    : [{ path, node }]

const upperSnake = (word: string): string => word.replace(/(?<=[a-z\d])(?=[A-Z])/g, '_').toUpperCase()

/** `ota.stallSeconds` is `FOGBELL_OTA_STALL_SECONDS`. */
export const variable = (path: Path): string => `FOGBELL_${path.map(upperSnake).join('_')}`

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Text as a value of the schema's type; text that cannot be converted stays as it is, and the check refuses it. */
const typed = (node: SchemaNode, text: string): unknown => {
  const { main, nullable } = alternatives(node)
  if (nullable && text === 'null') return null
  if (main.type === 'integer' || main.type === 'number') return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text
  if (main.type === 'boolean' || main.type === 'array' || main.type === 'object') return parseJson(text)
  return text
}

const put = (draft: Draft, [key = '', ...rest]: Path, value: unknown): void => {
  if (rest.length === 0) draft[key] = value
  else {
    draft[key] ??= {}
    const inner = draft[key]
    if (isPlain(inner)) put(inner, rest, value)
  }
}

/** The checked value with its defaults, or undefined when faults were added. */
const checked = (node: SchemaNode, value: unknown, label: string, context: CheckContext): unknown => {
  const before = context.faults.length
  const settled = settle(node, value, label, context)
  return context.faults.length > before ? undefined : settled
}

const single =
  ({ path, node }: Leaf, read: (text: string) => unknown = (text) => typed(node, text)): Layer =>
  (text, label, draft, context) => {
    const value = checked(node, read(text), label, context)
    if (value !== undefined) put(draft, path, value)
  }

const leafAt = (path: string): Leaf => leaves().find((each) => each.path.join('.') === path) ?? { path: path.split('.'), node: {} }

/** Changes host or port in the listeners' URLs; a URL that cannot be parsed is left for the check. */
const readdressed = (draft: Draft, change: (host: string, port: number, first: boolean) => readonly [host: string, port: number]): void => {
  const { path, node } = leafAt('mqtt.listeners')
  const section = isPlain(draft.mqtt) ? draft.mqtt : {}
  const listeners = Object.hasOwn(section, 'listeners') ? section.listeners : structuredClone(node.default)
  if (!Array.isArray(listeners)) return
  const plainFirst = listeners.findIndex((each) => isPlain(each) && /^mqtt:/i.test(String(each.url)))
  const changed = listeners.map((listener: unknown, index) => {
    const address = isPlain(listener) ? listenerAddress(String(listener.url)) : undefined
    if (!isPlain(listener) || !address) return listener
    const [host, port] = change(address.host, address.port, index === Math.max(plainFirst, 0))
    return { ...listener, url: `${address.scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${address.path}` }
  })
  put(draft, path, changed)
}

/** The port of the first mqtt:// listener, or of the first listener if there is none. */
const mqttPort: Layer = (text, label, draft, context) => {
  const { node } = leafAt('firmware.listen.port')
  const port = checked(node, typed(node, text), label, context)
  if (port !== undefined) readdressed(draft, (host, old, first) => [host, first ? Number(port) : old])
}

/** The host of every listener: MQTT, downloads, admin. */
const host: Layer = (text, label, draft, context) => {
  const bare = text.replace(/^\[(.*)\]$/, '$1')
  if (!listenerAddress(`mqtt://${bare.includes(':') ? `[${bare}]` : bare}:0`)) {
    addFault(context, label, sentence('host_invalid', { found: JSON.stringify(text) }))
    return
  }
  readdressed(draft, (_old, port) => [bare, port])
  for (const path of ['firmware.listen.host', 'firmware.tlsListen.host', 'admin.listen.host']) put(draft, leafAt(path).path, bare)
}

/** A layer, and the settings that it changes. */
interface Source {
  readonly layer: Layer
  readonly paths: readonly string[]
}

const ofOne = (leaf: Leaf, read?: (text: string) => unknown): Source => ({ layer: single(leaf, read), paths: [leaf.path.join('.')] })
const ofPath = (path: string): Source => ofOne(leafAt(path))

/** The flags in the order of their help, each with its layer; as variables they are FOGBELL_MQTT_PORT and so on. */
const short: Readonly<Record<Exclude<keyof ServeFlags, 'config'>, Source>> = {
  data: ofPath('dataDir'),
  host: { layer: host, paths: ['mqtt.listeners', 'firmware.listen.host', 'admin.listen.host'] },
  mqttPort: { layer: mqttPort, paths: ['mqtt.listeners'] },
  firmwarePort: ofPath('firmware.listen.port'),
  adminPort: ofPath('admin.listen.port'),
  enrolment: ofPath('devices.enrolment'),
  logLevel: ofPath('log.level'),
  logFormat: ofPath('log.format'),
}

/** Every variable with its layer. Short names come first, so that the full name of a setting overrides them. */
const variables: ReadonlyMap<string, Source> = new Map([
  ...Object.entries(short).map(([flag, source]) => [variable([flag]), source] as const),
  ...leaves().map((leaf) => [variable(leaf.path), ofOne(leaf)] as const),
  ...leaves()
    .filter(({ node }) => alternatives(node).secret)
    .map((leaf) => [`${variable(leaf.path)}_FILE`, ofOne(leaf, (text) => ({ file: resolve(text) }))] as const),
])

/** Variables of the command, and those that Kubernetes gives every container when a service is called fogbell: not settings. */
const foreign = /^FOGBELL_(?:SERVER|TOKEN|CONFIG|NATIVE_DIR|SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT|PORT_\d+_(?:TCP|UDP)(?:_\w+)?)$/

/** Called with each flag and variable that is used, and the settings that it changes. */
export type Noted = (label: string, paths: readonly string[]) => void

/** Puts the environment over the draft. An empty variable counts as unset. Unknown names are faults. */
export const layEnvironment = (env: Environment, draft: Draft, context: CheckContext, noted: Noted): void => {
  for (const [name, { layer, paths }] of variables) {
    const text = env[name]
    if (text === undefined || text === '') continue
    layer(text, name, draft, context)
    noted(name, paths)
  }
  for (const name of Object.keys(env)) {
    if (!name.startsWith('FOGBELL_') || variables.has(name) || foreign.test(name)) continue
    const near = nearest(name, [...variables.keys(), 'FOGBELL_CONFIG', 'FOGBELL_SERVER', 'FOGBELL_TOKEN'])
    if (near === undefined) addFault(context, name, sentence('variable_unknown'))
    else addFault(context, name, sentence('variable_unknown_near', { near }))
  }
}

/** Puts the flags over the draft. */
export const layFlags = (flags: ServeFlags, draft: Draft, context: CheckContext, noted: Noted): void => {
  for (const [flag, { layer, paths }] of Object.entries(short)) {
    const value = flags[flag as keyof typeof short]
    if (value === undefined) continue
    const label = `--${upperSnake(flag).toLowerCase().replaceAll('_', '-')}`
    layer(String(value), label, draft, context)
    noted(label, paths)
  }
}
