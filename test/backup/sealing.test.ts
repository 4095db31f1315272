// Encryption with a passphrase: what was sealed is read again, and nothing else is, whatever was changed, exchanged or cut off.

import { createHash, randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { createSealer, isSealed, type Sealing, unseal } from '../../src/backup/sealing.ts'
import { asOtaError } from '../../src/errors.ts'
import { chunksOf, joined } from '../support/backup-samples.ts'
import { full } from '../support/full.ts'

/** Keys that take no time; the first test uses those of scrypt. */
const quick: Sealing = {
  keysOf: async (passphrase, salt, cost, p) => {
    const bytes = createHash('sha512').update(salt).update(`${cost} ${p} ${passphrase}`).digest()
    return { header: bytes.subarray(0, 32), chunks: bytes.subarray(32) }
  },
}
const headerBytes = 82
const chunkBytes = 65_552

const seal = async (bytes: Buffer, sealing = quick): Promise<Buffer> => {
  const sealer = await createSealer('correct horse', sealing)
  const sealed: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += 10_000) sealed.push(...sealer.add(bytes.subarray(at, at + 10_000)))
  return Buffer.concat([...sealed, ...sealer.end()])
}

const open = (sealed: Buffer, passphrase = 'correct horse', sealing = quick): Promise<Buffer> =>
  joined(unseal(chunksOf(sealed, 7777), passphrase, 'FILE', sealing))

const refusal = (sealed: Buffer, passphrase?: string): Promise<string> =>
  open(sealed, passphrase).then(
    () => 'opened',
    (thrown: unknown) => asOtaError(thrown).sentence?.code ?? String(thrown),
  )

let plain: Buffer
let sealed: Buffer
beforeAll(async () => {
  plain = randomBytes(200_000)
  sealed = await seal(plain)
})

it('uses scrypt', async () => {
  const file = await seal(plain, { cost: 15 })
  expect((await open(file, 'correct horse', {})).equals(plain)).toBe(true)
  expect(await open(file).catch((error: unknown) => String(error))).toContain('passphrase')
})

it.each([0, 1, 65_536, 131_073])('%i bytes are the same again', async (length) => {
  const bytes = randomBytes(length)
  const file = await seal(bytes)
  expect(isSealed(file)).toBe(true)
  expect((await open(file)).equals(bytes)).toBe(true)
})

it('never looks the same twice, and shows nothing of what is in it', async () => {
  const [one, other] = [await seal(Buffer.from('secret text')), await seal(Buffer.from('secret text'))]
  expect(one.equals(other)).toBe(false)
  expect(one.includes('secret text')).toBe(false)
})

describe('is refused', () => {
  it('with another passphrase', async () => {
    expect(await refusal(sealed, 'correct horsf')).toBe('seal_wrong_passphrase')
  })

  it('if it is cut between its chunks, within one, or within its header', async () => {
    for (const cut of [headerBytes + chunkBytes, headerBytes + 3 * chunkBytes, headerBytes + 100, sealed.length - 1, headerBytes, 40])
      expect(await refusal(sealed.subarray(0, cut)), `cut at ${cut}`).toBe('seal_ends_early')
  })

  it('if two chunks are exchanged, or one comes twice or is missing', async () => {
    const chunk = (n: number): Buffer => sealed.subarray(headerBytes + n * chunkBytes, headerBytes + (n + 1) * chunkBytes)
    const header = sealed.subarray(0, headerBytes)
    const orders = [
      [1, 0, 2, 3],
      [0, 0, 1, 2, 3],
      [1, 2, 3],
    ]
    for (const order of orders) expect(await refusal(Buffer.concat([header, ...order.map(chunk)])), order.join()).toBe('seal_altered')
    expect(await refusal(Buffer.concat([sealed, Buffer.from('more')]))).toBe('seal_ends_early')
  })

  it('if a byte has changed, and nothing of that chunk is passed on', async () => {
    const positions = Array.from(
      { length: full(200, 4) },
      (_, n) => headerBytes + Math.floor(((sealed.length - headerBytes) * n) / full(200, 4)),
    )
    for (const position of positions) {
      const changed = Buffer.from(sealed)
      changed[position] = (changed[position] ?? 0) ^ 1
      const passed: Uint8Array[] = []
      const reading = (async () => {
        for await (const bytes of unseal(chunksOf(changed), 'correct horse', 'FILE', quick)) passed.push(bytes)
      })()
      await expect(reading, `byte ${position}`).rejects.toThrow(/altered|not whole/)
      expect(Buffer.concat(passed)).toHaveLength(Math.floor((position - headerBytes) / chunkBytes) * 65_536)
    }
  })

  it('if a byte of its header has changed', async () => {
    for (let position = 16; position < headerBytes; position += full(1, 3)) {
      const changed = Buffer.from(sealed)
      changed[position] = (changed[position] ?? 0) ^ 1
      expect(await refusal(changed), `byte ${position}`).toBe(position < 50 ? 'seal_header_damaged' : 'seal_wrong_passphrase')
    }
  })
})

it.each([
  [14, 8, 1],
  [30, 8, 1],
  [17, 255, 1],
  [17, 8, 200],
  [0, 0, 0],
])('a header that asks for N = 2^%i, r = %i, p = %i is refused before anything is computed', async (n, r, p) => {
  const checked = Buffer.concat([sealed.subarray(0, 16), Buffer.from([n, r, p]), sealed.subarray(19, 42)])
  const sum = createHash('sha256').update(checked).digest().subarray(0, 8)
  expect(await refusal(Buffer.concat([checked, sum, sealed.subarray(50)]))).toBe('seal_header_damaged')
})
