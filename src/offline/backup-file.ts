// A backup as a file: opened for reading, decrypted where it is encrypted, and checked. Works without a server; opens no store.

import { createReadStream } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { type BackupSummary, type BackupTarget, type RowsFrom, readBackup } from '../backup/read-backup.ts'
import { isSealed, magicBytes, unseal } from '../backup/sealing.ts'
import { OtaError } from '../errors.ts'
import { readRow } from '../mqtt/sessions/rows.ts'
import type { RawRow } from '../ota/ports/snapshot.ts'
import { sentence } from '../sentences/sentence.ts'
import { formatKey } from '../store/keys.ts'
import { storeFormat } from '../store/load.ts'
import { sessionPrefix } from '../store/session-store.ts'
import { reasonOf } from './file-faults.ts'

export interface ReadableBackup {
  readonly file: string
  readonly size: number
  readonly encrypted: boolean
  bytes(): AsyncIterable<Uint8Array>
}

export interface CheckedBackup extends BackupSummary {
  readonly file: string
  readonly size: number
  readonly encrypted: boolean
}

const unreadable = (file: string, cause: unknown): OtaError =>
  cause instanceof OtaError
    ? cause
    : new OtaError('OTA_BACKUP_INVALID', sentence('backup_unreadable', { file, why: reasonOf(cause) }), { cause })

/** All of the file without one line end. OTA_BAD_REQUEST where that is nothing. */
export const readPassphrase = async (file: string): Promise<string> => {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new OtaError('OTA_BAD_REQUEST', sentence('backup_unreadable', { file, why: reasonOf(cause) }), { cause })
  })
  const passphrase = text.replace(/\r?\n$/, '')
  if (passphrase === '') throw new OtaError('OTA_BAD_REQUEST', sentence('passphrase_empty', { file }))
  return passphrase
}

const beginningOf = async (file: string): Promise<Buffer> => {
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(magicBytes), 0, magicBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

const fileBytes = async function* (file: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 262_144 })) yield chunk as Uint8Array
  } catch (cause) {
    throw unreadable(file, cause)
  }
}

const look = async (file: string): Promise<{ readonly size: number; readonly encrypted: boolean }> => {
  try {
    const found = await stat(file)
    if (!found.isFile()) throw new OtaError('OTA_BACKUP_INVALID', sentence('backup_not_one', { of: file }))
    return { size: found.size, encrypted: isSealed(await beginningOf(file)) }
  } catch (cause) {
    throw unreadable(file, cause)
  }
}

/** `passphrase` null: none is given. OTA_BACKUP_INVALID where the file cannot be read, or one is missing or not needed. */
export const openBackup = async (file: string, passphrase: string | null): Promise<ReadableBackup> => {
  const { size, encrypted } = await look(file)
  if (encrypted !== (passphrase !== null))
    throw new OtaError('OTA_BACKUP_INVALID', sentence(encrypted ? 'backup_encrypted' : 'backup_not_encrypted', { of: file }))
  return { file, size, encrypted, bytes: () => (passphrase === null ? fileBytes(file) : unseal(fileBytes(file), passphrase, file)) }
}

/** Tables whose values are JSON. */
const json = /^(device|firmware|campaign|target|tally|waiting|open|ended|ran|timeline|last)\/|^clock$/

/** Throws for a value that this version could not read. */
const parseRow = ([key, value]: RawRow): void => {
  const name = key.toString()
  if (name.startsWith(sessionPrefix)) readRow(name.slice(sessionPrefix.length), value)
  else if (json.test(name)) JSON.parse(value.toString())
}

/** OTA_BACKUP_INVALID names a row that cannot be read; OTA_STORE_NEWER for the store of a later Fogbell. */
export const checkRows = (rows: readonly RawRow[], { part, of, version }: RowsFrom): void => {
  for (const row of rows) {
    const key = row[0].toString()
    const found = key === formatKey ? Number(row[1].toString()) : 0
    if (found > storeFormat)
      throw new OtaError('OTA_STORE_NEWER', sentence('backup_store_newer', { of, found, version, known: storeFormat }))
    try {
      parseRow(row)
    } catch (cause) {
      throw new OtaError('OTA_BACKUP_INVALID', sentence('backup_row_unreadable', { of, part, key: JSON.stringify(key) }), { cause })
    }
  }
}

const nowhere = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const _ of bytes);
}

export const checkingTarget: BackupTarget = {
  rows: async (rows, from) => checkRows(rows, from),
  image: (_sha256, bytes) => nowhere(bytes),
  token: async () => undefined,
}

/** Reads all of it: every digest, every row, and that the image of every package is there. */
export const checkBackup = async (file: string, passphrase: string | null): Promise<CheckedBackup> => {
  const { size, encrypted, bytes } = await openBackup(file, passphrase)
  return { file, size, encrypted, ...(await readBackup(bytes(), file, checkingTarget)) }
}
