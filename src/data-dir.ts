// The files of a data directory that users and scripts read: the admin token, and the addresses of the running server.

import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { OtaError } from './errors.ts'
import { sentence } from './sentences/sentence.ts'

/** `<data>/fogbell.json`: written when all listeners are open, removed at a clean stop. */
export interface Description {
  readonly pid: number
  readonly version: string
  readonly mqtt: readonly string[]
  /** Plain HTTP; HTTPS if there is no other. */
  readonly firmware: string
  /** HTTPS, if there is any. */
  readonly firmwareTls?: string
  readonly admin: string
  /** SHA-256 of the certificate of the admin API, if it uses HTTPS: the command on this machine knows it by that. */
  readonly adminFingerprint?: string
}

/** `<data>/instance.json`: which store belongs in this directory. */
export interface Marker {
  readonly id: string
  readonly format: number
}

export const markerFile = (directory: string): string => join(directory, 'instance.json')
/** A file whose presence accepts once that damaged parts of the store are lost. */
export const acceptLossFile = (directory: string): string => join(directory, 'accept-loss')
export const tokenFile = (directory: string): string => join(directory, 'admin.token')
export const descriptionFile = (directory: string): string => join(directory, 'fogbell.json')

/** Atomic: a reader sees the old text or the new one, also after a power cut. */
const writeFileWhole = async (
  path: string,
  text: string,
  mode: number,
  prepare: (file: FileHandle) => Promise<void> = async () => undefined,
): Promise<void> => {
  const temporary = `${path}.${process.pid}.tmp`
  const file = await open(temporary, 'w', mode)
  try {
    await prepare(file)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
}

/** Bits that no umask takes. */
const addMode = async (file: FileHandle, bits: number): Promise<void> => {
  if (bits !== 0) await file.chmod(((await file.stat()).mode & 0o777) | bits)
}

const isMissing = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'

/** The text of a file. Nothing else is read: reading a pipe would wait without end. */
const readText = async (file: string): Promise<string> => {
  if (!(await stat(file)).isFile()) throw new Error(`${file} is not a regular file`)
  return await readFile(file, 'utf8')
}

export const dataDirUnusable = (directory: string, cause: unknown): OtaError => {
  const why = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '')
  return new OtaError('OTA_DATA_DIR', sentence('data_dir_unusable', { directory, why }), { cause })
}

/** Creates the directory if it is missing. */
export const makeDataDir = async (directory: string): Promise<void> => {
  try {
    await mkdir(directory, { recursive: true, mode: 0o750 })
  } catch (cause) {
    throw dataDirUnusable(directory, cause)
  }
}

/** The token of the admin API: created at the first start, readable by the owner only. */
export const readToken = async (directory: string): Promise<string> => {
  try {
    const text = (await readText(tokenFile(directory))).trim()
    if (text !== '') return text
  } catch (cause) {
    if (!isMissing(cause)) throw dataDirUnusable(directory, cause)
  }
  const token = randomBytes(24).toString('base64url')
  await writeFileWhole(tokenFile(directory), `${token}\n`, 0o600).catch((cause: unknown) => {
    throw dataDirUnusable(directory, cause)
  })
  return token
}

/** The mode and the owner of a file that takes the place of another one. */
const keepOwner = async (file: FileHandle, before: string): Promise<void> => {
  const { mode, uid, gid } = await stat(before)
  await file.chmod(mode & 0o777)
  const own = await file.stat()
  if (own.uid !== uid || own.gid !== gid) await file.chown(uid, gid)
}

/** A new token in the place of the one that is there; after a crash there is the old one or the new one. */
export const replaceToken = async (directory: string): Promise<string> => {
  const token = randomBytes(24).toString('base64url')
  await writeFileWhole(tokenFile(directory), `${token}\n`, 0o600, (file) =>
    keepOwner(file, tokenFile(directory)).catch((cause: unknown) => {
      if (!isMissing(cause)) throw cause
    }),
  ).catch((cause: unknown) => {
    throw dataDirUnusable(directory, cause)
  })
  return token
}

const isMarker = (value: unknown): value is Marker =>
  typeof value === 'object' &&
  value !== null &&
  'id' in value &&
  typeof value.id === 'string' &&
  'format' in value &&
  Number.isSafeInteger(value.format) &&
  Number(value.format) >= 1

export const markerUnreadable = (directory: string): OtaError =>
  new OtaError('OTA_DATA_DIR', sentence('data_dir_marker_unreadable', { file: markerFile(directory) }))

/** null: there is none. OTA_DATA_DIR for one that cannot be read. */
export const readMarker = async (directory: string): Promise<Marker | null> => {
  const file = markerFile(directory)
  const text = await readText(file).catch((cause: unknown) => {
    if (isMissing(cause)) return null
    throw dataDirUnusable(directory, cause)
  })
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    if (isMarker(value)) return value
  } catch {
    // Reported below.
  }
  throw markerUnreadable(directory)
}

export const writeMarker = (directory: string, marker: Marker): Promise<void> =>
  writeFileWhole(markerFile(directory), `${JSON.stringify(marker)}\n`, 0o640)

const groupRead = 0o040

/** Whoever may read the token, by its group too, may find the server. */
export const writeDescription = async (directory: string, description: Description): Promise<void> => {
  const mode = await stat(tokenFile(directory)).then(
    (token) => token.mode,
    () => 0,
  )
  await writeFileWhole(descriptionFile(directory), `${JSON.stringify(description)}\n`, 0o644, (file) => addMode(file, mode & groupRead))
}

export const removeDescription = (directory: string): Promise<void> => rm(descriptionFile(directory), { force: true })

/** The token, and its renewal: one after the other, so that the last one is the one on disk. */
export const openToken = async (dataDir: string) => {
  let token = await readToken(dataDir)
  let renewing: Promise<unknown> = Promise.resolve()
  const renew = async () => {
    token = await replaceToken(dataDir)
    return { token, file: tokenFile(dataDir) }
  }
  return {
    token: () => token,
    renewToken() {
      const renewed = renewing.then(renew)
      renewing = renewed.catch(() => undefined)
      return renewed
    },
  }
}
