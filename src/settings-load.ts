// Settings from where they come: flags over environment over file over defaults, all faults named at once.
// Reads the settings file and the files of secrets; the environment and the flags are handed to it.

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Fault, OtaError } from './errors.ts'
import { type CheckContext, settle } from './settings/check.ts'
import { jsonFault } from './settings/json.ts'
import { ruleFaults } from './settings/rules.ts'
import { isPlain } from './settings/schema.ts'
import { type Environment, layEnvironment, layFlags, leaves, type ServeFlags } from './settings/sources.ts'
import { type Settings, settingsSchema } from './settings.ts'

export type { ServeFlags } from './settings/sources.ts'

export interface SettingsSources {
  /** The settings file, unless `--config` or FOGBELL_CONFIG name another. None: defaults. */
  readonly file?: string | undefined
  readonly env: Environment
  readonly flags: ServeFlags
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'reading it is not allowed',
  EISDIR: 'it is a directory',
}

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    throw new Error(`${path} cannot be read: ${reasons[code] ?? String(cause)}`, { cause })
  }
}

/** Where a text is not JSON, and how: `line 2, column 1: …`; undefined where it is. Of any file that people write. */
export const jsonFaultText = (text: string): string | undefined => {
  const fault = jsonFault(text)
  return fault === undefined ? undefined : `line ${fault.line}, column ${fault.column}: ${fault.message}`
}

/** The object that the settings file holds. What is wrong with the file as a whole is one fault, and then nothing of it counts. */
const readDraft = (path: string, faults: Fault[]): Record<string, unknown> => {
  try {
    const text = readText(path).replace(/^\uFEFF/, '')
    const fault = jsonFault(text)
    if (fault) throw new Error(`${path}:${fault.line}:${fault.column} is not valid JSON: ${fault.message}`)
    const value: unknown = JSON.parse(text)
    if (isPlain(value)) return { ...value }
    throw new Error(`${path} holds no object; wanted {…} with settings, as in config.example.json`)
  } catch (cause) {
    faults.push({ path: 'config', message: cause instanceof Error ? cause.message : String(cause) })
    return {}
  }
}

const refuse = (faults: readonly Fault[], file: string | undefined): never => {
  const count = faults.length === 1 ? 'there is a fault' : `there are ${faults.length} faults`
  throw new OtaError('OTA_BAD_SETTINGS', `${count} in the settings${file === undefined ? '' : ` (${file})`}`, { faults })
}

/**
 * The settings: flag > environment `FOGBELL_*` > file > default. Secrets in files of their own are read, relative to the
 * settings file's folder. Throws OTA_BAD_SETTINGS with every fault: its path (or variable, or flag), what was found,
 * what is wanted.
 */
export const loadSettings = ({ file, env, flags }: SettingsSources): Settings => {
  const path = flags.config ?? (env.FOGBELL_CONFIG || file)
  const folder = path === undefined ? '.' : dirname(path)
  const faults: Fault[] = []
  const context: CheckContext = {
    faults,
    read: (secret) => readText(resolve(folder, secret)),
    known: leaves().map((leaf) => leaf.path.join('.')),
  }
  const draft = path === undefined ? {} : readDraft(path, faults)
  layEnvironment(env, draft, context)
  layFlags(flags, draft, context)
  const settings = settle(settingsSchema, draft, '', context) as Settings
  faults.push(
    ...ruleFaults(
      settings,
      faults.map((fault) => fault.path),
    ),
  )
  return faults.length > 0 ? refuse(faults, path) : settings
}
