// The walls of src/: what each folder and file may import. One row is one wall. wall-rules.ts turns the rows into biome.walls.json and
// oxlint.walls.json, which the linters check. A folder may import itself. Where two rows cover a file, the later one counts: an exception follows its rule.
// Whatever a row does not list is refused, so a new folder needs a row of its own.

export interface Wall {
  /** A folder or file of src/; a file name may contain `*` and `{a,b}`. */
  readonly around: string
  /** What it is: part of the linter's message. */
  readonly what: string
  /** Folders and files of src/ that it may import, besides itself. */
  readonly knows?: readonly string[]
  /** Folders and files of src/ of which it may import types only, by `import type`. */
  readonly types?: readonly string[]
  /** Packages; `node:` is every module of Node.js. */
  readonly packages?: readonly string[]
}

const leaves = ['errors.ts', 'log.ts', 'rate.ts', 'owned.ts', 'long-map.ts', 'quotas.ts', 'settings.ts', 'image-blocks.ts', 'sentences']
const data = ['ota/model.ts', 'ota/policy.ts', 'ota/inputs.ts', 'ota/names.ts', 'ota/task-progress.ts']
/** The part of the core that rooms may import. Everything else of it they reach through its ports. */
const core = [...data, 'ota/ports', 'ota/rules']
const room = [...leaves, ...core]
const coreLeaves = {
  knows: ['errors.ts', 'rate.ts', 'owned.ts', 'long-map.ts', 'quotas.ts', 'sentences'],
  types: ['log.ts', 'settings.ts'],
}

const rules = {
  what: 'functions of data, no effects and no clock',
  knows: [...data, 'sentences'],
  types: ['ota/ports', 'settings.ts'],
}
const state = [...coreLeaves.knows, ...data, 'ota/ports', 'ota/rules', 'ota/dialects']
const campaigns = [...state, 'ota/state']

const command = {
  what: 'the command, a client of the HTTP API',
  knows: ['server.ts', 'offline', 'lan', 'settings-load.ts', 'log-pino.ts', 'errors.ts', 'bundled.ts'],
  types: ['ota/model.ts'],
  packages: ['node:', 'commander', 'picocolors'],
}

const leafWalls: readonly Wall[] = [
  { around: 'log.ts', what: 'a leaf: the interface of the log' },
  { around: '{bundled,bundled-file}.ts', what: 'a leaf: where the parts of the program are', packages: ['node:'] },
  { around: 'native-addon.ts', what: 'a leaf: loads an addon that has no file', packages: ['node:'] },
  { around: 'rate.ts', what: 'a leaf: a token bucket' },
  { around: 'long-map.ts', what: 'a leaf: a Map of which no call takes long' },
  { around: 'owned.ts', what: 'a leaf: texts with memory of their own' },
  { around: 'quotas.ts', what: 'a leaf: who has reached a bound', knows: ['rate.ts'] },
  { around: 'image-blocks.ts', what: "a leaf: digests of an image's blocks", packages: ['node:'] },
  { around: 'errors.ts', what: 'a leaf: the table of errors', knows: ['sentences'] },
  { around: 'sentences', what: 'a leaf: the sentences for people', packages: ['intl-messageformat'] },
  { around: 'settings.ts', what: 'a leaf: the schema of settings', packages: ['typebox'] },
]

const coreWalls: readonly Wall[] = [
  { around: 'ota', what: 'the core: no input or output, no package', ...coreLeaves },
  { around: 'ota/{model,policy,inputs,names,task-progress}.ts', what: "the core's data", knows: [...data, 'sentences'] },
  { around: 'ota/ports', what: 'what the core and the rooms ask of each other', types: [...data, 'ota/rules', 'sentences'] },
  { around: 'ota/rules', ...rules },
  { around: 'ota/rules/window.ts', ...rules, knows: [...rules.knows, 'ota/rules'], packages: ['croner'] },
  { around: 'ota/dialects', what: 'bytes to reports and offers to bytes', knows: [...data, 'ota/ports', 'owned.ts'] },
  { around: 'ota/state', what: 'what the core remembers, and how it changes', ...coreLeaves, knows: state },
  { around: 'ota/campaigns', what: 'a campaign from its creation to its end', ...coreLeaves, knows: campaigns },
  {
    around: 'ota/devices',
    what: 'what devices send, and how they come and go',
    ...coreLeaves,
    knows: [...campaigns, 'ota/campaigns'],
  },
]

const mqttWalls: readonly Wall[] = [
  { around: 'mqtt', what: 'the broker', knows: room, types: ['ota/dialects/dialect.ts'], packages: ['node:', 'mqtt-packet'] },
  {
    around: 'mqtt/{engine,aedes-private}.ts',
    what: 'the engine',
    knows: [...room, 'mqtt'],
    types: ['ota/dialects/dialect.ts'],
    packages: ['node:', 'aedes', 'mqtt-packet'],
  },
  {
    around: 'mqtt/wire',
    what: 'packets as bytes; knows no client and no session',
    knows: ['errors.ts', 'log.ts', 'sentences'],
    packages: ['node:'],
  },
  { around: 'mqtt/topics', what: 'which filters match a topic', knows: ['owned.ts', 'mqtt/wire'] },
  {
    around: 'mqtt/entry',
    what: 'who may connect, and what a client may do; knows no socket and no session',
    knows: [...room, 'mqtt/wire'],
    types: ['ota/dialects/dialect.ts'],
    packages: ['node:'],
  },
  {
    around: 'mqtt/sessions',
    what: 'messages until they are acknowledged; knows no socket and no engine',
    knows: ['errors.ts', 'log.ts', 'quotas.ts', 'sentences', ...core, 'mqtt/wire', 'mqtt/topics'],
    packages: ['node:'],
  },
  { around: 'mqtt/listen', what: 'listening addresses and their streams of bytes', knows: room, packages: ['node:', 'ws'] },
  {
    around: 'mqtt/migration',
    what: 'the reader of the store of an Aedes broker',
    knows: [...room, 'mqtt/wire', 'mqtt/topics', 'mqtt/entry', 'mqtt/sessions'],
    packages: ['node:', 'aedes', 'aedes-persistence', 'aedes-persistence-level', 'mqtt-packet'],
  },
]

const adminPackages = ['node:', 'fastify', '@fastify/*', 'typebox', 'typebox/*', 'prom-client']
const adminWalls: readonly Wall[] = [
  { around: 'admin', what: 'the HTTP API', knows: room, packages: adminPackages },
  {
    around: 'admin/routes',
    what: 'the routes of the HTTP API',
    knows: [...room, 'admin/*.ts'],
    packages: adminPackages,
  },
]

const roomWalls: readonly Wall[] = [
  { around: 'store', what: 'records and sessions on disk', knows: room, packages: ['node:'] },
  { around: 'store/level.ts', what: 'the only file that opens LevelDB', knows: [...room, 'store'], packages: ['node:', 'level'] },
  { around: 'store/files', what: "LevelDB's files as bytes; opens no database", knows: ['sentences'], packages: ['node:'] },
  { around: 'firmware', what: 'images as files', knows: room, packages: ['node:'] },
  { around: 'download', what: 'images over HTTP, in a thread of its own', knows: room, packages: ['node:'] },
  {
    around: 'lan',
    what: 'the server on the local network',
    knows: ['errors.ts', 'log.ts', 'sentences'],
    packages: ['node:', 'bonjour-service'],
  },
  { around: 'simulate', what: 'simulated devices', knows: room, packages: ['node:', 'mqtt'] },
]

const topWalls: readonly Wall[] = [
  { around: 'settings', what: 'how settings are read and checked', knows: ['settings.ts', 'errors.ts', 'sentences'], packages: ['node:'] },
  {
    around: 'settings-load.ts',
    what: 'the settings, loaded from their sources',
    knows: ['settings.ts', 'errors.ts', 'sentences', 'settings'],
    packages: ['node:'],
  },
  { around: 'data-dir.ts', what: 'the files of a data directory that people read', knows: ['errors.ts', 'sentences'], packages: ['node:'] },
  {
    around: 'data-{check,open}.ts',
    what: 'whether a data directory is new, whole or refused, and its opening',
    knows: ['errors.ts', 'log.ts', 'sentences', 'data-dir.ts', 'data-check.ts', 'ota/ports', 'store'],
    packages: ['node:'],
  },
  {
    around: 'log-pino.ts',
    what: 'the log, written by pino',
    knows: ['log.ts', 'log-output.ts', 'log-floods.ts'],
    types: ['settings.ts'],
    packages: ['node:', 'pino', 'pino-pretty'],
  },
  {
    around: 'descriptors.ts',
    what: 'how many files the process may open',
    knows: ['errors.ts', 'log.ts', 'sentences'],
    packages: ['node:'],
  },
  { around: 'store-health.ts', what: 'whether the store can be written', knows: ['errors.ts', 'log.ts', 'sentences', 'ota/ports'] },
  {
    around: 'stored-images.ts',
    what: 'the images at a start, compared with the packages',
    knows: ['log.ts', 'sentences', 'ota', 'firmware'],
  },
  { around: 'log-output.ts', what: 'standard output, without waiting for it', packages: ['node:'] },
  { around: 'log-floods.ts', what: 'folds floods of one line' },
  {
    around: 'server-metrics.ts',
    what: 'what the rooms show in the metrics',
    knows: ['admin/metrics.ts', 'ota/ports'],
    types: ['download/server.ts', 'mqtt/broker.ts', 'ota/orchestrator.ts'],
  },
  {
    around: 'server-site.ts',
    what: 'what the API shows of the server around it',
    knows: ['settings'],
    types: ['admin/site.ts', 'download/server.ts', 'mqtt/broker.ts', 'server-metrics.ts', 'settings.ts'],
  },
  {
    around: 'server.ts',
    what: 'opens the rooms, and closes them in reverse order',
    knows: [
      ...leaves,
      'bundled.ts',
      'data-dir.ts',
      'data-open.ts',
      'lan',
      'descriptors.ts',
      'store-health.ts',
      'stored-images.ts',
      'server-metrics.ts',
      'server-site.ts',
      'settings-load.ts',
      'log-pino.ts',
      'ota',
      'store',
      'firmware',
      'mqtt',
      'download',
      'admin',
    ],
    packages: ['node:'],
  },
  {
    around: 'offline',
    what: 'commands that open a data directory without a server; imported by cli/ only',
    knows: [...leaves, 'data-dir.ts', 'data-open.ts', 'settings-load.ts', 'log-pino.ts', 'ota', 'store', 'firmware', 'mqtt'],
    packages: ['node:'],
  },
  {
    around: 'index.ts',
    what: 'the entrance for programs that embed the server',
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
  { around: 'cli/{simulate,demo}*.ts', ...command, knows: [...command.knows, 'cli', 'simulate'] },
]

export const walls: readonly Wall[] = [...leafWalls, ...coreWalls, ...roomWalls, ...mqttWalls, ...adminWalls, ...topWalls]
