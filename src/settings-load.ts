// Loads the settings: flags over environment over file over defaults, with all faults reported at once.
// Reads the settings file and the files of secrets; the environment and the flags are passed in.

import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Fault, faultAt, OtaError } from './errors.ts'
import { type Sentence, say, sentence } from './sentences/sentence.ts'
import { type CheckContext, settle } from './settings/check.ts'
import { jsonFault } from './settings/json.ts'
import { keepOrigins, noteOrigin, originsInFile } from './settings/origins.ts'
import { ruleFaults } from './settings/rules.ts'
import { isPlain } from './settings/schema.ts'
import { type Environment, layEnvironment, layFlags, leaves, type ServeFlags, variable } from './settings/sources.ts'
import { type Settings, settingsSchema } from './settings.ts'

export type { ServeFlags } from './settings/sources.ts'

export interface SettingsSources {
  /** The settings file, unless `--config` or FOGBELL_CONFIG name another. undefined: defaults. */
  readonly file?: string | undefined
  readonly env: Environment
  readonly flags: ServeFlags
}

const reasons: Readonly<Record<string, 'file_missing' | 'file_not_allowed' | 'file_is_directory'>> = {
  ENOENT: 'file_missing',
  EACCES: 'file_not_allowed',
  EISDIR: 'file_is_directory',
}

/** The text of a file, or why it cannot be read. */
const readText = (file: string): string | Sentence => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    const reason = reasons[code]
    return reason === undefined ? sentence('file_unreadable', { file, why: String(cause) }) : sentence(reason, { file })
  }
}

/** The same for a secret, which a reload reads again: a pipe would hold up the server until somebody writes to it. */
const readSecret = (file: string): string | Sentence => {
  const kind = statSync(file, { throwIfNoEntry: false })
  const isReadable = kind === undefined || kind.isFile() || kind.isDirectory()
  return isReadable ? readText(file) : sentence('file_not_regular', { file })
}

/** Where a text is not JSON, and why: `line 2, column 1: …`; undefined if it is. For any file that people write. */
export const jsonFaultText = (text: string): string | undefined => {
  const fault = jsonFault(text)
  return fault === undefined ? undefined : `line ${fault.line}, column ${fault.column}: ${say(fault.why)}`
}

/** The object in the settings file. A fault of the file as a whole is the only one, and then nothing of it is used. */
const readDraft = (file: string, faults: Fault[]): Record<string, unknown> => {
  const refused = (why: Sentence): Record<string, unknown> => {
    faults.push(faultAt('config', why))
    return {}
  }
  const read = readText(file)
  if (typeof read !== 'string') return refused(read)
  const text = read.replace(/^\uFEFF/, '')
  const fault = jsonFault(text)
  if (fault) return refused(sentence('settings_file_not_json', { file, ...fault }))
  const value: unknown = JSON.parse(text)
  return isPlain(value) ? { ...value } : refused(sentence('settings_file_not_object', { file }))
}

const refuse = (faults: readonly Fault[], file: string | undefined): never => {
  const count = { faults: faults.length }
  const said = file === undefined ? sentence('settings_invalid', count) : sentence('settings_invalid_in_file', { ...count, file })
  throw new OtaError('OTA_BAD_SETTINGS', said, { faults })
}

/**
 * The settings: flag > environment `FOGBELL_*` > file > default. Files of secrets are read relative to the settings file's
 * folder. Throws OTA_BAD_SETTINGS with every fault: its path (or variable, or flag), what was found, what is expected.
 */
export const loadSettings = ({ file, env, flags }: SettingsSources): Settings => {
  const path = flags.config ?? (env.FOGBELL_CONFIG || file)
  const folder = path === undefined ? '.' : dirname(path)
  const faults: Fault[] = []
  const files = new Map<string, string>()
  const context: CheckContext = {
    faults,
    files,
    read: (secret) => readSecret(resolve(folder, secret)),
    known: leaves().map((leaf) => leaf.path.join('.')),
  }
  const draft = path === undefined ? {} : readDraft(path, faults)
  const origins = path === undefined ? new Map() : originsInFile(draft, path)
  layEnvironment(env, draft, context, (from, paths) => noteOrigin(origins, paths, { source: 'environment', from }))
  layFlags(flags, draft, context, (from, paths) => noteOrigin(origins, paths, { source: 'flag', from }))
  const settings = settle(settingsSchema, draft, '', context) as Settings
  keepOrigins(settings, origins)
  faults.push(
    ...ruleFaults(
      settings,
      faults.map((fault) => fault.path),
      (secret) => {
        const named = files.get(`${variable(secret.split('.'))}_FILE`) ?? files.get(secret)
        return named === undefined ? undefined : resolve(folder, named)
      },
    ),
  )
  return faults.length > 0 ? refuse(faults, path) : settings
}
