// Files that are named on the command line: what keeps one from being read, in words, and JSON with the place of its fault.

import { readFile } from 'node:fs/promises'
import { usageError } from './problem-text.ts'

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; check the path',
  ENOTDIR: 'a part of its path is no folder; check the path',
  EISDIR: 'it is a folder; name a file in it',
  EACCES: 'this user may not read it',
}

/** A file that cannot be read, as wrong usage. */
export const unreadable = (path: string, thrown: unknown): Error => {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  const why = words[code] ?? (thrown instanceof Error ? thrown.message : String(thrown))
  return usageError(`${path} cannot be read: ${why}`)
}

export const readGiven = (path: string): Promise<Buffer<ArrayBuffer>> =>
  readFile(path).catch((error: unknown) => {
    throw unreadable(path, error)
  })

/** The JSON of a text; `name` is what it is called in a refusal, which tells line and column. */
export const parseGiven = async (name: string, text: string): Promise<unknown> => {
  // Few commands read a file: the others start without what reads settings.
  const { jsonFaultText } = await import('../settings-load.ts')
  const fault = jsonFaultText(text)
  if (fault !== undefined) throw usageError(`${name} is not JSON: ${fault}`)
  return JSON.parse(text)
}
