// Images as their formats lay them out, small and whole.

const text = (value: string, length: number): Buffer => {
  const bytes = Buffer.alloc(length)
  bytes.write(value)
  return bytes
}

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

/** esp_app_desc_t, 256 bytes. */
export const espDescription = (version: string, project: string): Buffer =>
  Buffer.concat([word(0xabcd5432), Buffer.alloc(12), text(version, 32), text(project, 32), Buffer.alloc(256 - 80)])

/** An application of ESP-IDF: header, header of the first segment, description, code. */
export const espImage = (version: string, project: string, chip = 9): Buffer => {
  const header = Buffer.alloc(24)
  header.set([0xe9, 5, 2, 0x4f])
  header.writeUInt16LE(chip, 12)
  return Buffer.concat([header, Buffer.alloc(8, 1), espDescription(version, project), Buffer.alloc(4096, 0x55)])
}

/** An image of MCUboot with a header of 512 bytes. */
export const mcubootImage = (major: number, minor: number, revision: number, build: number): Buffer => {
  const header = Buffer.alloc(512)
  header.writeUInt32LE(0x96f3b83d, 0)
  header.writeUInt16LE(512, 8)
  header.writeUInt32LE(4096, 12)
  header.set([major, minor], 20)
  header.writeUInt16LE(revision, 22)
  header.writeUInt32LE(build, 24)
  return Buffer.concat([header, Buffer.alloc(4096, 0x77)])
}

export interface Uf2Options {
  readonly family?: number
  readonly tags?: readonly (readonly [type: number, text: string])[]
  /** Blocks that are not for the flash, before the others. */
  readonly before?: number
}

const tagBytes = ([type, value]: readonly [number, string]): Buffer => {
  const size = 4 + Buffer.byteLength(value)
  return Buffer.concat([word(((type << 8) | size) >>> 0), Buffer.from(value), Buffer.alloc((4 - (size % 4)) % 4)])
}

const uf2Block = (payload: Buffer, flags: number, family: number, rest: Buffer, number: number, count: number): Buffer => {
  const head = Buffer.concat([0x0a324655, 0x9e5d5157, flags, 0x1000_0000 + number * 256, payload.length, number, count, family].map(word))
  const body = Buffer.concat([payload, rest], 476)
  return Buffer.concat([head, body, word(0x0ab16f30)])
}

/** The image as UF2, with 256 bytes of it in each block. */
export const uf2Of = (image: Buffer, { family = 0, tags = [], before = 0 }: Uf2Options = {}): Buffer => {
  const parts = Array.from({ length: Math.ceil(image.length / 256) }, (_, index) => image.subarray(index * 256, (index + 1) * 256))
  const flags = (family === 0 ? 0 : 0x2000) | (tags.length === 0 ? 0 : 0x8000)
  const rest = Buffer.concat([...tags.map(tagBytes), Buffer.alloc(4)])
  const skipped = Array.from({ length: before }, (_, index) => uf2Block(Buffer.alloc(256, 0xff), 1, 0, Buffer.alloc(0), index, before))
  return Buffer.concat([...skipped, ...parts.map((part, index) => uf2Block(part, flags, family, rest, index, parts.length))])
}

const hexLine = (address: number, type: number, data: Uint8Array): string => {
  const bytes = Buffer.concat([Buffer.from([data.length, address >> 8, address & 255, type]), data])
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  return `:${Buffer.concat([bytes, Buffer.from([-sum & 255])])
    .toString('hex')
    .toUpperCase()}`
}

/** The image as Intel HEX, from the address 0x08000000 on, 16 bytes a line. */
export const hexOf = (image: Buffer, end = '\r\n'): Buffer => {
  const lines = [hexLine(0, 4, Buffer.from([0x08, 0x00]))]
  for (let at = 0; at < image.length; at += 16) lines.push(hexLine(at & 0xffff, 0, image.subarray(at, at + 16)))
  return Buffer.from(`${[...lines, hexLine(0, 1, Buffer.alloc(0))].join(end)}${end}`)
}

/** An ELF for `machine` with the description in a section of its own: 32 bits, little-endian. */
export const elfOf = (machine: number, description: Buffer): Buffer => {
  const names = Buffer.from('\0.shstrtab\0.flash.appdesc\0')
  const [namesAt, bytesAt] = [52, 52 + 64]
  const sectionsAt = bytesAt + 256
  const section = (name: number, at: number, size: number): Buffer => {
    const bytes = Buffer.alloc(40)
    for (const [offset, value] of [
      [0, name],
      [4, 1],
      [16, at],
      [20, size],
    ] as const)
      bytes.writeUInt32LE(value, offset)
    return bytes
  }
  const head = Buffer.alloc(52)
  head.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1])
  head.writeUInt16LE(2, 16)
  head.writeUInt16LE(machine, 18)
  head.writeUInt32LE(sectionsAt, 32)
  head.writeUInt16LE(40, 46)
  head.writeUInt16LE(3, 48)
  head.writeUInt16LE(1, 50)
  const table = [section(0, 0, 0), section(1, namesAt, names.length), section(11, bytesAt, 256)]
  return Buffer.concat([head, Buffer.concat([names], 64), Buffer.concat([description], 256), ...table])
}
