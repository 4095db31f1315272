// The images at a start: which of the packages' images are missing, and what of the rest is removed. Knows the files and the packages,
// not who uses them.

import { createFirmwareFiles } from './firmware/image-files.ts'
import type { Log } from './log.ts'
import type { Firmware } from './ota/model.ts'
import type { FirmwareFiles } from './ota/ports/files.ts'
import { say, sentence } from './sentences/sentence.ts'

const mostNamed = 5

const nameOf = ({ product, module, version }: Firmware): string => `${product}/${version}${module === 'default' ? '' : ` (${module})`}`

const warn = (directory: string, missing: readonly Firmware[], log: Log): void => {
  const count = missing.length
  const packages = missing.slice(0, mostNamed).map(nameOf)
  log.warn({ directory, count, packages }, say(sentence('images_missing', { directory, count, packages, more: count - packages.length })))
}

/**
 * The images of a directory. If some are missing, it is probably not the one that belongs to the store, or not all of it is there: a
 * warning says so, and no image is removed. Nor is one if `mayRemove` is false. OTA_STORE_FAILED.
 */
export const openImages = async (
  directory: string,
  { packages, mayRemove, log }: { readonly packages: readonly Firmware[]; readonly mayRemove: boolean; readonly log: Log },
): Promise<FirmwareFiles> => {
  const files = await createFirmwareFiles(directory)
  const there = await files.stored()
  const missing = packages.filter(({ sha256 }) => !there.has(sha256))
  if (missing.length > 0) warn(directory, missing, log)
  await files.sweep(mayRemove && missing.length === 0 ? new Set(packages.map(({ sha256 }) => sha256)) : null)
  return files
}
