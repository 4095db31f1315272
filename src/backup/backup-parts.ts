// What a backup consists of: the names of its parts, in their order, and what the first and the last of them say. Pure; knows no tar.
//
//   fogbell-backup.json   what it is a backup of: comes first
//   store/000001.rows …   the rows of the store, in the order of their keys
//   images/SHA256 …       the images of its packages
//   admin.token           the token of the API
//   MANIFEST.json         every part before it with size and SHA-256, and the counts
//   MANIFEST.sha256       the SHA-256 of MANIFEST.json: without this end, a backup is not whole
//
// FAULT.json in place of the next part: the server could not continue, and why.

/** Of the file. A reader refuses higher ones. */
export const backupFormat = 1

export const partNames = {
  start: 'fogbell-backup.json',
  rows: (number: number): string => `store/${String(number).padStart(6, '0')}.rows`,
  image: (sha256: string): string => `images/${sha256}`,
  token: 'admin.token',
  manifest: 'MANIFEST.json',
  end: 'MANIFEST.sha256',
  fault: 'FAULT.json',
} as const

export const imageOfPart = (name: string): string | null => /^images\/([0-9a-f]{64})$/.exec(name)?.[1] ?? null

/** What a backup was made of. */
export interface BackupStart {
  readonly format: number
  /** The version of Fogbell that made it. */
  readonly version: string
  /** The id of the store. */
  readonly instance: string
  /** Ms since 1970. */
  readonly at: number
}

export interface BackupPart {
  readonly name: string
  readonly size: number
  readonly sha256: string
}

export const countNames = ['rows', 'devices', 'packages', 'campaigns', 'tasks', 'sessions', 'retained', 'images'] as const
export type BackupCounts = { readonly [name in (typeof countNames)[number]]: number }

export interface Manifest {
  readonly parts: readonly BackupPart[]
  readonly counts: BackupCounts
}

/** The text of MANIFEST.sha256, as sha256sum writes it. */
export const endText = (sha256: string): string => `${sha256}  ${partNames.manifest}\n`

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** null: it is none. Of a higher format, only the format and the version need to be there. */
export const readStart = (text: string): BackupStart | null => {
  const value = parsed(text)
  if (!isObject(value) || !('format' in value) || !isCount(value.format)) return null
  const { format } = value
  const version = 'version' in value && typeof value.version === 'string' ? value.version : ''
  if (format > backupFormat) return { format, version, instance: '', at: 0 }
  if (!('instance' in value) || typeof value.instance !== 'string' || !('at' in value) || !isCount(value.at)) return null
  return { format, version, instance: value.instance, at: value.at }
}

const isPart = (value: unknown): value is BackupPart =>
  isObject(value) &&
  'name' in value &&
  typeof value.name === 'string' &&
  'size' in value &&
  isCount(value.size) &&
  'sha256' in value &&
  typeof value.sha256 === 'string'

const isCounts = (value: unknown): value is BackupCounts =>
  isObject(value) && countNames.every((name) => isCount((value as { readonly [name: string]: unknown })[name]))

/** null: it is none. */
export const readManifest = (text: string): Manifest | null => {
  const value = parsed(text)
  if (!isObject(value) || !('parts' in value) || !Array.isArray(value.parts) || !value.parts.every(isPart)) return null
  return 'counts' in value && isCounts(value.counts) ? { parts: value.parts, counts: value.counts } : null
}
