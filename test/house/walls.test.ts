// The walls of docs/architecture.md, tested: files that each break one rule are linted with the settings of this repository, and every one
// must be refused; files that keep the rules must pass. The violations are written by hand, so that a wrong row of wall-table.ts is found;
// walls-matrix.test.ts tests that the linter keeps every row as written.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLintFixture, type LintFixture } from '../support/lint-fixture.ts'

/** What may be imported, of what only types, and the ways around both. */
const walls = [
  'lint/style/noRestrictedImports',
  'eslint(no-restricted-imports)',
  'typescript(consistent-type-imports)',
  'eslint(no-restricted-properties)',
]

const rooms = ['store', 'firmware', 'mqtt', 'download', 'admin', 'simulate'] as const
const packages = [
  'intl-messageformat',
  'aedes',
  'aedes-persistence-level',
  'level',
  'fastify',
  '@fastify/swagger',
  'croner',
  'commander',
  'prom-client',
  'pino',
]
const ownPackages: Readonly<Record<string, readonly string[]>> = {
  mqtt: ['aedes'],
  admin: ['fastify', '@fastify/swagger', 'prom-client'],
}

const coreInside = ['state/x', 'state/queue', 'campaigns/turn', 'devices/receive', 'dialects/fogcloud', 'orchestrator', 'tick']
const coreFolders = ['rules', 'dialects', 'state', 'campaigns', 'devices']

/** What a file in `folder` must not import: [folder, specifier]. */
const refused: readonly (readonly [folder: string, specifier: string])[] = [
  ...rooms.flatMap((room) => [
    ...rooms.filter((other) => other !== room).map((other) => [room, `../${other}/index.ts`] as const),
    ...['server', 'index', 'settings-load', 'log-pino', 'data-dir', 'settings/check', 'cli/main', 'offline/restore'].map(
      (file) => [room, `../${file}.ts`] as const,
    ),
    ...coreInside.map((file) => [room, `../ota/${file}.ts`] as const),
    ...packages.filter((name) => !ownPackages[room]?.includes(name)).map((name) => [room, name] as const),
    ...['./inner/../../', '../ota/ports/../../', '../sentences/../'].map(
      (way) => [room, `${way}${room === 'store' ? 'mqtt' : 'store'}/x.ts`] as const,
    ),
  ]),
  ...[...rooms, 'server', 'cli/main', 'log-pino', 'offline/restore'].map(
    (name) => ['ota', `../${name}${name.includes('/') ? '' : '/x'}.ts`] as const,
  ),
  ...['node:fs', 'node:fs/promises', 'typebox', 'mqtt-packet', ...packages].map((name) => ['ota', name] as const),
  ...rooms.map((room) => ['cli', `../${room}/x.ts`] as const),
  ...['../ota/orchestrator.ts', '../ota/ports/store.ts', '../ota/state/x.ts', '../settings/check.ts', 'aedes', 'fastify', 'level'].map(
    (name) => ['cli', name] as const,
  ),
  ...['admin', 'download', 'simulate'].map((room) => ['offline', `../${room}/x.ts`] as const),
  ...['../server.ts', '../index.ts', '../cli/main.ts', '../settings/check.ts', 'level', 'aedes', 'commander', 'pino'].map(
    (name) => ['offline', name] as const,
  ),
  ...['../errors.ts', '../log.ts', '../ota/model.ts', '../store/level.ts', 'node:fs', 'typebox'].map(
    (name) => ['sentences', name] as const,
  ),
  ...[...coreFolders, 'ports'].flatMap((folder) =>
    ['../orchestrator.ts', '../tick.ts', '../../store/level.ts', '../../server.ts', 'node:fs', 'fastify', 'croner'].map(
      (name) => [`ota/${folder}`, name] as const,
    ),
  ),
  ...coreFolders.map((folder) => ['ota/ports', `../${folder === 'rules' ? 'devices' : folder}/x.ts`] as const),
  ...coreFolders.filter((folder) => folder !== 'rules').map((folder) => ['ota/rules', `../${folder}/x.ts`] as const),
  ...['dialects'].flatMap((dialect) =>
    ['rules', 'state', 'campaigns', 'devices'].map((folder) => [`ota/${dialect}`, `../${folder}/x.ts`] as const),
  ),
  ...['state'].flatMap((state) => ['campaigns', 'devices'].map((folder) => [`ota/${state}`, `../${folder}/x.ts`] as const)),
  ['ota/campaigns', '../devices/x.ts'],
  ['admin/routes', '../../store/level.ts'],
  ['admin/routes', '../../server.ts'],
  ['settings', '../ota/model.ts'],
  ...['wire', 'topics', 'entry', 'sessions', 'listen', 'migration'].flatMap((room) =>
    ['../broker.ts', '../socket.ts', '../../store/level.ts', '../../server.ts', 'level'].map((name) => [`mqtt/${room}`, name] as const),
  ),
  ...['wire', 'topics', 'entry', 'sessions', 'listen'].map((room) => [`mqtt/${room}`, 'aedes'] as const),
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
  'src/data-dir.ts': "import './settings.ts'",
  'src/ota/model.ts': "import './rules/phases.ts'",
  'src/ota/policy.ts': "import '../errors.ts'",
  'src/ota/rules/window.ts': "import 'node:fs'",
  'src/ota/rules/port.ts': "import { store } from '../ports/store.ts'\nexport const x = store",
  'src/ota/ports/value.ts': "import { deviceKey } from '../model.ts'\nexport const x = deviceKey",
  'src/ota/rules/value.ts': "import { settingsSchema } from '../../settings.ts'\nexport const x = settingsSchema",
  'src/store/level.ts': "import 'fastify'",
  'src/ota/value.ts': "import { settingsSchema } from '../settings.ts'\nexport const x = settingsSchema",
  'src/cli/value.ts': "import { deviceKey } from '../ota/model.ts'\nexport const x = deviceKey",
  'src/cli/whole.ts': "import * as model from '../ota/model.ts'\nexport const x = model",
  'src/cli/simulating.ts': "import '../simulate/fleet.ts'",
  'src/cli/simulate.ts': "import '../mqtt/broker.ts'",
  'src/mqtt/other-packets.ts': "import 'mqtt-packet'",
  'src/mqtt/dialect.ts': "import { fogcloud } from '../ota/dialects/dialect.ts'\nexport const x = fogcloud",
  'src/store/dynamic.ts': "export const x = await import('../mqtt/broker.ts')",
  'src/store/types.ts': "export type { Broker } from '../mqtt/broker.ts'",
  'src/ota/campaigns/expression.ts': "export type X = import('../../admin/app.ts').App",
  'src/ota/campaigns/whole.ts': "export type X = typeof import('../../admin/app.ts')",
  'src/ota/builtin.ts': "export const x = process.getBuiltinModule('node:fs')",
  'src/ota/builtin-name.ts': "export const x = globalThis.process['getBuiltinModule']",
  'src/ota/builtin-part.ts': 'export const { getBuiltinModule } = process',
  'src/ota/capital.ts': "import { Log } from '../log.ts'\nexport const x = Log",
  'src/ota/capital-export.ts': "export { Log } from '../log.ts'",
  'src/ota/mixed.ts': "import { Level, type Log } from '../log.ts'\nexport const x: Log = Level",
  'src/ota/effect.ts': "import '../log.ts'",
  'src/ota/all.ts': "export * from '../log.ts'",
  'src/ota/dynamic.ts': "export const { Log } = await import('../log.ts')",
  'src/ota/ports/capital.ts': "import { DeviceKey } from '../model.ts'\nexport const x = DeviceKey",
  'src/ota/ports/capital-rule.ts': "import { Gate } from '../rules/phases.ts'\nexport const x = Gate",
  'src/cli/capital.ts': "import { Task } from '../ota/model.ts'\nexport const x = Task",
  'src/mqtt/capital.ts': "import { Dialect } from '../ota/dialects/dialect.ts'\nexport const x = Dialect",
}

/** Files that keep the walls. */
const allowed: Readonly<Record<string, string>> = {
  'src/sentences/keeps.ts': "import 'intl-messageformat'\nimport './english.ts'",
  'src/store/keeps.ts':
    "import 'node:fs'\nimport '../errors.ts'\nimport '../log.ts'\nimport '../settings.ts'\nimport '../ota/ports/store.ts'\nimport './keys.ts'",
  'src/mqtt/keeps.ts': "import '../sparse.ts'\nimport 'node:tls'\nimport './sessions/x.ts'",
  'src/mqtt/wire/keeps.ts': "import '../../errors.ts'\nimport 'node:buffer'",
  'src/mqtt/topics/keeps.ts': "import '../wire/packets.ts'",
  'src/mqtt/topics-of-devices.ts': "import type { Dialect } from '../ota/dialects/dialect.ts'\nexport type X = Dialect",
  'src/mqtt/entry/keeps.ts':
    "import 'node:crypto'\nimport '../../ota/ports/mqtt.ts'\nimport '../../settings.ts'\nimport '../wire/filter.ts'",
  'src/mqtt/sessions/keeps.ts': "import '../../ota/ports/session-rows.ts'\nimport '../topics/x.ts'\nimport '../wire/x.ts'",
  'src/mqtt/listen/keeps.ts': "import 'node:net'\nimport 'ws'\nimport '../../settings.ts'",
  'src/mqtt/migration/keeps.ts': "import 'aedes-persistence-level'\nimport '../sessions/x.ts'\nimport '../entry/identity.ts'",
  'src/admin/keeps.ts':
    "import 'fastify'\nimport '@fastify/swagger'\nimport 'typebox/compile'\nimport 'prom-client'\nimport './routes/x.ts'",
  'src/admin/routes/keeps.ts': "import 'fastify'\nimport '../views.ts'\nimport '../../errors.ts'\nimport '../../ota/ports/store.ts'",
  'src/ota/keeps.ts':
    "import { OtaError } from '../errors.ts'\nimport type { OtaSettings } from '../settings.ts'\nimport type { Log } from '../log.ts'\nimport './rules/x.ts'\nimport './devices/x.ts'\nexport type X = [OtaSettings, Log]\nexport const x = OtaError",
  'src/ota/exports.ts': "export type { Log } from '../log.ts'\nexport type { OtaSettings as X } from '../settings.ts'",
  'src/ota/ports/keeps.ts':
    "import type { Task } from '../model.ts'\nimport type { Gate } from '../rules/phases.ts'\nexport type X = [Task, Gate]",
  'src/ota/rules/keeps.ts': "import '../model.ts'\nimport type { OtaSettings } from '../../settings.ts'\nexport type X = OtaSettings",
  'src/ota/dialects/keeps.ts':
    "import '../model.ts'\nimport '../names.ts'\nimport type { Report } from '../ports/mqtt.ts'\nexport type X = Report",
  'src/ota/state/keeps.ts': "import '../rules/x.ts'\nimport '../dialects/x.ts'\nimport '../ports/store.ts'\nimport '../../errors.ts'",
  'src/ota/campaigns/keeps.ts':
    "import '../rules/x.ts'\nimport '../dialects/x.ts'\nimport '../state/x.ts'\nimport { OtaError } from '../../errors.ts'\nexport const x = OtaError",
  'src/ota/devices/keeps.ts': "import '../rules/x.ts'\nimport '../dialects/x.ts'\nimport '../state/x.ts'\nimport '../campaigns/x.ts'",
  'src/offline/keeps.ts':
    "import '../store/level.ts'\nimport '../mqtt/x.ts'\nimport '../firmware/x.ts'\nimport '../data-dir.ts'\nimport 'node:fs'",
  'src/cli/keeps.ts':
    "import '../server.ts'\nimport '../offline/x.ts'\nimport '../settings-load.ts'\nimport '../log-pino.ts'\nimport type { Task } from '../ota/model.ts'\nimport 'commander'\nexport type X = Task",
  'src/cli/demo.ts': "import '../simulate/fleet.ts'",
}

const long = (lines: number, line: string): string => `${line}\n`.repeat(lines)

/** Files that break another rule of the linter: path, text, rule. */
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

const refusedPath = (index: number): string => `src/${refused[index]?.[0]}/refused-${index}.ts`

const found = new Map<string, Set<string>>()
const rules = (path: string): ReadonlySet<string> => found.get(path) ?? new Set()
const isWalled = (path: string): boolean => walls.some((rule) => rules(path).has(rule))
let tree: LintFixture

beforeAll(() => {
  tree = createLintFixture({
    ...Object.fromEntries(refused.map(([, specifier], index) => [refusedPath(index), `import '${specifier}'`])),
    ...wholeFiles,
    ...allowed,
    ...Object.fromEntries(broken),
  })
  for (const { path, rule } of [...tree.biome(), ...tree.oxlint()]) found.set(path, (found.get(path) ?? new Set()).add(rule))
}, 30_000)

afterAll(() => tree.remove())

describe('the walls', () => {
  it('refuse every import from one room into another, and every package outside its room', () => {
    const passed = refused.filter((_pair, index) => !isWalled(refusedPath(index)))
    expect(passed).toEqual([])
  })

  it('hold for leaves, the core, index.ts, server.ts and the command, and for imports of types and dynamic imports', () => {
    expect(Object.keys(wholeFiles).filter((path) => !isWalled(path))).toEqual([])
  })

  it('allow what each room needs', () => {
    expect(Object.keys(allowed).filter((path) => isWalled(path))).toEqual([])
  })
})

it.each(broken)('the linter refuses %s', (path, _text, rule) => {
  expect([...rules(path)]).toContain(rule)
})
