// Describes a failed system call, for sentences about files.

import { constants } from 'node:os'

export const codeOf = (thrown: unknown): string => (thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '')

/** LevelDB's errors name their reason only in `cause`. */
export const reasonOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown)
  return thrown.cause instanceof Error ? thrown.cause.message : thrown.message
}

const { ENOSPC, EDQUOT, EFBIG, EROFS } = constants.errno
const writeFaults = new Set([ENOSPC, EDQUOT, EFBIG, EROFS])
const writeWords = /no space left|quota exceeded|file too large|read-only file system/i

/** True for a failure that only a write can have. Node has no code for some of them, and LevelDB passes on only the system's text. */
export const isWriteFault = (thrown: unknown): boolean => {
  const errno = thrown instanceof Error && 'errno' in thrown ? Math.abs(Number(thrown.errno)) : 0
  return writeFaults.has(errno) || writeWords.test(reasonOf(thrown))
}
