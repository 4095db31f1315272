// Headers at the beginning of the firmware itself: ESP-IDF's (esp_image_format.h, esp_app_desc.h) and MCUboot's (docs/design.md, image.h).

import { type ImageFacts, noFacts, textAt, u16, u32 } from './facts.ts'

/** As many bytes as the headers need. */
export const headerBytes = 288

/** The chip ids of esp_image_header_t. */
const espChips: ReadonlyMap<number, string> = new Map([
  [0, 'ESP32'],
  [2, 'ESP32-S2'],
  [5, 'ESP32-C3'],
  [9, 'ESP32-S3'],
  [12, 'ESP32-C2'],
  [13, 'ESP32-C6'],
  [16, 'ESP32-H2'],
  [18, 'ESP32-P4'],
  [20, 'ESP32-C61'],
  [23, 'ESP32-C5'],
])
const espMagic = 0xe9
const espMostSegments = 16
/** Image header of 24 bytes, header of the first segment of 8. */
const espDescription = 32
const descriptionMagic = 0xabcd5432

/** esp_app_desc_t; null if it is not at the place. */
export const appDescription = (bytes: Uint8Array, at: number): Pick<ImageFacts, 'version' | 'project'> | null =>
  u32(bytes, at) === descriptionMagic ? { version: textAt(bytes, at + 16, 32), project: textAt(bytes, at + 48, 32) } : null

const espFacts = (bytes: Uint8Array): ImageFacts | null => {
  const segments = bytes[1] ?? 0
  if (bytes[0] !== espMagic || segments === 0 || segments > espMostSegments) return null
  const description = appDescription(bytes, espDescription)
  const chip = espChips.get(u16(bytes, 12)) ?? null
  // Without the description (ESP8266, bootloaders), one byte says little: the header's own bounds decide.
  if (description === null && chip === null) return null
  return { formats: ['esp-idf'], ...noFacts, ...description, chip }
}

const mcubootMagic = 0x96f3b83d

const mcubootFacts = (bytes: Uint8Array): ImageFacts | null => {
  if (u32(bytes, 0) !== mcubootMagic || bytes.length < 28) return null
  const build = u32(bytes, 24)
  const version = `${bytes[20] ?? 0}.${bytes[21] ?? 0}.${u16(bytes, 22)}`
  return { formats: ['mcuboot'], ...noFacts, version: build === 0 ? version : `${version}+${build}` }
}

/** The header at the beginning of the bytes; null: it is none of these. */
export const headerFacts = (bytes: Uint8Array): ImageFacts | null => mcubootFacts(bytes) ?? espFacts(bytes)

/** Facts of a container, completed by those of what is in it. */
export const holding = (outer: ImageFacts, inside: ImageFacts | null): ImageFacts => ({
  formats: [...outer.formats, ...(inside?.formats ?? [])],
  version: inside?.version ?? outer.version,
  project: inside?.project ?? outer.project,
  chip: inside?.chip ?? outer.chip,
})
