// The directory of certificates: which files are in it, and how they are written. Each is whole or not there, and belongs to whom the
// directory belongs to; in a directory of root with a group of its own, that group may read the keys that the server needs.

import { createHash, randomBytes } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { chown, link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import { codeOf, reasonOf } from '../file-faults.ts'

/** Where a package keeps the keys of the service. */
const systemDir = '/etc/fogbell/tls'

/** The directory where none is given: that of the installed service, if this user may write there, else `./tls`. */
export const defaultDir = (): string => {
  try {
    accessSync(systemDir, constants.W_OK)
    return systemDir
  } catch {
    return resolve('tls')
  }
}

/** For whom a file is. */
export type Audience = 'owner' | 'server' | 'all'

export interface CertFile {
  readonly path: string
  readonly text: string
  readonly audience: Audience
}

const longestName = 200

/** A part of a device's name as a file name: a long one is cut, with a digest of the whole. */
const fileName = (part: string): string => {
  const encoded = encodeURIComponent(part)
  if (encoded.length <= longestName) return encoded
  return `${encoded.slice(0, longestName / 2)}-${createHash('sha256').update(part).digest('hex').slice(0, 16)}`
}

export const certFiles = (dir: string) => ({
  authority: { cert: join(dir, 'ca.crt'), key: join(dir, 'ca.key') },
  server: { cert: join(dir, 'server.crt'), key: join(dir, 'server.key') },
  device: (product: string, name: string) => {
    const base = join(dir, 'devices', fileName(product), fileName(name))
    return { cert: `${base}.crt`, key: `${base}.key` }
  },
})

const failed = (file: string, cause: unknown): OtaError =>
  new OtaError('OTA_CERTS', sentence('certs_file_failed', { file, why: reasonOf(cause) }), { cause })

/** undefined: there is no such file. */
export const readIfThere = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined
    throw new OtaError('OTA_CERTS', sentence('certs_file_unreadable', { file, why: reasonOf(cause) }), { cause })
  }
}

const modes: Readonly<Record<Audience, number>> = { owner: 0o600, server: 0o600, all: 0o644 }
const groupMode = 0o640

/** Like its directory: a key that root makes is readable for the service by the directory's group. */
const ownerFor = async (
  dir: string,
  audience: Audience,
): Promise<{ readonly mode: number; readonly uid: number; readonly gid: number } | null> => {
  if (process.getuid?.() !== 0) return null
  const { uid, gid } = await stat(dir)
  return { uid, gid, mode: audience === 'server' && gid !== 0 ? groupMode : modes[audience] }
}

const writeTemporary = async (dir: string, temporary: string, { path, text, audience }: CertFile): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o750 })
  const owner = await ownerFor(dir, audience)
  const file = await open(temporary, 'wx', modes[audience])
  try {
    await file.writeFile(text)
    await file.chmod(owner?.mode ?? modes[audience])
    await file.sync()
  } finally {
    await file.close()
  }
  if (owner !== null) await chown(temporary, owner.uid, owner.gid)
}

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** `place` gives the temporary file its name. */
const write = async (dir: string, file: CertFile, place: (temporary: string) => Promise<void>): Promise<void> => {
  const temporary = `${file.path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await writeTemporary(dir, temporary, file)
    await place(temporary)
    await syncFolder(file.path)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw cause instanceof OtaError ? cause : failed(file.path, cause)
  }
}

/** Writes the files in their order; what has the name before is replaced. */
export const replaceFiles = async (dir: string, files: readonly CertFile[]): Promise<void> => {
  for (const file of files) await write(dir, file, (temporary) => rename(temporary, file.path))
}

/** Writes the files in their order; OTA_CERTS where one of them exists, and that one stays as it is. */
export const createFiles = async (dir: string, files: readonly CertFile[]): Promise<void> => {
  for (const file of files) {
    await write(dir, file, async (temporary) => {
      await link(temporary, file.path).catch((cause: unknown) => {
        throw codeOf(cause) === 'EEXIST' ? new OtaError('OTA_CERTS', sentence('certs_authority_exists', { file: file.path })) : cause
      })
      await rm(temporary)
    })
  }
}
