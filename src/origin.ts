// What a program was made from, and how its user starts it: what the three twins of src/bundled.ts share.

import { basename, dirname, relative } from 'node:path'

/** The single file, the npm package, or a source tree. */
export type ProgramKind = 'file' | 'package' | 'source'

export interface BuiltFrom {
  /** null: it was not made in a clone. Ends with `-dirty` if the clone had changes that were not committed. */
  readonly commit: string | null
  /** ISO 8601 UTC: that of the commit, or SOURCE_DATE_EPOCH. */
  readonly time: string
}

export interface ProgramOrigin {
  readonly kind: ProgramKind
  /** null: not known, as in a source tree. */
  readonly builtFrom: BuiltFrom | null
}

/** What `npm run package` writes beside the bundle. */
export interface BuiltRecord {
  readonly version: string
  readonly builtFrom: BuiltFrom
}

export type StartEnvironment = Readonly<Record<string, string | undefined>>

export interface StartedScript {
  /** The file that Node.js runs. */
  readonly script: string
  /** How it was called, with the path that Node.js made of it. */
  readonly called: string
  readonly env: StartEnvironment
  readonly cwd: string
}

/** As a shell reads it. */
export const quoted = (path: string): string => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)

/** A file to type from a folder, the shorter way. */
const fromFolder = (path: string, cwd: string): string => {
  const way = relative(cwd, path)
  return quoted(way === '' || way.length >= path.length ? path : way)
}

/** What to type in a shell to start the script again: by npx, by its name in PATH, or by Node.js. */
export const typedScript = ({ script, called, env, cwd }: StartedScript): string => {
  const { npm_command, PATH = '' } = env
  if (npm_command === 'exec') return 'npx fogbell'
  if (basename(called) === 'fogbell' && PATH.split(':').includes(dirname(called))) return 'fogbell'
  return `node ${fromFolder(script, cwd)}`
}
