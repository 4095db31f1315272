// The walls of the core, its rooms and the leaves. wall-table.ts has all of them, and says what a row is.

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

export const leaves = [
  'errors.ts',
  'log.ts',
  'rate.ts',
  'owned.ts',
  'gbk.ts',
  'address-network.ts',
  'long-map.ts',
  'sparse.ts',
  'tcp',
  'sorted.ts',
  'quotas.ts',
  'settings.ts',
  'listener-address.ts',
  'tls-pair.ts',
  'image-blocks.ts',
  'image-format',
  'finding.ts',
  'nearest.ts',
  'process-alive.ts',
  'password.ts',
  'roles.ts',
  'alerts.ts',
  'sentences',
]
const data = ['ota/model.ts', 'ota/policy.ts', 'ota/inputs.ts', 'ota/names.ts', 'ota/task-progress.ts']
/** The part of the core that rooms may import. Everything else of it they reach through its ports. */
const core = [...data, 'ota/ports', 'ota/rules']
const room = [...leaves, ...core]
const coreLeaves = {
  knows: ['errors.ts', 'rate.ts', 'owned.ts', 'long-map.ts', 'sparse.ts', 'quotas.ts', 'sentences'],
  types: ['log.ts', 'settings.ts'],
}

const rules = {
  what: 'functions of data, no effects and no clock',
  knows: [...data, 'sentences'],
  types: ['ota/ports', 'settings.ts'],
}
const state = [...coreLeaves.knows, ...data, 'ota/ports', 'ota/rules', 'ota/dialects']
const campaigns = [...state, 'ota/state']

const leafWalls: readonly Wall[] = [
  { around: 'log.ts', what: 'a leaf: the interface of the log' },
  {
    around: '{bundled,bundled-file,bundled-package}.ts',
    what: 'a leaf: where the parts of the program are',
    knows: ['origin.ts'],
    packages: ['node:'],
  },
  { around: 'origin.ts', what: 'a leaf: what a program was made from', packages: ['node:'] },
  { around: 'native-addon.ts', what: 'a leaf: loads an addon that has no file', packages: ['node:'] },
  { around: 'rate.ts', what: 'a leaf: a token bucket' },
  { around: 'long-map.ts', what: 'a leaf: a Map of which no call takes long' },
  { around: 'sparse.ts', what: 'a leaf: sets and maps that are mostly empty' },
  { around: 'tcp', what: 'a leaf: connections as bytes in both directions', packages: ['node:'] },
  { around: 'sorted.ts', what: 'a leaf: a long list sorted in pieces' },
  { around: 'owned.ts', what: 'a leaf: texts with memory of their own' },
  { around: 'gbk.ts', what: 'a leaf: which bytes look like Chinese in GBK' },
  { around: 'address-network.ts', what: 'a leaf: which addresses count as one', packages: ['node:'] },
  { around: 'quotas.ts', what: 'a leaf: who has reached a bound', knows: ['rate.ts'] },
  { around: 'image-blocks.ts', what: "a leaf: digests of an image's blocks", packages: ['node:'] },
  { around: 'image-format', what: 'a leaf: what an image says of itself; runs in a browser too' },
  { around: 'process-alive.ts', what: 'a leaf: whether a process runs' },
  { around: 'sse-reader.ts', what: 'a leaf: the format of server-sent events' },
  { around: 'nearest.ts', what: 'a leaf: the known word nearest to a mistyped one' },
  { around: 'finding.ts', what: 'a leaf: what a check of an installation finds', knows: ['sentences'] },
  { around: 'password.ts', what: 'a leaf: passwords and their hashes', packages: ['node:'] },
  { around: 'roles.ts', what: 'a leaf: the roles of people and programs' },
  { around: 'alerts.ts', what: 'a leaf: the kinds of alerts' },
  { around: 'errors.ts', what: 'a leaf: the table of errors', knows: ['sentences'] },
  { around: 'sentences', what: 'a leaf: the sentences for people', packages: ['intl-messageformat'] },
  {
    around: 'settings.ts',
    what: 'a leaf: the schema of settings',
    knows: ['settings-words.ts', 'settings-production.ts'],
    packages: ['typebox'],
  },
  { around: 'settings-production.ts', what: 'a leaf: the settings of test stations', knows: ['settings-words.ts'], packages: ['typebox'] },
  { around: 'listener-address.ts', what: 'a leaf: the URL of a listener' },
  { around: 'tls-pair.ts', what: 'a leaf: a certificate and its key', packages: ['node:'] },
  { around: 'settings-words.ts', what: 'a leaf: the kinds of settings', packages: ['typebox'] },
]

const coreWalls: readonly Wall[] = [
  { around: 'ota', what: 'the core: no input or output, no package', ...coreLeaves },
  { around: 'ota/{model,policy,inputs,names,task-progress}.ts', what: "the core's data", knows: [...data, 'sentences'] },
  {
    around: 'ota/ports',
    what: 'what the core and the rooms ask of each other',
    types: [...data, 'ota/rules', 'roles.ts', 'alerts.ts', 'sentences'],
  },
  { around: 'ota/rules', ...rules },
  { around: 'ota/rules/window.ts', ...rules, knows: [...rules.knows, 'ota/rules'], packages: ['croner'] },
  { around: 'ota/dialects', what: 'bytes to reports and offers to bytes', knows: [...data, 'ota/ports', 'owned.ts', 'gbk.ts'] },
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
  { around: 'mqtt', what: 'the broker', knows: room, types: ['ota/dialects/dialect.ts'], packages: ['node:'] },
  {
    around: 'mqtt/{client-list,aedes-private}.ts',
    what: 'the list of connected clients',
    knows: [...room, 'mqtt'],
    types: ['ota/dialects/dialect.ts'],
    packages: ['node:', 'aedes'],
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
    knows: ['errors.ts', 'log.ts', 'quotas.ts', 'sparse.ts', 'sentences', ...core, 'mqtt/wire', 'mqtt/topics'],
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

/** The records of test stations, and what the API asks of them. */
const stationData = ['station/station-model.ts', 'station/run-model.ts', 'station/figure-model.ts', 'station/ports.ts']
const stationLeaves = ['errors.ts', 'log.ts', 'sentences', 'ota/model.ts', 'ota/inputs.ts', 'ota/names.ts', 'ota/ports', 'ota/rules']
/** Of these also the lists of words, and what figures add up to. */
const stationValues = ['station/run-json.ts', 'station/station-model.ts', 'station/run-model.ts', 'station/rules/figures.ts']
const adminPackages = ['node:', 'fastify', '@fastify/*', 'typebox', 'typebox/*', 'prom-client']
const adminWalls: readonly Wall[] = [
  {
    around: 'admin',
    what: 'the HTTP API',
    knows: [...room, ...stationValues],
    types: ['station/figure-model.ts', 'station/ports.ts'],
    packages: adminPackages,
  },
  {
    around: 'admin/routes',
    what: 'the routes of the HTTP API',
    knows: [...room, ...stationValues, 'admin/*.ts'],
    types: ['station/figure-model.ts', 'station/ports.ts'],
    packages: adminPackages,
  },
]

const roomWalls: readonly Wall[] = [
  { around: 'store', what: 'records and sessions on disk', knows: room, packages: ['node:'] },
  { around: 'store/level.ts', what: 'the only file that opens LevelDB', knows: [...room, 'store'], packages: ['node:', 'level'] },
  { around: 'store/files', what: "LevelDB's files as bytes; opens no database", knows: ['sentences'], packages: ['node:'] },
  {
    around: 'backup',
    what: 'backups as bytes',
    knows: ['errors.ts', 'log.ts', 'sentences', 'ota/ports'],
    packages: ['node:'],
  },
  {
    around: 'access',
    what: 'people, tokens, sessions and the audit; knows no HTTP',
    knows: ['address-network.ts', 'errors.ts', 'log.ts', 'password.ts', 'roles.ts', 'sentences', 'ota/ports'],
    packages: ['node:'],
  },
  {
    around: 'station',
    what: 'test stations: procedures, runs, units, yield; over the core, knows no HTTP',
    knows: stationLeaves,
    packages: ['node:'],
  },
  {
    around: 'station/floor',
    what: 'what happens at the stations now',
    knows: [...stationLeaves, 'station/*.ts', 'station/rules'],
  },
  {
    around: 'station/rules',
    what: 'functions of data about tests, no effects and no clock',
    knows: ['sentences', 'errors.ts', 'ota/model.ts', 'ota/names.ts', 'ota/rules', ...stationData],
  },
  {
    around: 'webhooks',
    what: 'alerts and results for other programs, kept until they are delivered; knows no API',
    knows: ['errors.ts', 'log.ts', 'alerts.ts', 'sentences', 'ota/model.ts', 'ota/ports', 'ota/rules', 'station/run-json.ts'],
    types: stationData,
    packages: ['node:'],
  },
  { around: 'firmware', what: 'images as files', knows: room, packages: ['node:'] },
  { around: 'download', what: 'images over HTTP, in a thread of its own', knows: room, packages: ['node:'] },
  {
    around: 'lan',
    what: 'the server on the local network',
    knows: ['errors.ts', 'log.ts', 'rate.ts', 'sentences'],
    packages: ['node:', 'bonjour-service'],
  },
  { around: 'simulate', what: 'simulated devices', knows: room, packages: ['node:', 'mqtt'] },
]

/** Those of the rooms and the leaves. */
export const roomsWalls: readonly Wall[] = [...leafWalls, ...coreWalls, ...roomWalls, ...mqttWalls, ...adminWalls]
