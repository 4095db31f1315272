// UF2 (github.com/microsoft/uf2): blocks of 512 bytes, each with up to 476 bytes of payload and its address; extension tags behind a payload say
// the version and the device.

import { type ImageFacts, noFacts, textAt, u32 } from './facts.ts'
import { headerFacts, holding } from './firmware-headers.ts'

const blockBytes = 512
const magics = { first: 0x0a324655, second: 0x9e5d5157, last: 0x0ab16f30 }
const payloadAt = 32
const mostPayload = 476
const flags = { notMain: 0x0000_0001, family: 0x0000_2000, tags: 0x0000_8000 }
const tags = { version: 0x9fc7bc, device: 0x650d9d }
/** Blocks that are looked at for the beginning of the firmware: a file may begin with blocks that are not for the flash. */
const mostBlocks = 16

const families: ReadonlyMap<number, string> = new Map([
  [0x1c5f21b0, 'ESP32'],
  [0xbfdd4eee, 'ESP32-S2'],
  [0xc47e5767, 'ESP32-S3'],
  [0xd42ba06c, 'ESP32-C3'],
  [0xe48bff56, 'RP2040'],
  [0xe48bff59, 'RP2350'],
  [0xe48bff5a, 'RP2350'],
  [0xada52840, 'nRF52840'],
  [0x68ed2b88, 'SAMD21'],
  [0x55114460, 'SAMD51'],
  [0x57755a57, 'STM32F4'],
])

const isBlock = (block: Uint8Array): boolean =>
  block.length === blockBytes && u32(block, 0) === magics.first && u32(block, 4) === magics.second && u32(block, 508) === magics.last

/** The tags of a block, by type. A tag has its whole size in the first byte and its type in the next three; a size of 0 ends the list. */
const tagsOf = (block: Uint8Array): ReadonlyMap<number, string | null> => {
  const found = new Map<number, string | null>()
  let at = payloadAt + u32(block, 16)
  while (at + 4 <= payloadAt + mostPayload) {
    const size = block[at] ?? 0
    if (size < 4) break
    found.set(u32(block, at) >>> 8, textAt(block, at + 4, size - 4))
    at += (size + 3) & ~3
  }
  return found
}

const has = (block: Uint8Array, flag: number): boolean => (u32(block, 8) & flag) !== 0

const taggedFacts = (block: Uint8Array): ImageFacts => {
  const tagged = has(block, flags.tags) ? tagsOf(block) : null
  return {
    formats: ['uf2'],
    ...noFacts,
    version: tagged?.get(tags.version) ?? null,
    project: tagged?.get(tags.device) ?? null,
    chip: has(block, flags.family) ? (families.get(u32(block, 28)) ?? null) : null,
  }
}

/** The facts of the first bytes of a file; null: it is no UF2. */
export const uf2Facts = (bytes: Uint8Array): ImageFacts | null => {
  const blocks = Array.from({ length: mostBlocks }, (_, index) => bytes.subarray(index * blockBytes, (index + 1) * blockBytes)).filter(
    isBlock,
  )
  const [first] = blocks
  if (first === undefined || first.byteOffset !== bytes.byteOffset) return null
  const main = blocks.find((block) => !has(block, flags.notMain)) ?? first
  const payload = main.subarray(payloadAt, payloadAt + Math.min(u32(main, 16), mostPayload))
  return holding(taggedFacts(main), headerFacts(payload))
}
