// A counter of commits beside LevelDB's files: the store counts its commits in a row, and the file says up to which one all are on disk. A
// store that has counted less at its start has lost the end of its log. Knows files, no database.

import { createHash } from 'node:crypto'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Unknown to LevelDB, which leaves it alone. */
export const countFile = (directory: string): string => join(directory, 'commits')

const textLength = 40
const everyMs = 250

const textFor = (count: number): string => {
  const check = createHash('sha256').update(String(count)).digest('hex').slice(0, 12)
  return `${`${count} ${check}`.padEnd(textLength - 1)}\n`
}

/** The number in the file; 0 without a file, or with a wrong checksum. */
export const readCommitCount = async (directory: string): Promise<number> => {
  const text = await readFile(countFile(directory), 'latin1').catch(() => '')
  const count = Number(text.split(' ')[0])
  return Number.isSafeInteger(count) && count > 0 && text === textFor(count) ? count : 0
}

export interface CommitCount {
  /** All commits up to this one are synced; written soon. */
  note(count: number): void
  /** Writes what was noted. */
  close(): Promise<void>
}

/** Always the same length at the same place, so that a full disk has room for it. A failed write loses nothing: the next one has a higher number. */
export const createCommitCount = (directory: string): CommitCount => {
  let file: Promise<FileHandle> | undefined
  let timer: NodeJS.Timeout | undefined
  let noted = 0
  let written = Promise.resolve()
  const write = async (): Promise<void> => {
    file ??= open(countFile(directory), 'a+', 0o600).then(async (handle) => {
      await handle.close()
      return await open(countFile(directory), 'r+')
    })
    await (await file).write(textFor(noted), 0, 'latin1')
  }
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    written = written.then(write).catch(() => {
      file = undefined
    })
  }
  return {
    note(count) {
      noted = count
      timer ??= setTimeout(flush, everyMs).unref()
    },
    async close() {
      if (timer !== undefined) flush()
      await written
      await file?.then((handle) => handle.close()).catch(() => undefined)
    },
  }
}
