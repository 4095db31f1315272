// Reads a backup from its first byte to its last and verifies all of it: every byte belongs to a part, to its digest or to the tar around it,
// and any change of one is found. What is in it is passed on before the end is known: nobody may use it before the reading has resolved.

import { createHash } from 'node:crypto'
import { OtaError } from '../errors.ts'
import type { RawRow } from '../ota/ports/snapshot.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import {
  type BackupCounts,
  type BackupPart,
  type BackupStart,
  backupFormat,
  countNames,
  endText,
  imageOfPart,
  type Manifest,
  partNames,
  readManifest,
  readStart,
} from './backup-parts.ts'
import { type ByteSource, createByteSource } from './byte-source.ts'
import { countKeys, decodeRows, noCounts, packageOf, packagePrefix } from './raw-rows.ts'
import { blockBytes, endOfTar, paddingBytes, readTarHeader, type TarEntry } from './tar.ts'

/** Where rows were: the part, the file or server, and the version of Fogbell that wrote them. */
export interface RowsFrom {
  readonly part: string
  readonly of: string
  readonly version: string
}

/** Where the contents go. */
export interface BackupTarget {
  rows(rows: readonly RawRow[], from: RowsFrom): Promise<void>
  /** Reads all of the bytes. */
  image(sha256: string, bytes: AsyncIterable<Uint8Array>): Promise<void>
  token(text: string): Promise<void>
}

export interface BackupSummary extends BackupStart {
  readonly counts: BackupCounts
  /** Without encryption. */
  readonly bytes: number
}

interface Reading {
  readonly source: ByteSource
  /** The file or server, for what is said of it. */
  readonly of: string
  readonly target: BackupTarget
  readonly parts: BackupPart[]
  readonly counts: ReturnType<typeof noCounts>
  /** Of packages, with the name of the package. */
  readonly wanted: Map<string, string>
  at: number | null
  version: string
  rowParts: number
  lastKey: Buffer
}

/** Parts that are held in memory are no larger: some rows more than a mebibyte, or a manifest. */
const longestPart = 256 << 20

const invalid = (said: Sentence): OtaError => new OtaError('OTA_BACKUP_INVALID', said)
const endsEarly = ({ of, source, parts }: Reading): OtaError =>
  invalid(sentence('backup_ends_early', { of, bytes: source.position, part: parts.at(-1)?.name ?? null }))
const damagedAt = ({ of }: Reading, at: number): OtaError => invalid(sentence('backup_layout_damaged', { of, at }))
const damaged = ({ of }: Reading, part: string): OtaError => invalid(sentence('backup_part_damaged', { of, part }))

const exactly = async (reading: Reading, length: number): Promise<Buffer> => {
  const bytes = await reading.source.read(length)
  if (bytes.length < length) throw endsEarly(reading)
  return bytes
}

const nextEntry = async (reading: Reading): Promise<TarEntry> => {
  const at = reading.source.position
  const entry = readTarHeader(await exactly(reading, blockBytes), reading.at)
  if (entry === null) throw damagedAt(reading, at)
  return entry
}

const skipPadding = async (reading: Reading, size: number): Promise<void> => {
  const at = reading.source.position
  const padding = await exactly(reading, paddingBytes(size))
  if (padding.some((byte) => byte !== 0)) throw damagedAt(reading, at)
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const wholePart = async (reading: Reading, { name, size }: TarEntry): Promise<Buffer> => {
  if (size > longestPart) throw damagedAt(reading, reading.source.position - blockBytes)
  const bytes = await exactly(reading, size)
  await skipPadding(reading, size)
  reading.parts.push({ name, size, sha256: sha256Of(bytes) })
  return bytes
}

/** What is not a tar of ours is something else, rather than a damaged backup. */
const readFirst = async (reading: Reading): Promise<BackupStart> => {
  const { of, source } = reading
  const block = await source.read(blockBytes)
  const entry = block.length === blockBytes ? readTarHeader(block, null) : null
  if (entry === null || entry.name !== partNames.start) throw invalid(sentence('backup_not_one', { of }))
  const start = readStart((await wholePart(reading, entry)).toString())
  if (start === null) throw damaged(reading, entry.name)
  const { format, version } = start
  if (format > backupFormat) throw new OtaError('OTA_STORE_NEWER', sentence('backup_newer', { of, format, version, known: backupFormat }))
  if (readTarHeader(block, start.at) === null) throw damagedAt(reading, 0)
  reading.at = start.at
  reading.version = start.version
  return start
}

const checkRows = (reading: Reading, rows: readonly RawRow[], part: string): void => {
  for (const [key, value] of rows) {
    if (Buffer.compare(key, reading.lastKey) <= 0) throw damaged(reading, part)
    reading.lastKey = key
    if (!key.toString('latin1', 0, packagePrefix.length).startsWith(packagePrefix)) continue
    const found = packageOf(value.toString())
    if (found === null) throw invalid(sentence('backup_row_unreadable', { of: reading.of, part, key: JSON.stringify(key.toString()) }))
    reading.wanted.set(found.sha256, `${found.product}/${found.version}`)
  }
}

const readRows = async (reading: Reading, entry: TarEntry): Promise<void> => {
  reading.rowParts += 1
  if (entry.name !== partNames.rows(reading.rowParts)) throw damaged(reading, entry.name)
  const rows = decodeRows(await wholePart(reading, entry))
  if (rows === null) throw damaged(reading, entry.name)
  checkRows(reading, rows, entry.name)
  countKeys(
    reading.counts,
    rows.map(([key]) => key.toString()),
  )
  await reading.target.rows(rows, { part: entry.name, of: reading.of, version: reading.version })
}

const textIn = (value: unknown, name: string): string | null => {
  if (typeof value !== 'object' || value === null) return null
  const text: unknown = (value as { readonly [name: string]: unknown })[name]
  return typeof text === 'string' ? text : null
}

/** The reason that the server gave. */
const readFault = async (reading: Reading, entry: TarEntry): Promise<never> => {
  const text = (await wholePart(reading, entry)).toString()
  let why: string | null = null
  try {
    why = textIn(JSON.parse(text), 'detail')
  } catch {
    // Then it has said nothing.
  }
  throw new OtaError('OTA_BACKUP_FAILED', sentence('backup_server_failed', { why: why ?? text.slice(0, 200) }))
}

/** The server says behind it if it has noticed that itself. */
const imageDamaged = async (reading: Reading, { name, size }: TarEntry): Promise<never> => {
  await skipPadding(reading, size)
  const next = await nextEntry(reading)
  if (next.name === partNames.fault) await readFault(reading, next)
  throw damaged(reading, name)
}

const pieceBytes = 262_144

const imageBytes = async function* (reading: Reading, { name, size }: TarEntry): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha256')
  for (let missing = size; missing > 0; ) {
    const bytes = await reading.source.some(Math.min(missing, pieceBytes))
    if (bytes.length === 0) throw endsEarly(reading)
    missing -= bytes.length
    digest.update(bytes)
    yield bytes
  }
  const sha256 = digest.digest('hex')
  if (sha256 !== imageOfPart(name)) await imageDamaged(reading, { name, size })
  reading.parts.push({ name, size, sha256 })
}

const readImage = async (reading: Reading, entry: TarEntry, sha256: string): Promise<void> => {
  if (!reading.wanted.delete(sha256)) throw damaged(reading, entry.name)
  await reading.target.image(sha256, imageBytes(reading, entry))
  await skipPadding(reading, entry.size)
  reading.counts.images += 1
}

const longestToken = 4096

const readToken = async (reading: Reading, entry: TarEntry): Promise<void> => {
  const [first] = reading.wanted
  if (first !== undefined) {
    const [sha256, name] = first
    throw invalid(sentence('backup_image_absent', { of: reading.of, name, sha256 }))
  }
  if (entry.size > longestToken) throw damaged(reading, entry.name)
  await reading.target.token((await wholePart(reading, entry)).toString())
}

const compare = (reading: Reading, manifest: Manifest, read: readonly BackupPart[]): void => {
  for (const [at, part] of read.entries()) {
    const listed = manifest.parts[at]
    if (listed?.name !== part.name || listed.size !== part.size || listed.sha256 !== part.sha256) throw damaged(reading, part.name)
  }
  const more = manifest.parts[read.length]
  if (more !== undefined) throw invalid(sentence('backup_part_missing', { of: reading.of, part: more.name }))
  if (countNames.some((name) => manifest.counts[name] !== reading.counts[name])) throw damaged(reading, partNames.manifest)
}

const readEnd = async (reading: Reading, entry: TarEntry): Promise<void> => {
  const read = [...reading.parts]
  const bytes = await wholePart(reading, entry)
  const last = await nextEntry(reading)
  if (last.name !== partNames.end) throw damaged(reading, last.name)
  if ((await wholePart(reading, last)).toString() !== endText(sha256Of(bytes))) throw damaged(reading, partNames.manifest)
  const manifest = readManifest(bytes.toString())
  if (manifest === null) throw damaged(reading, partNames.manifest)
  compare(reading, manifest, read)
  const at = reading.source.position
  if (!(await exactly(reading, endOfTar.length)).equals(endOfTar)) throw damagedAt(reading, at)
  if (!(await reading.source.atEnd())) throw damagedAt(reading, reading.source.position)
}

/** Parts up to the token; what follows is the end. */
const readParts = async (reading: Reading): Promise<void> => {
  for (let hasToken = false; ; ) {
    const entry = await nextEntry(reading)
    const sha256 = imageOfPart(entry.name)
    if (entry.name === partNames.fault) await readFault(reading, entry)
    else if (hasToken && entry.name === partNames.manifest) return await readEnd(reading, entry)
    else if (hasToken) throw damaged(reading, entry.name)
    else if (entry.name === partNames.token) {
      hasToken = true
      await readToken(reading, entry)
    } else if (sha256 !== null) await readImage(reading, entry, sha256)
    else await readRows(reading, entry)
  }
}

/**
 * OTA_BACKUP_INVALID names the part and what is wrong with it; OTA_STORE_NEWER for a format of a later Fogbell; OTA_BACKUP_FAILED where the
 * server says in it why it could not continue. Errors of `chunks` and of the target are passed on.
 */
export const readBackup = async (chunks: AsyncIterable<Uint8Array>, of: string, target: BackupTarget): Promise<BackupSummary> => {
  const source = createByteSource(chunks)
  const counts = noCounts()
  const reading: Reading = {
    source,
    of,
    target,
    parts: [],
    counts,
    wanted: new Map(),
    at: null,
    version: '',
    rowParts: 0,
    lastKey: Buffer.alloc(0),
  }
  try {
    const start = await readFirst(reading)
    await readParts(reading)
    return { ...start, counts, bytes: source.position }
  } finally {
    await source.close().catch(() => undefined)
  }
}
