// A backup as bytes: the rows of a snapshot, the images of its packages, the token, and what is in all of it. Holds one part of rows at a
// time, reads on only as fast as its bytes are taken, and works in small turns: a server runs beside it. Knows no HTTP.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { OtaError } from '../errors.ts'
import type { Snapshot } from '../ota/ports/snapshot.ts'
import { say, sentence } from '../sentences/sentence.ts'
import { type BackupPart, type BackupStart, endText, partNames } from './backup-parts.ts'
import { type Counting, countKeys, encodeRows, noCounts, type PackageImage } from './raw-rows.ts'
import { endOfTar, paddingBytes, tarHeader } from './tar.ts'

export interface BackupSource {
  readonly start: BackupStart
  readonly snapshot: Snapshot
  /** Each once. */
  readonly images: readonly PackageImage[]
  imagePath(sha256: string): string
  readonly token: string
}

interface Writing {
  readonly source: BackupSource
  readonly parts: BackupPart[]
  readonly counts: Counting
  /** In the middle of a part, where no other one can follow. */
  isWithin: boolean
}

const partBytes = 1 << 20
const imageChunk = 131_072

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const around = function* ({ source }: Writing, name: string, chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  yield tarHeader(name, size, source.start.at)
  yield* chunks
  yield Buffer.alloc(paddingBytes(size))
}

const textPart = function* (writing: Writing, name: string, text: string): Generator<Uint8Array> {
  const bytes = Buffer.from(text)
  writing.parts.push({ name, size: bytes.length, sha256: sha256Of(bytes) })
  yield* around(writing, name, [bytes])
}

/** One part, once its rows are complete. */
const createRowsPart = (name: string) => {
  const digest = createHash('sha256')
  const chunks: Buffer[] = []
  let size = 0
  return {
    add: (bytes: Buffer): void => {
      digest.update(bytes)
      chunks.push(bytes)
      size += bytes.length
    },
    isFull: () => size >= partBytes,
    chunks,
    part: (): BackupPart => ({ name, size, sha256: digest.digest('hex') }),
  }
}

const rowParts = async function* (writing: Writing): AsyncGenerator<Uint8Array> {
  let number = 1
  let part = createRowsPart(partNames.rows(number))
  const finish = function* (): Generator<Uint8Array> {
    const done = part.part()
    writing.parts.push(done)
    yield* around(writing, done.name, part.chunks)
    number += 1
    part = createRowsPart(partNames.rows(number))
  }
  for await (const rows of writing.source.snapshot.rows()) {
    countKeys(
      writing.counts,
      rows.map(([key]) => key),
    )
    part.add(encodeRows(rows))
    if (part.isFull()) yield* finish()
  }
  if (part.chunks.length > 0) yield* finish()
}

const changed = ({ product, version }: PackageImage): OtaError =>
  new OtaError('OTA_BACKUP_FAILED', sentence('backup_image_changed', { product, version }))

const imagePart = async function* (writing: Writing, image: PackageImage): AsyncGenerator<Uint8Array> {
  const { source, parts, counts } = writing
  const { sha256, size } = image
  const digest = createHash('sha256')
  const part = { name: partNames.image(sha256), size, sha256 }
  let read = 0
  yield tarHeader(part.name, size, source.start.at)
  writing.isWithin = true
  for await (const chunk of createReadStream(source.imagePath(sha256), { highWaterMark: imageChunk })) {
    const bytes: Uint8Array = chunk
    read += bytes.length
    if (read > size) throw changed(image)
    digest.update(bytes)
    yield bytes
  }
  if (read !== size) throw changed(image)
  yield Buffer.alloc(paddingBytes(size))
  writing.isWithin = false
  if (digest.digest('hex') !== sha256) throw changed(image)
  parts.push(part)
  counts.images += 1
}

const ending = function* (writing: Writing): Generator<Uint8Array> {
  const { parts, counts } = writing
  const text = `${JSON.stringify({ parts, counts }, null, 1)}\n`
  yield* around(writing, partNames.manifest, [Buffer.from(text)])
  yield* around(writing, partNames.end, [Buffer.from(endText(sha256Of(Buffer.from(text))))])
  yield endOfTar
}

const allParts = async function* (writing: Writing): AsyncGenerator<Uint8Array> {
  const { source } = writing
  yield* textPart(writing, partNames.start, `${JSON.stringify(source.start)}\n`)
  yield* rowParts(writing)
  for (const image of source.images) yield* imagePart(writing, image)
  yield* textPart(writing, partNames.token, `${source.token}\n`)
  yield* ending(writing)
}

const faultOf = (thrown: unknown): object | null =>
  thrown instanceof OtaError && thrown.sentence !== null
    ? { code: thrown.code, detail: say(thrown.sentence), detailCode: thrown.sentence.code, params: thrown.sentence.params }
    : null

/** The bytes. A failure is thrown, and what can be said of it comes before as the last part, so that a reader knows why there is no end. */
export const backupBytes = async function* (source: BackupSource): AsyncGenerator<Uint8Array> {
  const writing: Writing = { source, parts: [], counts: noCounts(), isWithin: false }
  try {
    yield* allParts(writing)
  } catch (thrown) {
    const fault = faultOf(thrown)
    if (!writing.isWithin && fault !== null) yield* around(writing, partNames.fault, [Buffer.from(JSON.stringify(fault))])
    throw thrown
  }
}
