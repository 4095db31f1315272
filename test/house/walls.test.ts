// The walls of docs/architecture.md, proved: a tree of files that each break one rule is linted with the house's own
// settings, and every one must be refused; files that keep the rules must pass.

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tree = mkdtempSync(join(tmpdir(), 'fogbell-walls-'))
const walls = 'lint/style/noRestrictedImports'

const rooms = ['store', 'firmware', 'mqtt', 'download', 'admin', 'simulate'] as const
const packages = ['aedes', 'aedes-persistence-level', 'level', 'fastify', '@fastify/swagger', 'croner', 'commander', 'prom-client', 'pino']
const ownPackages: Readonly<Record<string, readonly string[]>> = {
  mqtt: ['aedes', 'aedes-persistence-level'],
  admin: ['fastify', '@fastify/swagger', 'prom-client'],
}

/** What a file in `folder` must not import: [folder, specifier]. */
const refused: readonly (readonly [folder: string, specifier: string])[] = [
  ...rooms.flatMap((room) => [
    ...rooms.filter((other) => other !== room).map((other) => [room, `../${other}/index.ts`] as const),
    ...['server', 'index', 'settings-load', 'log-pino', 'settings/check', 'cli/main'].map((file) => [room, `../${file}.ts`] as const),
    ...packages.filter((name) => !ownPackages[room]?.includes(name)).map((name) => [room, name] as const),
    [room, `./inner/../../${room === 'store' ? 'mqtt' : 'store'}/x.ts`] as const,
  ]),
  ...[...rooms, 'server', 'cli/main', 'log-pino'].map((name) => ['ota', `../${name}${name.includes('/') ? '' : '/x'}.ts`] as const),
  ...['node:fs', 'node:fs/promises', 'typebox', 'mqtt-packet', ...packages].map((name) => ['ota', name] as const),
  ...['store', 'firmware', 'mqtt', 'download', 'admin', 'simulate'].map((room) => ['cli', `../${room}/x.ts`] as const),
  ...['../ota/orchestrator.ts', '../ota/ports.ts', '../settings/check.ts', 'aedes', 'fastify', 'level'].map(
    (name) => ['cli', name] as const,
  ),
  ...['rules', 'messages', 'memory', 'campaigns', 'devices'].flatMap((room) =>
    ['../orchestrator.ts', '../tick.ts', '../../store/level.ts', '../../server.ts', 'node:fs', 'fastify', 'croner'].map(
      (name) => [`ota/${room}`, name] as const,
    ),
  ),
  ...['messages', 'memory', 'campaigns', 'devices'].map((room) => ['ota/rules', `../${room}/x.ts`] as const),
  ...['rules', 'memory', 'campaigns', 'devices'].map((room) => ['ota/messages', `../${room}/x.ts`] as const),
  ...['campaigns', 'devices'].map((room) => ['ota/memory', `../${room}/x.ts`] as const),
  ['ota/campaigns', '../devices/x.ts'],
  ['admin/routes', '../../store/level.ts'],
  ['admin/routes', '../../server.ts'],
  ['settings', '../ota/model.ts'],
  ...['wire', 'topics', 'entry', 'sessions', 'listen'].flatMap((room) =>
    ['../broker.ts', '../connection.ts', '../../store/level.ts', '../../server.ts', 'aedes', 'level'].map(
      (name) => [`mqtt/${room}`, name] as const,
    ),
  ),
  ...['topics', 'entry', 'sessions', 'listen'].map((room) => ['mqtt/wire', `../${room}/x.ts`] as const),
  ...['entry', 'sessions', 'listen'].map((room) => ['mqtt/topics', `../${room}/x.ts`] as const),
  ...['topics', 'sessions', 'listen'].map((room) => ['mqtt/entry', `../${room}/x.ts`] as const),
  ...['entry/admission', 'listen/x'].map((name) => ['mqtt/sessions', `../${name}.ts`] as const),
  ...['wire', 'topics', 'entry', 'sessions'].map((room) => ['mqtt/listen', `../${room}/x.ts`] as const),
]

const wholeFiles: Readonly<Record<string, string>> = {
  'src/errors.ts': "import './log.ts'",
  'src/log.ts': "import 'node:fs'",
  'src/settings.ts': "import './errors.ts'",
  'src/log-pino.ts': "import './errors.ts'",
  'src/settings-load.ts': "import './log-pino.ts'",
  'src/index.ts': "import './mqtt/broker.ts'",
  'src/server.ts': "import './cli/main.ts'",
  'src/ota/rules/window.ts': "import 'node:fs'",
  'src/ota/rules/value.ts': "import { settingsSchema } from '../../settings.ts'\nexport const x = settingsSchema",
  'src/store/level.ts': "import 'fastify'",
  'src/ota/value.ts': "import { settingsSchema } from '../settings.ts'\nexport const x = settingsSchema",
  'src/cli/value.ts': "import { deviceKey } from '../ota/model.ts'\nexport const x = deviceKey",
  'src/cli/whole.ts': "import * as model from '../ota/model.ts'\nexport const x = model",
  'src/cli/simulate.ts': "import '../mqtt/broker.ts'",
  'src/store/dynamic.ts': "export const x = await import('../mqtt/broker.ts')",
  'src/store/types.ts': "export type { Broker } from '../mqtt/broker.ts'",
}

/** Files that keep the walls. */
const allowed: Readonly<Record<string, string>> = {
  'src/store/keeps.ts':
    "import 'node:fs'\nimport '../errors.ts'\nimport '../log.ts'\nimport '../settings.ts'\nimport '../ota/ports.ts'\nimport './keys.ts'",
  'src/mqtt/keeps.ts': "import 'aedes'\nimport 'aedes-persistence-level'\nimport 'ws'\nimport 'node:tls'",
  'src/mqtt/wire/keeps.ts': "import '../../errors.ts'\nimport 'node:buffer'",
  'src/mqtt/topics/keeps.ts': "import '../wire/packets.ts'",
  'src/mqtt/entry/keeps.ts': "import 'node:crypto'\nimport '../../ota/ports.ts'\nimport '../../settings.ts'\nimport '../wire/filter.ts'",
  'src/mqtt/sessions/keeps.ts':
    "import '../../ota/session-ports.ts'\nimport '../entry/access.ts'\nimport '../topics/x.ts'\nimport '../wire/x.ts'",
  'src/mqtt/listen/keeps.ts': "import 'node:net'\nimport 'ws'\nimport '../../settings.ts'",
  'src/admin/keeps.ts': "import 'fastify'\nimport '@fastify/swagger'\nimport 'typebox'\nimport 'prom-client'\nimport './routes/devices.ts'",
  'src/admin/routes/keeps.ts': "import 'fastify'\nimport '../views.ts'\nimport '../../errors.ts'\nimport '../../ota/ports.ts'",
  'src/ota/keeps.ts':
    "import { OtaError } from '../errors.ts'\nimport type { OtaSettings } from '../settings.ts'\nimport type { Log } from '../log.ts'\nimport './rules/x.ts'\nimport './devices/x.ts'\nexport type X = [OtaError, OtaSettings, Log]",
  'src/ota/rules/keeps.ts': "import '../model.ts'\nimport type { OtaSettings } from '../../settings.ts'\nexport type X = OtaSettings",
  'src/ota/messages/keeps.ts': "import '../model.ts'\nimport '../names.ts'",
  'src/ota/memory/keeps.ts': "import '../rules/x.ts'\nimport '../messages/x.ts'\nimport '../ports.ts'",
  'src/ota/campaigns/keeps.ts':
    "import '../rules/x.ts'\nimport '../messages/x.ts'\nimport '../memory/x.ts'\nimport { OtaError } from '../../errors.ts'\nexport const x = OtaError",
  'src/ota/devices/keeps.ts': "import '../rules/x.ts'\nimport '../messages/x.ts'\nimport '../memory/x.ts'\nimport '../campaigns/x.ts'",
  'src/cli/keeps.ts':
    "import '../server.ts'\nimport '../settings-load.ts'\nimport '../log-pino.ts'\nimport type { Task } from '../ota/model.ts'\nimport 'commander'\nexport type X = Task",
  'src/cli/demo.ts': "import '../simulate/fleet.ts'",
}

const long = (lines: number, line: string): string => `${line}\n`.repeat(lines)

/** Files that break another rule of the house: path, text, rule. */
const broken: readonly (readonly [path: string, text: string, rule: string])[] = [
  ['src/a/any.ts', 'export const x: any = 1', 'lint/suspicious/noExplicitAny'],
  ['src/a/ignored.ts', '// @ts-ignore\nexport const x = 1', 'lint/suspicious/noTsIgnore'],
  ['src/a/default.ts', 'export default 1', 'lint/style/noDefaultExport'],
  ['src/a/enum.ts', 'export enum X { a }', 'lint/style/noEnum'],
  ['src/a/barrel.ts', "export * from './any.ts'", 'lint/performance/noReExportAll'],
  ['src/a/console.ts', "console.log('x')", 'lint/suspicious/noConsole'],
  ['src/a/env.ts', 'export const x = process.env.X', 'lint/style/noProcessEnv'],
  ['src/a/builtin.ts', "import 'fs'", 'lint/style/useNodejsImportProtocol'],
  ['src/a/development.ts', "import 'vitest'", 'lint/correctness/noUndeclaredDependencies'],
  ['src/a/type.ts', "import { Log } from '../log.ts'\nexport type X = Log", 'lint/style/useImportType'],
  ['src/a/long-file.ts', `${long(301, 'export const x = 1')}`, 'lint/style/noExcessiveLinesPerFile'],
  ['src/a/long-function.ts', `export const f = () => {\n${long(61, '  f()')}}`, 'lint/complexity/noExcessiveLinesPerFunction'],
  ['src/a/CamelCase.ts', 'export const x = 1', 'lint/style/useFilenamingConvention'],
  ['src/a/cycle-a.ts', "import './cycle-b.ts'", 'lint/suspicious/noImportCycles'],
  ['src/a/cycle-b.ts', "import './cycle-a.ts'", 'lint/suspicious/noImportCycles'],
  ['src/a/class.ts', 'export class X {}', 'eslint(max-classes-per-file)'],
  ['src/a/floating.ts', 'const f = async () => 1\nf()', 'typescript(no-floating-promises)'],
  ['src/a/misused.ts', 'const f = async () => 1\nsetTimeout(f, 1)', 'typescript(no-misused-promises)'],
  ['src/a/thenable.ts', 'export const f = async () => await 1', 'typescript(await-thenable)'],
]

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(tree, path)), { recursive: true })
  writeFileSync(join(tree, path), `${text}\n`)
}

const refusedPath = (index: number): string => `src/${refused[index]?.[0]}/refused-${index}.ts`

interface Finding {
  readonly path: string
  readonly rule: string
}

const run = (tool: string, args: readonly string[]): string =>
  spawnSync(join(root, 'node_modules/.bin', tool), args, {
    cwd: tree,
    encoding: 'utf8',
    maxBuffer: 1e8,
    shell: process.platform === 'win32',
  }).stdout

const biome = (): readonly Finding[] => {
  const report: { diagnostics: { category: string; severity: string; location: { path: string } }[] } = JSON.parse(
    run('biome', ['lint', '--reporter=json', '--max-diagnostics=none', '.']),
  )
  return report.diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ category, location }) => ({ path: location.path, rule: category }))
}

const oxlint = (): readonly Finding[] => {
  const report: { diagnostics: { code: string; filename: string }[] } = JSON.parse(
    run('oxlint', ['--type-aware', '--deny-warnings', '-f', 'json', 'src']),
  )
  return report.diagnostics.map(({ code, filename }) => ({ path: filename, rule: code }))
}

const found = new Map<string, Set<string>>()
const rules = (path: string): ReadonlySet<string> => found.get(path) ?? new Set()

beforeAll(() => {
  for (const name of ['biome.json', '.oxlintrc.json', '.gitignore', 'package.json', 'tsconfig.json'])
    copyFileSync(join(root, name), join(tree, name))
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'), 'junction')
  for (const [index, [, specifier]] of refused.entries()) write(refusedPath(index), `import '${specifier}'`)
  for (const [path, text] of [...Object.entries(wholeFiles), ...Object.entries(allowed), ...broken]) write(path, text)
  for (const { path, rule } of [...biome(), ...oxlint()]) found.set(path, (found.get(path) ?? new Set()).add(rule))
}, 30_000)

afterAll(() => rmSync(tree, { recursive: true }))

describe('the walls', () => {
  it('refuse every import from one room into another, and every package outside its room', () => {
    const passed = refused.filter((_pair, index) => !rules(refusedPath(index)).has(walls))
    expect(passed).toEqual([])
  })

  it('hold for the leaves, the core, the door, the root and the command, for types and dynamic imports too', () => {
    expect(Object.keys(wholeFiles).filter((path) => !rules(path).has(walls))).toEqual([])
  })

  it('let through what each room needs', () => {
    expect(Object.keys(allowed).filter((path) => rules(path).has(walls))).toEqual([])
  })
})

it.each(broken)('the linter refuses %s', (path, _text, rule) => {
  expect([...rules(path)]).toContain(rule)
})
