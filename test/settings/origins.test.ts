import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { shownSettings, withOriginsOf } from '../../src/settings/origins.ts'
import { alternatives, type SchemaNode } from '../../src/settings/schema.ts'
import { settingsSchema } from '../../src/settings.ts'
import { loadSettings } from '../../src/settings-load.ts'

const inFile = (settings: object): string => {
  const directory = mkdtempSync(join(tmpdir(), 'fogbell-origins-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const file = join(directory, 'fogbell.json')
  writeFileSync(file, JSON.stringify(settings))
  return file
}

const shown = (settings: Parameters<typeof shownSettings>[0]) =>
  Object.fromEntries(shownSettings(settings).map(({ path, value, source, from }) => [path, { value, source, from }]))

test('each value is shown with the flag, variable or file that it came from, the stronger one where there are several', () => {
  const file = inFile({ ota: { maxInProgress: 7, perMinute: 8 }, log: { level: 'warn' }, dataDir: './data' })
  const env = { FOGBELL_OTA_PER_MINUTE: '9', FOGBELL_LOG_LEVEL: 'error', FOGBELL_HOST: '127.0.0.1' }
  const all = shown(loadSettings({ file, env, flags: { logLevel: 'debug', mqttPort: '1884' } }))
  expect(all['ota.maxInProgress']).toEqual({ value: 7, source: 'file', from: file })
  expect(all['dataDir']).toEqual({ value: './data', source: 'file', from: file })
  expect(all['ota.perMinute']).toEqual({ value: 9, source: 'environment', from: 'FOGBELL_OTA_PER_MINUTE' })
  expect(all['log.level']).toEqual({ value: 'debug', source: 'flag', from: '--log-level' })
  expect(all['admin.listen.host']).toEqual({ value: '127.0.0.1', source: 'environment', from: 'FOGBELL_HOST' })
  expect(all['mqtt.listeners']).toEqual({ value: [{ url: 'mqtt://127.0.0.1:1884' }], source: 'flag', from: '--mqtt-port' })
  expect(all['log.format']).toEqual({ value: 'pretty', source: 'default', from: null })
})

test('settings that a program made are told apart from defaults', () => {
  const settings = loadSettings({ env: {}, flags: {} })
  const changed = { ...settings, log: { ...settings.log, level: 'warn' as const } }
  expect(shown(changed)).toMatchObject({ 'log.level': { source: 'program' }, 'log.format': { source: 'default' } })
  expect(shown(withOriginsOf(changed, settings))['log.level']).toMatchObject({ source: 'default' })
})

const marker = 'MARKER-OF-A-SECRET'

/** The paths of all secrets in the schema, those in lists too. */
const secretsIn = (node: SchemaNode, path: readonly string[] = []): readonly (readonly string[])[] => {
  const { main, secret } = alternatives(node)
  if (secret) return [path]
  const inner = Object.entries(main.properties ?? {}).flatMap(([key, child]) => secretsIn(child, [...path, key]))
  return main.items === undefined ? inner : [...inner, ...secretsIn(main.items, [...path, '0'])]
}

const withMarker = (root: unknown, [key = '', ...rest]: readonly string[]): unknown => {
  if (key === '') return marker
  if (key === '0') return [withMarker(Array.isArray(root) ? root[0] : {}, rest)]
  const record = typeof root === 'object' && root !== null ? (root as Record<string, unknown>) : {}
  return { ...record, [key]: withMarker(record[key], rest) }
}

test('no secret is shown, wherever the schema has one', () => {
  const secrets = secretsIn(settingsSchema)
  expect(secrets.map((path) => path.join('.'))).toContain('mqtt.users.0.passwordHash')
  expect(secrets.map((path) => path.join('.'))).toContain('admin.key')
  const settings = loadSettings({ env: {}, flags: {} })
  const marked = secrets.reduce<unknown>((root, path) => withMarker(root, path), settings) as typeof settings
  expect(JSON.stringify(marked).split(marker)).toHaveLength(secrets.length + 1)
  const text = JSON.stringify(shownSettings(marked))
  expect(text).not.toContain(marker)
  expect(text.split('"hidden":true')).toHaveLength(secrets.length + 1)
})

test('a password in a URL is no part of it', () => {
  const settings = loadSettings({ env: {}, flags: {} })
  const publicUrl = `https://user:${marker}@files.example/fw`
  const all = shown({ ...settings, firmware: { ...settings.firmware, publicUrl } })
  expect(all['firmware.publicUrl']?.value).toBe('https://***@files.example/fw')
})
