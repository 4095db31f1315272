// Whether the user of the service may write what is in the data directory, and nobody else may read its secrets. Looks at owners and modes.

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createNameList, type Finding, faulty, fine } from '../../finding.ts'
import { sentence } from '../../sentences/sentence.ts'
import { codeOf } from '../file-faults.ts'
import { accountName } from './processes.ts'
import { shellWord } from './shell-word.ts'

/** A file or directory with its owner and mode. */
export interface Entry {
  /** Relative to the data directory; empty for itself. */
  readonly name: string
  readonly uid: number
  readonly mode: number
  readonly isDirectory: boolean
}

/** The service's account, by number and name. */
export interface Owner {
  readonly uid: number
  readonly account: string
}

const others = 0o007

const mayUse = ({ mode, isDirectory }: Entry): boolean => {
  const needed = isDirectory ? 0o700 : 0o600
  return (mode & needed) === needed
}

/** The token itself, and directories by which others get at the store, which holds secrets of devices. */
const isExposed = (entries: readonly Entry[], { name, mode }: Entry): boolean => {
  const top = entries.find((each) => each.name === '')
  if (top === undefined || (top.mode & 0o001) === 0) return false
  return (name === 'admin.token' && (mode & others) !== 0) || (name === 'store' && (mode & 0o005) !== 0)
}

const label = (dir: string, { name }: Entry): string => (name === '' ? dir : name)

/** What is there, and why this user could not see all of it; null: he could. */
export interface RightsReading {
  readonly entries: readonly Entry[]
  readonly unseen: Error | null
}

/** `owner`: whose the files have to be. Throws why not all was seen, if that which was is right. */
export const rightsFindings = (dir: string, { entries, unseen }: RightsReading, owner: Owner): readonly Finding[] => {
  const [foreign, locked, exposed] = [createNameList(), createNameList(), createNameList()]
  for (const entry of entries) {
    if (entry.uid !== owner.uid) foreign.add(label(dir, entry))
    else if (!mayUse(entry)) locked.add(label(dir, entry))
    if (isExposed(entries, entry)) exposed.add(label(dir, entry))
  }
  const { account } = owner
  const word = shellWord(dir)
  const found: Finding[] = []
  if (foreign.count > 0)
    found.push(
      faulty(
        'rights',
        sentence('doctor_rights_foreign', { ...foreign.params(), account }),
        sentence('doctor_try_chown', { dir: word, account }),
      ),
    )
  if (locked.count > 0)
    found.push(
      faulty('rights', sentence('doctor_rights_locked', { ...locked.params(), account }), sentence('doctor_try_chmod', { dir: word })),
    )
  if (exposed.count > 0)
    found.push(faulty('rights', sentence('doctor_rights_exposed', exposed.params()), sentence('doctor_try_hide', { dir: word })))
  if (found.length === 0 && unseen !== null) throw unseen
  return found.length > 0 ? found : [fine('rights', sentence('doctor_rights_ok', { account, count: entries.length }))]
}

/** What the server writes, or must be able to. */
const parts = ['', 'admin.token', 'instance.json', 'fogbell.json', 'store', 'images', 'images.digests'] as const
const listed: readonly string[] = ['store', 'images', 'images.digests']

/** A file that has gone meanwhile is none. */
const unlessGone = (cause: unknown): Error | null => {
  if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') return null
  return cause instanceof Error ? cause : new Error(String(cause))
}

/** Of what a link leads to: the link itself is mostly root's, and its owner and mode mean nothing. */
const entryOf = async (dir: string, name: string): Promise<RightsReading> => {
  try {
    const found = await stat(join(dir, name))
    return { entries: [{ name, uid: found.uid, mode: found.mode & 0o777, isDirectory: found.isDirectory() }], unseen: null }
  } catch (cause) {
    return { entries: [], unseen: unlessGone(cause) }
  }
}

const together = (readings: readonly RightsReading[]): RightsReading => ({
  entries: readings.flatMap(({ entries }) => entries),
  unseen: readings.find(({ unseen }) => unseen !== null)?.unseen ?? null,
})

const entriesOf = async (dir: string, names: readonly string[]): Promise<RightsReading> =>
  together(await Promise.all(names.map((name) => entryOf(dir, name))))

const entriesBelow = async (dir: string, name: string): Promise<RightsReading> => {
  try {
    return await entriesOf(
      dir,
      (await readdir(join(dir, name))).map((each) => `${name}/${each}`),
    )
  } catch (cause) {
    return { entries: [], unseen: unlessGone(cause) }
  }
}

/** Directories and files of a data directory. */
export const readEntries = async (dir: string): Promise<RightsReading> => {
  const below = await Promise.all(listed.map((name) => entriesBelow(dir, name)))
  return together([await entriesOf(dir, parts), ...below])
}

/** The account that the server runs under, or has to run under: the owner of the directory. */
export const ownerOf = async (dir: string): Promise<Owner> => {
  const { uid } = await stat(dir)
  return { uid, account: await accountName(uid) }
}
