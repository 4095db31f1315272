// The file of --map: a client id and a username on each line, as CSV. All faults are named by their line. Knows no session.

import { type Fault, faultAt, OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'

const field = '(?:"((?:[^"]|"")*)"|([^",]*))'
const twoFields = new RegExp(`^${field},${field}$`)

/** One line's fields; null where it has not two. */
const fieldsOf = (text: string): readonly [client: string, username: string] | null => {
  const parts = twoFields.exec(text)
  const read = (at: 1 | 3): string => (parts?.[at]?.replaceAll('""', '"') ?? parts?.[at + 1] ?? '').trim()
  return parts === null || read(1) === '' ? null : [read(1), read(3)]
}

/**
 * Usernames by client id; an empty username is none. The first line is `client_id,username`. `usernameFault` says what is wrong with one.
 * OTA_BAD_REQUEST with a fault for each bad line.
 */
export const readUsernameMap = (
  text: string,
  usernameFault: (client: string, username: string) => ReturnType<typeof sentence> | null,
): ReadonlyMap<string, string> => {
  const usernames = new Map<string, string>()
  const lines = new Map<string, number>()
  const faults: Fault[] = []
  const take = (line: string, number: number): ReturnType<typeof sentence> | null => {
    const fields = fieldsOf(line)
    if (number === 1) return fields?.join() === 'client_id,username' ? null : sentence('migrate_map_columns')
    if (fields === null) return sentence('migrate_map_line')
    const [client, username] = fields
    const before = lines.get(client)
    if (before !== undefined) return sentence('migrate_client_twice', { client, line: before })
    lines.set(client, number)
    usernames.set(client, username)
    return usernameFault(client, username)
  }
  for (const [at, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const fault = at > 0 && line.trim() === '' ? null : take(line, at + 1)
    if (fault !== null) faults.push(faultAt(`line ${at + 1}`, fault))
  }
  if (faults.length > 0) throw new OtaError('OTA_BAD_REQUEST', sentence('migrate_map_faults', { count: faults.length }), { faults })
  return usernames
}
