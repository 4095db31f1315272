// The walls of src/: what each folder and file may import. One row is one wall. wall-rules.ts turns the rows into biome.walls.json and
// oxlint.walls.json, which the linters check. A folder may import itself. Where two rows cover a file, the later one counts: an exception follows its rule.
// Whatever a row does not list is refused, so a new folder needs a row of its own. Here are those of what is above the rooms.

import { pageWalls } from './wall-table-page.ts'
import { leaves, roomsWalls, type Wall } from './wall-table-rooms.ts'

const command = {
  what: 'the command, a client of the HTTP API',
  knows: [
    'server.ts',
    'readiness.ts',
    'offline',
    'lan',
    'settings-load.ts',
    'log-pino.ts',
    'process-alive.ts',
    'errors.ts',
    'roles.ts',
    'password.ts',
    'sentences',
    'bundled.ts',
    'sse-reader.ts',
  ],
  types: ['ota/model.ts'],
  packages: ['node:', 'commander', 'picocolors'],
}

const offline = [
  ...leaves,
  'data-dir.ts',
  'data-check.ts',
  'data-open.ts',
  'descriptors.ts',
  'settings-load.ts',
  'log-pino.ts',
  'access',
  'backup',
  'ota',
  'store',
  'firmware',
  'mqtt',
]

const topWalls: readonly Wall[] = [
  {
    around: 'settings',
    what: 'how settings are read and checked',
    knows: ['settings.ts', 'listener-address.ts', 'tls-pair.ts', 'nearest.ts', 'errors.ts', 'sentences'],
    packages: ['node:'],
  },
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
    knows: ['process-alive.ts', 'errors.ts', 'log.ts', 'sentences', 'data-dir.ts', 'data-check.ts', 'ota/ports', 'store'],
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
  {
    around: 'certificates.ts',
    what: 'until when certificates are valid',
    knows: ['errors.ts', 'log.ts', 'sentences', 'tls-pair.ts'],
    types: ['settings.ts'],
    packages: ['node:'],
  },
  {
    around: 'server-addresses.ts',
    what: 'where a running server can be reached',
    knows: ['listener-address.ts'],
    types: ['lan', 'data-dir.ts', 'download/messages.ts', 'settings.ts'],
    packages: ['node:'],
  },
  { around: 'readiness.ts', what: 'tells the service manager that the server is ready', types: ['log.ts'], packages: ['node:'] },
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
    knows: ['settings', 'server-addresses.ts'],
    types: ['admin/site.ts', 'download/server.ts', 'mqtt/broker.ts', 'server-metrics.ts', 'settings.ts'],
  },
  { around: 'server-closers.ts', what: 'what was opened, closed in reverse', types: ['log.ts'] },
  {
    around: 'server-access.ts',
    what: 'people, tokens and the audit of a running server',
    knows: ['access', 'data-dir.ts', 'data-open.ts', 'ota/ports'],
  },
  {
    around: 'server.ts',
    what: 'opens the rooms, and closes them in reverse order',
    knows: [
      ...leaves,
      'bundled.ts',
      'certificates.ts',
      'data-dir.ts',
      'data-open.ts',
      'lan',
      'descriptors.ts',
      'server-addresses.ts',
      'store-health.ts',
      'stored-images.ts',
      'server-metrics.ts',
      'server-site.ts',
      'server-access.ts',
      'server-closers.ts',
      'settings-load.ts',
      'log-pino.ts',
      'ota',
      'store',
      'firmware',
      'backup',
      'mqtt',
      'download',
      'admin',
    ],
    packages: ['node:'],
  },
  {
    around: 'offline',
    what: 'commands that open a data directory without a server; imported by cli/ only',
    knows: offline,
    packages: ['node:'],
  },
  {
    around: 'offline/doctor',
    what: 'what `fogbell doctor` looks at; opens no database and changes nothing',
    knows: [...offline, 'offline/file-faults.ts'],
    packages: ['node:'],
  },
  {
    around: 'offline/certs',
    what: 'a small authority, and the certificates that it signs',
    knows: ['errors.ts', 'sentences', 'ota/names.ts', 'offline/file-faults.ts'],
    packages: ['node:', 'node-forge'],
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
  { around: 'cli/{simulate,demo}*.ts', ...command, knows: [...command.knows, 'cli', 'simulate', 'sentences'] },
]

/** All of them. Where two rows cover a file, the later one counts. */
export const walls: readonly Wall[] = [...roomsWalls, ...topWalls, ...pageWalls]
