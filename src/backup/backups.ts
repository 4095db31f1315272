// Backups of the running server, one at a time: a snapshot, the images that its packages have, and when both are free again. Knows the store
// and the images by their ports.

import { stat } from 'node:fs/promises'
import { OtaError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Backups, OpenBackup } from '../ota/ports/backups.ts'
import type { OpenSnapshot, Snapshot } from '../ota/ports/snapshot.ts'
import { sentence } from '../sentences/sentence.ts'
import { backupFormat } from './backup-parts.ts'
import { createPace, paced } from './pace.ts'
import { type PackageImage, packageOf, packagePrefix } from './raw-rows.ts'
import { type BackupSource, backupBytes } from './write-backup.ts'

export interface BackupsDeps {
  readonly openSnapshot: OpenSnapshot
  imagePath(sha256: string): string
  readonly token: () => string
  readonly version: string
  readonly instance: string
  readonly now: () => number
  readonly log: Log
}

const mostNamed = 5

const imagesOf = async (snapshot: Snapshot): Promise<readonly PackageImage[]> => {
  const images = new Map<string, PackageImage>()
  for await (const rows of snapshot.texts(packagePrefix))
    for (const [, value] of rows) {
      const image = packageOf(value)
      if (image !== null) images.set(image.sha256, image)
    }
  return [...images.values()]
}

/** Before the first byte is sent: a backup without an image is not whole. */
const requireImages = async ({ imagePath }: BackupsDeps, images: readonly PackageImage[]): Promise<void> => {
  const missing: string[] = []
  for (const { sha256, size, product, version } of images) {
    const found = await stat(imagePath(sha256)).catch(() => null)
    if (found?.isFile() !== true || found.size !== size) missing.push(`${product}/${version}`)
  }
  if (missing.length === 0) return
  const packages = missing.slice(0, mostNamed)
  const more = missing.length - packages.length
  throw new OtaError('OTA_BACKUP_FAILED', sentence('backup_images_missing', { count: missing.length, packages, more }))
}

const fileName = (at: number): string => `fogbell-${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z.backup.tar`

const bytesOf = async function* (source: BackupSource, log: Log, end: () => void): AsyncGenerator<Uint8Array> {
  let bytes = 0
  let isOver = false
  try {
    for await (const chunk of paced(backupBytes(source), createPace())) {
      bytes += chunk.length
      yield chunk
    }
    isOver = true
    log.info({ bytes }, 'a backup was made')
  } catch (err) {
    isOver = true
    log.error({ err, bytes }, 'a backup could not be made')
    throw err
  } finally {
    if (!isOver) log.warn({ bytes }, 'a backup was not read to its end')
    end()
  }
}

export const createBackups = (deps: BackupsDeps): Backups => {
  const { openSnapshot, log, version, instance, now } = deps
  let isOpen = false
  const open = async (snapshot: Snapshot): Promise<OpenBackup> => {
    const images = await imagesOf(snapshot)
    await requireImages(deps, images)
    const start = { format: backupFormat, version, instance, at: now() }
    const end = (): void => {
      if (snapshot !== held) return
      held = undefined
      isOpen = false
      snapshot.close().catch((err: unknown) => log.warn({ err }, 'the snapshot of a backup could not be closed'))
    }
    const source = { start, snapshot, images, imagePath: deps.imagePath, token: deps.token() }
    return { fileName: fileName(start.at), bytes: bytesOf(source, log, end), end }
  }
  let held: Snapshot | undefined
  return {
    async begin() {
      if (isOpen) throw new OtaError('OTA_BACKUP_BUSY', sentence('backup_busy'))
      isOpen = true
      let snapshot: Snapshot | undefined
      try {
        snapshot = await openSnapshot()
        held = snapshot
        return await open(snapshot)
      } catch (thrown) {
        held = undefined
        isOpen = false
        await snapshot?.close()
        throw thrown
      }
    },
  }
}
