// Files named on the command line: why one cannot be read, and JSON with the position of a fault.

import { readFile } from 'node:fs/promises'
import { usageError } from './problem-text.ts'

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; check the path',
  ENOTDIR: 'a part of its path is not a directory; check the path',
  EISDIR: 'it is a directory; give a file in it',
  EACCES: 'permission denied',
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

/** Parses JSON; `name` is how a fault calls it, with line and column. */
export const parseGiven = async (name: string, text: string): Promise<unknown> => {
  // Loaded here, since few commands read a file.
  const { jsonFaultText } = await import('../settings-load.ts')
  const fault = jsonFaultText(text)
  if (fault !== undefined) throw usageError(`${name} is not JSON: ${fault}`)
  return JSON.parse(text)
}
