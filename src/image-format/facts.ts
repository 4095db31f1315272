// What an image says of itself, and how its bytes are read. Runs in a browser too: no Node.js here.

export type ImageFormat = 'esp-idf' | 'mcuboot' | 'uf2' | 'intel-hex' | 'elf'

export interface ImageFacts {
  /** The outermost format first: a UF2 file may hold an image of MCUboot. */
  readonly formats: readonly ImageFormat[]
  /** The version that the firmware was built as; null: the image does not say. */
  readonly version: string | null
  /** The name of the project or device that the image is of; null: it does not say. */
  readonly project: string | null
  /** The kind of chip; null: it does not say. */
  readonly chip: string | null
}

/** Bytes of an image by their place. Gives fewer than asked for at the end. */
export interface ImageBytes {
  readonly size: number
  read(at: number, length: number): Promise<Uint8Array>
}

/** Unknown to the format: what is inside decides. */
export const noFacts = { version: null, project: null, chip: null }

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** An integer at the place; NaN where the bytes end before it, which equals nothing. */
export const u16 = (bytes: Uint8Array, at: number, little = true): number =>
  at + 2 <= bytes.length ? view(bytes).getUint16(at, little) : Number.NaN
export const u32 = (bytes: Uint8Array, at: number, little = true): number =>
  at + 4 <= bytes.length ? view(bytes).getUint32(at, little) : Number.NaN
/** NaN above what a number can hold exactly, too. */
export const u64 = (bytes: Uint8Array, at: number, little = true): number => {
  const value = at + 8 <= bytes.length ? Number(view(bytes).getBigUint64(at, little)) : Number.NaN
  return Number.isSafeInteger(value) ? value : Number.NaN
}

const printable = /^[^\p{Cc}\p{Cf}\p{Co}\p{Cn}]+$/u

/** Text that ends at the first zero, at most as many bytes; null if there is none, or it is no text. */
export const textAt = (bytes: Uint8Array, at: number, length: number): string | null => {
  const field = bytes.subarray(at, at + length)
  const end = field.indexOf(0)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(end < 0 ? field : field.subarray(0, end)).trim()
    return printable.test(text) ? text : null
  } catch {
    return null
  }
}
