// Whether a server runs on a data directory, by the file that it leaves there, and with which settings file it was started.

import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { descriptionFile } from '../../data-dir.ts'
import { doubtful, type Finding, fine, skipped } from '../../finding.ts'
import { isAlive } from '../../process-alive.ts'
import { sentence } from '../../sentences/sentence.ts'
import { codeOf } from '../file-faults.ts'
import { commandOf, folderOf, isDead, unitOf, variableOf } from './processes.ts'
import { shellWord } from './shell-word.ts'

export interface RunningServer {
  readonly pid: number
  readonly version: string
  readonly admin: string
  /** Its settings file; null: it has none; undefined: the system does not tell. */
  readonly config: string | null | undefined
  /** Its systemd service, if it is one. */
  readonly unit: string | null
}

export type ServerState =
  | { readonly kind: 'none' }
  /** Left by a process that has ended. */
  | { readonly kind: 'stale'; readonly pid: number }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'running'; readonly server: RunningServer }

const configIn = (words: readonly string[]): string | null => {
  const at = words.indexOf('--config')
  return (at < 0 ? words.find((word) => word.startsWith('--config='))?.slice('--config='.length) : words[at + 1]) ?? null
}

/** What the command line says counts before the environment, which only the same user may see. */
const configOf = async (pid: number): Promise<string | null | undefined> => {
  const words = await commandOf(pid)
  const given = configIn(words ?? []) ?? (await variableOf(pid, 'FOGBELL_CONFIG'))
  if (given === null || given === '') return words === null ? undefined : null
  const folder = await folderOf(pid)
  return given.startsWith('/') ? given : folder === null ? undefined : resolve(folder, given)
}

interface Left {
  readonly pid: number
  readonly version: string
  readonly admin: string
}

const isLeft = (value: unknown): value is Left =>
  typeof value === 'object' &&
  value !== null &&
  'pid' in value &&
  Number.isSafeInteger(value.pid) &&
  'admin' in value &&
  typeof value.admin === 'string' &&
  'version' in value &&
  typeof value.version === 'string'

const readLeft = async (file: string): Promise<Left> => {
  // Reading a pipe would wait without end.
  if (!(await stat(file)).isFile()) throw new Error(`${file} is not a regular file`)
  const value: unknown = JSON.parse(await readFile(file, 'utf8'))
  if (isLeft(value)) return value
  throw new Error(`${file} does not say where the server is`)
}

/** Never rejects. */
export const findServerOf = async (dataDir: string): Promise<ServerState> => {
  try {
    const { pid, version, admin } = await readLeft(descriptionFile(dataDir))
    if (!isAlive(pid) || (await isDead(pid))) return { kind: 'stale', pid }
    return { kind: 'running', server: { pid, version, admin, config: await configOf(pid), unit: await unitOf(pid) } }
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return { kind: 'none' }
    return { kind: 'unreadable', why: cause instanceof Error ? cause.message : String(cause) }
  }
}

const versionFinding = ({ version, unit }: RunningServer, own: string): readonly Finding[] =>
  version === own
    ? []
    : [doubtful('server', sentence('doctor_other_version', { version, own }), sentence('doctor_try_restart', { unit: unit ?? 'fogbell' }))]

/** `own`: the version of the command. */
export const serverFindings = (state: ServerState, dataDir: string, own: string): readonly Finding[] => {
  const file = descriptionFile(dataDir)
  const start = sentence('doctor_try_start', { dir: shellWord(dataDir) })
  if (state.kind === 'none') return [skipped('server', sentence('doctor_no_server', { dir: dataDir }))]
  if (state.kind === 'stale') return [doubtful('server', sentence('doctor_server_gone', { file, pid: state.pid }), start)]
  if (state.kind === 'unreadable')
    return [skipped('server', sentence('doctor_not_looked_at', { why: sentence('as_text', { text: state.why }) }))]
  const { pid, version, admin } = state.server
  return [fine('server', sentence('doctor_server_runs', { pid, version, admin })), ...versionFinding(state.server, own)]
}
