// What an image says of itself: formats are tried in turn. Reads a few kilobytes, whatever the size.

import { elfFacts } from './elf.ts'
import type { ImageBytes, ImageFacts } from './facts.ts'
import { headerFacts } from './firmware-headers.ts'
import { intelHexFacts } from './intel-hex.ts'
import { uf2Facts } from './uf2.ts'

const headBytes = 8192

/** null: none of the formats that are known, which is no fault: an image may be anything. */
export const readImage = async (file: ImageBytes): Promise<ImageFacts | null> => {
  const head = await file.read(0, headBytes)
  return (await elfFacts(file, head)) ?? uf2Facts(head) ?? headerFacts(head) ?? intelHexFacts(head, head.length === file.size)
}
