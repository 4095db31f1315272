// The walls of src/: what each folder and file may import. One row is one wall; the rows are made into biome.walls.json (wall-rules.ts),
// which the linter keeps. A folder knows itself. Of two rows for a file the later one holds, so that the exception follows the rule.
// What no row names is refused: a new folder inside a room needs a row of its own.

export interface Wall {
  /** The folder or file of src/ that the wall is around; `*` and `{a,b}` in a file's name stand for several. */
  readonly around: string
  /** What is inside, as the linter says it to whoever broke the wall. */
  readonly what: string
  /** What of src/ it may import, besides itself. */
  readonly knows?: readonly string[]
  /** What of src/ it may import types of, and nothing else. */
  readonly types?: readonly string[]
  /** Packages, and `node:` for what Node.js brings along. */
  readonly packages?: readonly string[]
}

const leaves = ['errors.ts', 'log.ts', 'rate.ts', 'settings.ts', 'sentences']
const data = ['ota/model.ts', 'ota/policy.ts', 'ota/inputs.ts', 'ota/names.ts', 'ota/task-progress.ts']
/** Of the core, what rooms may know: they call it through its ports. */
const core = [...data, 'ota/ports', 'ota/rules']
const room = [...leaves, ...core]
const coreLeaves = { knows: ['errors.ts', 'rate.ts', 'sentences'], types: ['log.ts', 'settings.ts'] }

const rules = {
  what: 'functions of data, no effects and no clock',
  knows: [...data, 'sentences'],
  types: ['ota/ports', 'settings.ts'],
}
// memory/ and messages/ have become state/ and dialects/; their rows go when the folders go.
const state = [...coreLeaves.knows, ...data, 'ota/ports', 'ota/rules', 'ota/dialects', 'ota/messages']
const campaigns = [...state, 'ota/state', 'ota/memory']

const command = {
  what: 'the command, which speaks HTTP to the server',
  knows: ['server.ts', 'offline', 'settings-load.ts', 'log-pino.ts', 'errors.ts', 'cli'],
  types: ['ota/model.ts'],
  packages: ['node:', 'commander', 'picocolors'],
}

const leafWalls: readonly Wall[] = [
  { around: 'log.ts', what: 'a leaf: the interface of the log' },
  { around: 'rate.ts', what: 'a leaf: a token bucket' },
  { around: 'errors.ts', what: 'a leaf: the table of errors', knows: ['sentences'] },
  { around: 'sentences', what: 'a leaf: what the server says to people', packages: ['intl-messageformat'] },
  { around: 'settings.ts', what: 'a leaf: the schema of settings', packages: ['typebox'] },
]

const coreWalls: readonly Wall[] = [
  { around: 'ota', what: 'the core: no input or output, no package', ...coreLeaves },
  { around: 'ota/{model,policy,inputs,names,task-progress}.ts', what: "the core's data", knows: data },
  { around: 'ota/ports', what: 'what the core and the rooms may ask of each other', types: [...data, 'ota/rules'] },
  { around: 'ota/rules', ...rules },
  { around: 'ota/rules/window.ts', ...rules, knows: [...rules.knows, 'ota/rules'], packages: ['croner'] },
  { around: 'ota/dialects', what: 'bytes to reports and offers to bytes', knows: [...data, 'ota/ports'] },
  { around: 'ota/messages', what: 'bytes to reports and offers to bytes', knows: [...data, 'ota/ports'] },
  { around: 'ota/state', what: 'what the core remembers, and how it changes', ...coreLeaves, knows: state },
  { around: 'ota/memory', what: 'what the core remembers, and how it changes', ...coreLeaves, knows: state },
  { around: 'ota/campaigns', what: 'a campaign from its creation to its end', ...coreLeaves, knows: campaigns },
  {
    around: 'ota/devices',
    what: 'what devices send, and how they come and go',
    ...coreLeaves,
    knows: [...campaigns, 'ota/campaigns'],
  },
]

const mqttWalls: readonly Wall[] = [
  { around: 'mqtt', what: 'the broker', knows: room, packages: ['node:', 'aedes', 'mqtt-packet'] },
  {
    around: 'mqtt/wire',
    what: 'packets as bytes: nothing of who is connected or what is kept',
    knows: ['errors.ts', 'log.ts', 'sentences'],
    packages: ['node:'],
  },
  { around: 'mqtt/topics', what: 'which filters match a topic', knows: ['mqtt/wire'] },
  {
    around: 'mqtt/entry',
    what: 'who may connect, and what a client may do: no connection, no session',
    knows: [...room, 'ota/memory/rate.ts', 'mqtt/wire'],
    packages: ['node:'],
  },
  {
    around: 'mqtt/sessions',
    what: 'messages until they are acknowledged: no socket, no engine',
    knows: ['errors.ts', 'log.ts', 'sentences', ...core, 'mqtt/wire', 'mqtt/topics', 'mqtt/entry/access.ts'],
    packages: ['node:'],
  },
  { around: 'mqtt/listen', what: 'addresses that are listened on: streams of bytes', knows: room, packages: ['node:', 'ws'] },
  {
    around: 'mqtt/migration',
    what: 'reads the store of an Aedes broker',
    knows: [...room, 'mqtt/wire', 'mqtt/topics', 'mqtt/sessions'],
    packages: ['node:', 'aedes', 'aedes-persistence', 'aedes-persistence-level', 'mqtt-packet'],
  },
]

const adminPackages = ['node:', 'fastify', '@fastify/*', 'typebox', 'typebox/*', 'prom-client']
const adminWalls: readonly Wall[] = [
  { around: 'admin', what: 'the HTTP API', knows: room, packages: adminPackages },
  {
    around: 'admin/routes',
    what: 'the routes of the HTTP API',
    knows: [...room, 'ota/campaigns/catalog.ts', 'admin/*.ts'],
    packages: adminPackages,
  },
]

const roomWalls: readonly Wall[] = [
  { around: 'store', what: 'records and sessions on disk', knows: room, packages: ['node:'] },
  { around: 'store/level.ts', what: 'the only file that opens LevelDB', knows: [...room, 'store'], packages: ['node:', 'level'] },
  { around: 'firmware', what: 'images as files', knows: room, packages: ['node:'] },
  { around: 'download', what: 'images over HTTP, in a thread of its own', knows: room, packages: ['node:'] },
  { around: 'simulate', what: 'simulated devices', knows: room, packages: ['node:', 'mqtt'] },
]

const topWalls: readonly Wall[] = [
  { around: 'settings', what: 'how settings are read and checked', knows: ['settings.ts', 'errors.ts', 'sentences'], packages: ['node:'] },
  {
    around: 'settings-load.ts',
    what: 'the entrance to settings/, which nothing else imports',
    knows: ['settings.ts', 'errors.ts', 'sentences', 'settings'],
    packages: ['node:'],
  },
  { around: 'data-dir.ts', what: 'which directory is ours', knows: ['errors.ts', 'sentences'], packages: ['node:'] },
  {
    around: 'log-pino.ts',
    what: 'the log as pino writes it',
    knows: ['log.ts'],
    types: ['settings.ts'],
    packages: ['node:', 'pino', 'pino-pretty'],
  },
  {
    around: 'server.ts',
    what: 'opens the rooms and closes them in reverse',
    knows: [...leaves, 'data-dir.ts', 'settings-load.ts', 'log-pino.ts', 'ota', 'store', 'firmware', 'mqtt', 'download', 'admin'],
    packages: ['node:'],
  },
  {
    around: 'offline',
    what: 'commands that open a data directory without the server; only cli/ imports it',
    knows: [...leaves, 'data-dir.ts', 'settings-load.ts', 'log-pino.ts', 'ota', 'store', 'firmware', 'mqtt'],
    packages: ['node:'],
  },
  {
    around: 'index.ts',
    what: 'the door for programs that embed the server',
    knows: [
      'server.ts',
      'data-dir.ts',
      'errors.ts',
      'log.ts',
      'settings.ts',
      'settings-load.ts',
      'log-pino.ts',
      'sentences/sentence.ts',
      'ota/model.ts',
    ],
  },
  { around: 'cli', ...command },
  { around: 'cli/{simulate,demo}*.ts', ...command, knows: [...command.knows, 'simulate'] },
]

export const walls: readonly Wall[] = [...leafWalls, ...coreWalls, ...roomWalls, ...mqttWalls, ...adminWalls, ...topWalls]
