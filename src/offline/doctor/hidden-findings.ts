// Whether the account of the service may read its settings file and the files that it names: a command that runs as root reads them all. Looks
// at owners and modes.

import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type Finding, faulty } from '../../finding.ts'
import { sentence } from '../../sentences/sentence.ts'
import { accountOf, type ServiceAccount } from './processes.ts'
import { shellWord } from './shell-word.ts'

/** A file, or a directory that leads to it. */
export interface PathStep {
  readonly uid: number
  readonly gid: number
  readonly mode: number
  readonly isDirectory: boolean
}

export interface NamedFile {
  readonly path: string
  readonly steps: readonly PathStep[]
}

const mayPass = ({ uid, gids }: ServiceAccount, step: PathStep): boolean => {
  const shift = step.uid === uid ? 6 : gids.includes(step.gid) ? 3 : 0
  return ((step.mode >> shift) & (step.isDirectory ? 1 : 4)) !== 0
}

/** Those that it cannot read. */
export const hiddenFindings = (account: ServiceAccount, files: readonly NamedFile[]): readonly Finding[] =>
  files
    .filter(({ steps }) => !steps.every((step) => mayPass(account, step)))
    .map(({ path }) =>
      faulty(
        'rights',
        sentence('doctor_rights_hidden', { file: path, account: account.name }),
        sentence('doctor_try_readable', { file: shellWord(path), group: account.group }),
      ),
    )

/** The paths of all `{ "file": … }` in settings. */
export const filesIn = (value: unknown, folder: string): readonly string[] => {
  if (typeof value !== 'object' || value === null) return []
  if ('file' in value && typeof value.file === 'string') return [resolve(folder, value.file)]
  return Object.values(value).flatMap((each: unknown) => filesIn(each, folder))
}

const stepOf = async (path: string): Promise<PathStep> => {
  const { uid, gid, mode } = await stat(path)
  return { uid, gid, mode, isDirectory: (mode & 0o170000) === 0o040000 }
}

const stepsTo = async (path: string): Promise<readonly PathStep[]> => {
  const above = dirname(path)
  return above === path ? [await stepOf(path)] : [...(await stepsTo(above)), await stepOf(path)]
}

/** null: it is not there, or not to be seen, which the check of the settings reports. */
const namedFile = async (path: string): Promise<NamedFile | null> => {
  try {
    return { path, steps: await stepsTo(await realpath(path)) }
  } catch {
    return null
  }
}

/** `uid`: the account of the service. */
export const lookForHidden = async (configFile: string, uid: number): Promise<readonly Finding[]> => {
  if (uid === 0 || uid === process.getuid?.()) return []
  const settings: unknown = JSON.parse(await readFile(configFile, 'utf8').catch(() => 'null'))
  const paths = new Set([configFile, ...filesIn(settings, dirname(configFile))])
  const files = await Promise.all([...paths].map(namedFile))
  return hiddenFindings(
    await accountOf(uid),
    files.filter((file) => file !== null),
  )
}
