// Encryption of a backup with a passphrase: AES-256-GCM in chunks of 64 KiB, each of which is authenticated before it is used. The nonce of a
// chunk is a random prefix, its number, and whether it is the last one (the STREAM construction): chunks that are left out, exchanged or cut
// off are found. Knows bytes, and not what they are.
//
//   header   16 magic · 1 log2 of N · 1 r · 1 p · 16 salt · 7 prefix of the nonces · 8 of the SHA-256 of these · 32 HMAC of all before it
//   chunk    up to 65536 bytes, encrypted · 16 tag; all but the last are full

import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'
import { type ByteSource, createByteSource } from './byte-source.ts'

const magic = Buffer.from('fogbell-sealed1\n', 'latin1')
const checkedBytes = magic.length + 3 + 16 + 7
const summedBytes = checkedBytes + 8
const headerBytes = summedBytes + 32
const chunkBytes = 65_536
const tagBytes = 16
const lastNumber = 0xffffffff

/** log2 of scrypt's N: 128 MiB. What is read must be between the bounds, so that no header asks for more than 256 MiB. */
export const usualCost = 17
const costs = { least: 15, most: 18 }
const blockSize = 8
const parallel = { least: 1, most: 4 }

export const isSealed = (beginning: Buffer): boolean => beginning.subarray(0, magic.length).equals(magic)
/** As many bytes as `isSealed` needs. */
export const magicBytes = magic.length

interface Keys {
  readonly header: Buffer
  readonly chunks: Buffer
}

/** scrypt: slow on purpose. */
const derive = (passphrase: string, salt: Buffer, cost: number, p: number): Promise<Keys> =>
  new Promise((resolve, reject) => {
    const options = { N: 2 ** cost, r: blockSize, p, maxmem: 512 << 20 }
    scrypt(passphrase.normalize('NFC'), salt, 64, options, (error, bytes) => {
      if (error === null) resolve({ header: bytes.subarray(0, 32), chunks: bytes.subarray(32) })
      else reject(error)
    })
  })

const sumOf = (checked: Buffer): Buffer => createHash('sha256').update(checked).digest().subarray(0, 8)
const macOf = (key: Buffer, summed: Buffer): Buffer => createHmac('sha256', key).update(summed).digest()

const nonceOf = (prefix: Buffer, number: number, isLast: boolean): Buffer => {
  const nonce = Buffer.alloc(12)
  prefix.copy(nonce)
  nonce.writeUInt32BE(number, 7)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

/** Only tests give other keys, which take no time. */
export interface Sealing {
  /** log2 of N. */
  readonly cost?: number
  readonly keysOf?: typeof derive
}

export interface Sealer {
  /** What is to be written of it by now. */
  add(bytes: Uint8Array): readonly Uint8Array[]
  end(): readonly Uint8Array[]
}

const headerOf = (cost: number, salt: Buffer, prefix: Buffer): Buffer => {
  const checked = Buffer.concat([magic, Buffer.from([cost, blockSize, parallel.least]), salt, prefix])
  return Buffer.concat([checked, sumOf(checked)])
}

/** The passphrase is not empty. */
export const createSealer = async (passphrase: string, { cost = usualCost, keysOf = derive }: Sealing = {}): Promise<Sealer> => {
  const [salt, prefix] = [randomBytes(16), randomBytes(7)]
  const keys = await keysOf(passphrase, salt, cost, parallel.least)
  const summed = headerOf(cost, salt, prefix)
  const held = Buffer.alloc(chunkBytes)
  let ready: Uint8Array[] = [summed, macOf(keys.header, summed)]
  let [used, number] = [0, 0]
  const seal = (isLast: boolean): void => {
    if (number > lastNumber) throw new Error('too long to be encrypted')
    const cipher = createCipheriv('aes-256-gcm', keys.chunks, nonceOf(prefix, number, isLast))
    ready.push(cipher.update(held.subarray(0, used)), cipher.final(), cipher.getAuthTag())
    number += 1
    used = 0
  }
  const take = (): readonly Uint8Array[] => {
    const taken = ready
    ready = []
    return taken
  }
  return {
    add(bytes) {
      for (let at = 0; at < bytes.length; ) {
        // A full chunk waits until it is known that it is not the last.
        if (used === chunkBytes) seal(false)
        const part = bytes.subarray(at, at + chunkBytes - used)
        held.set(part, used)
        used += part.length
        at += part.length
      }
      return take()
    },
    end() {
      seal(true)
      return take()
    },
  }
}

const invalid = (code: 'seal_header_damaged' | 'seal_ends_early', of: string): OtaError =>
  new OtaError('OTA_BACKUP_INVALID', sentence(code, { of }))

interface Opened {
  readonly key: Buffer
  readonly prefix: Buffer
}

const within = (value: number, { least, most }: { readonly least: number; readonly most: number }): boolean =>
  value >= least && value <= most

const readHeader = async (source: ByteSource, passphrase: string, of: string, keysOf: typeof derive): Promise<Opened> => {
  const header = await source.read(headerBytes)
  if (header.length < headerBytes) throw invalid('seal_ends_early', of)
  const [checked, summed] = [header.subarray(0, checkedBytes), header.subarray(0, summedBytes)]
  if (!sumOf(checked).equals(header.subarray(checkedBytes, summedBytes))) throw invalid('seal_header_damaged', of)
  const [cost = 0, r = 0, p = 0] = header.subarray(magic.length)
  if (!within(cost, costs) || r !== blockSize || !within(p, parallel)) throw invalid('seal_header_damaged', of)
  const keys = await keysOf(passphrase, header.subarray(magic.length + 3, magic.length + 19), cost, p)
  if (!timingSafeEqual(macOf(keys.header, summed), header.subarray(summedBytes)))
    throw new OtaError('OTA_BACKUP_INVALID', sentence('seal_wrong_passphrase', { of }))
  return { key: keys.chunks, prefix: header.subarray(magic.length + 19, checkedBytes) }
}

/** null: it does not authenticate. */
const openChunk = ({ key, prefix }: Opened, sealed: Buffer, number: number, isLast: boolean): Buffer | null => {
  const end = sealed.length - tagBytes
  if (end < 0) return null
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(prefix, number, isLast), { authTagLength: tagBytes })
  decipher.setAuthTag(sealed.subarray(end))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()])
  } catch {
    return null
  }
}

const altered = (of: string, at: number): OtaError => new OtaError('OTA_BACKUP_INVALID', sentence('seal_altered', { of, at }))

/** The bytes that were sealed. OTA_BACKUP_INVALID says whether the passphrase is wrong, or where the file was altered or cut. */
export const unseal = async function* (
  chunks: AsyncIterable<Uint8Array>,
  passphrase: string,
  of: string,
  { keysOf = derive }: Sealing = {},
): AsyncGenerator<Uint8Array> {
  const source = createByteSource(chunks)
  try {
    const opened = await readHeader(source, passphrase, of, keysOf)
    for (let number = 0; ; number++) {
      const at = source.position
      const sealed = await source.read(chunkBytes + tagBytes)
      const isLast = await source.atEnd()
      const bytes = openChunk(opened, sealed, number, isLast)
      if (bytes === null && isLast && (sealed.length < chunkBytes + tagBytes || openChunk(opened, sealed, number, false) !== null))
        throw invalid('seal_ends_early', of)
      if (bytes === null) throw altered(of, at)
      yield bytes
      if (isLast) return
    }
  } finally {
    await source.close().catch(() => undefined)
  }
}
