// The tar (POSIX ustar) around the parts of a backup. Of all tars only this one way to write a name and a size is read, so that no byte of the
// file can change unnoticed. Knows no part.

export const blockBytes = 512
/** Two blocks of zeros. */
export const endOfTar = Buffer.alloc(2 * blockBytes)

/** As many zeros follow bytes of that number, up to the next block. */
export const paddingBytes = (size: number): number => (blockBytes - (size % blockBytes)) % blockBytes

const nameBytes = 100
const sizeAt = 124
const timeAt = 136
const sumAt = 148
const longestOctal = 0o77777777777
const lastTime = 0xffffffff

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`

/** What does not fit into eleven digits is binary, as GNU tar and others write it. */
const writeSize = (block: Buffer, size: number): void => {
  if (size <= longestOctal) block.write(octal(size, 11), sizeAt, 'latin1')
  else {
    block[sizeAt] = 0x80
    block.writeBigUInt64BE(BigInt(size), sizeAt + 4)
  }
}

/** Of all bytes, with blanks in place of the sum. */
const sumOf = (block: Buffer): number => block.reduce((sum, byte) => sum + byte, 0)

/** The block before a part. `at`: ms since 1970. */
export const tarHeader = (name: string, size: number, at: number): Buffer => {
  const block = Buffer.alloc(blockBytes)
  block.write(name, 0, nameBytes, 'latin1')
  block.write(`${octal(0o600, 7)}${octal(0, 7)}${octal(0, 7)}`, nameBytes, 'latin1')
  writeSize(block, size)
  block.write(octal(Math.min(Math.max(Math.floor(at / 1000), 0), lastTime), 11), timeAt, 'latin1')
  block.write('        0', sumAt, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  block.write(`${octal(sumOf(block), 6)} `, sumAt, 'latin1')
  return block
}

const numberIn = (block: Buffer): number => {
  if (block[sizeAt] === 0x80) return Number(block.readBigUInt64BE(sizeAt + 4))
  const text = block.toString('latin1', sizeAt, sizeAt + 11)
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN
}

export interface TarEntry {
  readonly name: string
  readonly size: number
}

const timeIn = (block: Buffer): number => Number.parseInt(block.toString('latin1', timeAt, timeAt + 11), 8) * 1000

/** null: the block is not as `tarHeader` writes it; `at` null: at any time. */
export const readTarHeader = (block: Buffer, at: number | null): TarEntry | null => {
  const end = block.indexOf(0)
  const [name, size] = [block.toString('latin1', 0, Math.min(end < 0 ? nameBytes : end, nameBytes)), numberIn(block)]
  const time = at ?? timeIn(block)
  if (name === '' || !Number.isSafeInteger(size) || !Number.isFinite(time)) return null
  return tarHeader(name, size, time).equals(block) ? { name, size } : null
}
