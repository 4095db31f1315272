// Whether the images of packages are there and have the bytes that were uploaded: each file against its name, which is its SHA-256, and
// against the digests of its blocks, which say where it is damaged. Reads files only.

import { createHash } from 'node:crypto'
import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Finding, faulty, fine, skipped } from '../../finding.ts'
import { blockBytes, isBlock, unsealedDigests } from '../../image-blocks.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import { codeOf, reasonOf } from '../file-faults.ts'
import { shellWord } from './shell-word.ts'
import type { StoredPackage } from './store-findings.ts'

export interface ImageProbe {
  readonly dataDir: string
  readonly packages: readonly StoredPackage[]
  /** Do without reading the images. */
  readonly quick: boolean
  /** Bytes read so far, and all that are to be read. */
  readonly progress: (done: number, all: number) => void
  /** Ends the reading where it is. */
  readonly isLate: () => boolean
}

const nameOf = ({ product, version, module }: StoredPackage): string => `${product}/${version}${module === 'default' ? '' : ` (${module})`}`

/** Its file: enough digits to find it. */
const shortName = ({ sha256 }: StoredPackage): string => `images/${sha256.slice(0, 12)}…`

const again = (dataDir: string, { product, version, module }: StoredPackage): Sentence =>
  sentence('doctor_try_upload', {
    product: shellWord(product),
    version: shellWord(version),
    module: module === 'default' ? null : shellWord(module),
    dir: shellWord(dataDir),
  })

/** What of an image is wrong: the first byte of a block, or null where its blocks do not tell. */
type Digested = 'same' | 'late' | { readonly damagedAt: number | null }

const blockDigests = async (dataDir: string, { sha256, size }: StoredPackage): Promise<Buffer | undefined> => {
  const file = await readFile(join(dataDir, 'images.digests', sha256)).catch(() => null)
  return file === null ? undefined : unsealedDigests(sha256, size, file)
}

const digest = async (probe: ImageProbe, image: StoredPackage, read: (bytes: number) => void): Promise<Digested> => {
  const blocks = await blockDigests(probe.dataDir, image)
  const hash = createHash('sha256')
  const file = await open(join(probe.dataDir, 'images', image.sha256))
  try {
    const block = Buffer.alloc(blockBytes)
    let damagedAt: number | null = null
    for (let index = 0; index * blockBytes < image.size; index += 1) {
      if (probe.isLate()) return 'late'
      const { bytesRead } = await file.read(block, 0, blockBytes, index * blockBytes)
      const bytes = block.subarray(0, bytesRead)
      hash.update(bytes)
      if (blocks !== undefined && damagedAt === null && !isBlock(blocks, index, bytes)) damagedAt = index * blockBytes
      read(bytesRead)
    }
    return hash.digest('hex') === image.sha256 ? 'same' : { damagedAt }
  } finally {
    await file.close()
  }
}

const damaged = (dataDir: string, image: StoredPackage, damagedAt: number | null): Finding =>
  faulty('images', sentence('doctor_image_damaged', { name: nameOf(image), file: shortName(image), at: damagedAt }), again(dataDir, image))

/** null: it is there, with the right size. */
const fileFault = async (dataDir: string, image: StoredPackage): Promise<Finding | null> => {
  const file = shortName(image)
  const found = await stat(join(dataDir, 'images', image.sha256)).catch((cause: unknown) => codeOf(cause) || reasonOf(cause))
  if (found === 'ENOENT') return faulty('images', sentence('doctor_image_missing', { name: nameOf(image), file }), again(dataDir, image))
  if (typeof found === 'string')
    return skipped('images', sentence('doctor_not_looked_at', { why: sentence('as_text', { text: `${file}: ${found}` }) }))
  if (found.size === image.size) return null
  return faulty(
    'images',
    sentence('doctor_image_cut', { name: nameOf(image), file, size: image.size, found: found.size }),
    again(dataDir, image),
  )
}

const summary = (probe: ImageProbe, count: number, bytes: number, unread: number): Finding => {
  if (probe.quick && count > 0) return skipped('images', sentence('doctor_images_quick', { count }))
  if (unread > 0) return skipped('images', sentence('doctor_images_late', { count, unread }))
  return fine('images', sentence('doctor_images_ok', { count, mib: Math.ceil(bytes / blockBytes) }))
}

/** One finding for each image that is not as it was uploaded, and one for all others. */
export const imageFindings = async (probe: ImageProbe): Promise<readonly Finding[]> => {
  const images = [...new Map(probe.packages.map((each) => [each.sha256, each])).values()]
  const faults: Finding[] = []
  const sound: StoredPackage[] = []
  for (const image of images) {
    const fault = await fileFault(probe.dataDir, image)
    if (fault === null) sound.push(image)
    else faults.push(fault)
  }
  const all = sound.reduce((sum, { size }) => sum + size, 0)
  let [done, unread, good] = [0, 0, 0]
  for (const image of probe.quick ? [] : sound) {
    const result = await digest(probe, image, (bytes) => {
      done += bytes
      probe.progress(done, all)
    })
    if (result === 'late') unread += 1
    else if (result === 'same') good += 1
    else faults.push(damaged(probe.dataDir, image, result.damagedAt))
  }
  const isDone = faults.length > 0 && unread === 0 && good === 0
  return isDone ? faults : [...faults, summary(probe, probe.quick ? sound.length : good, done, unread)]
}
