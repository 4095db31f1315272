// Small backups in memory, made by the writer of the server, and readers of them.

import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type BackupSummary, type BackupTarget, readBackup } from '../../src/backup/read-backup.ts'
import { backupBytes } from '../../src/backup/write-backup.ts'
import { asOtaError } from '../../src/errors.ts'
import type { SnapshotRow } from '../../src/ota/ports/snapshot.ts'

const image = Buffer.from('the bytes of an image')
export const imageSha = createHash('sha256').update(image).digest('hex')

const packageText = JSON.stringify({ rev: 1, id: 1, product: 'pk', version: '1.0.1', sha256: imageSha, size: image.length })

/** In the order of their keys. */
export const sampleRows: readonly SnapshotRow[] = [
  ['!commits', '12'],
  ['!session!r:a/b', Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 97, 47, 98, 255, 0])],
  ['!session!s:00000000001', '{"id":"c","createdAt":1,"leftAt":null}'],
  ['device/pk/dn', '{"rev":1,"key":"pk/dn"}'],
  ['ended/0000000003', '{"rev":1,"id":3}'],
  ['firmware/0000000001', packageText],
  ['format', '3'],
  ['last/task', '7'],
  ['open/0000000007', '{"rev":1,"id":7}'],
  ['secret/instance', 'instance-of-the-tests'],
  ['secret/link', 'abc'],
]

export const joined = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

export interface SampleOptions {
  readonly rows?: readonly SnapshotRow[]
  readonly format?: number
  /** What is on disk under the image's name. */
  readonly imageOnDisk?: Buffer
}

/** The chunks of a backup of those rows and their one image. */
export const sampleBackup = async ({ rows = sampleRows, format = 1, imageOnDisk = image }: SampleOptions = {}): Promise<Buffer> => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-backup-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  await writeFile(join(directory, imageSha), imageOnDisk)
  const snapshot = {
    async *rows() {
      for (let at = 0; at < rows.length; at += 3) yield rows.slice(at, at + 3)
    },
    async *texts() {},
    close: async () => undefined,
  }
  return await joined(
    backupBytes({
      start: { format, version: '0.2.0', instance: 'instance-of-the-tests', at: Date.UTC(2026, 1, 3, 4, 5, 6, 789) },
      snapshot,
      images: [{ product: 'pk', version: '1.0.1', sha256: imageSha, size: image.length }],
      imagePath: (sha256) => join(directory, sha256),
      token: 'the-token',
    }),
  )
}

/** In chunks that end nowhere in particular. */
export async function* chunksOf(bytes: Buffer, length = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

export interface ReadResult {
  readonly rows: readonly (readonly [key: string, value: Buffer])[]
  readonly images: ReadonlyMap<string, Buffer>
  readonly token: string
  readonly summary: BackupSummary
}

export const readAll = async (bytes: AsyncIterable<Uint8Array>): Promise<ReadResult> => {
  const [rows, images, tokens]: [[string, Buffer][], Map<string, Buffer>, string[]] = [[], new Map(), []]
  const target: BackupTarget = {
    rows: async (some) => void rows.push(...some.map(([key, value]) => [key.toString(), value] as [string, Buffer])),
    image: async (sha256, chunks) => void images.set(sha256, await joined(chunks)),
    token: async (text) => void tokens.push(text),
  }
  const summary = await readBackup(bytes, 'FILE', target)
  return { rows, images, token: tokens.join(), summary }
}

/** The code and sentence with which bytes are refused; "whole" where they are not. */
export const refusalOf = (bytes: AsyncIterable<Uint8Array>): Promise<string> =>
  readAll(bytes).then(
    () => 'whole',
    (thrown: unknown) => {
      const { code, sentence } = asOtaError(thrown)
      return `${code} ${sentence?.code ?? String(thrown)}`
    },
  )
