// The digests of an image's blocks, one for each MiB: made when an image is uploaded, and checked by downloads. A leaf: bytes only.

import { createHash } from 'node:crypto'

export const blockBytes = 1_048_576
const digestBytes = 32

const sha256Of = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

export interface BlockDigest {
  update(chunk: Uint8Array): void
  /** The digests one after another; ends the pass. */
  finish(): Buffer
}

export const createBlockDigest = (): BlockDigest => {
  const digests: Buffer[] = []
  let hash = createHash('sha256')
  let filled = 0
  const close = (): void => {
    digests.push(hash.digest())
    hash = createHash('sha256')
    filled = 0
  }
  return {
    update: (chunk) => {
      for (let at = 0; at < chunk.length; ) {
        const piece = chunk.subarray(at, at + blockBytes - filled)
        hash.update(piece)
        filled += piece.length
        at += piece.length
        if (filled === blockBytes) close()
      }
    },
    finish: () => {
      if (filled > 0) close()
      return Buffer.concat(digests)
    },
  }
}

/** Whether `block` is the image's block `index`. */
export const isBlock = (digests: Buffer, index: number, block: Uint8Array): boolean =>
  sha256Of(block).equals(digests.subarray(index * digestBytes, (index + 1) * digestBytes))

const sealOf = (sha256: string, digests: Uint8Array): Buffer => sha256Of(Buffer.from(sha256), digests)

/** The digests as a file, with a digest of themselves: damage of this file must not look like damage of the image. */
export const sealedDigests = (sha256: string, digests: Buffer): Buffer => Buffer.concat([digests, sealOf(sha256, digests)])

/** The digests of such a file; undefined if they are not those of an image of this name and size. */
export const unsealedDigests = (sha256: string, size: number, file: Buffer): Buffer | undefined => {
  const digests = file.subarray(0, Math.ceil(size / blockBytes) * digestBytes)
  return file.subarray(digests.length).equals(sealOf(sha256, digests)) ? digests : undefined
}
