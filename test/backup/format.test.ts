// The bytes of a backup: what is written is read again, other programs can look into it, and any change of it is refused.

import { text } from 'node:stream/consumers'
import { extract } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { decodeRows, encodeRows } from '../../src/backup/raw-rows.ts'
import { blockBytes, paddingBytes, readTarHeader, tarHeader } from '../../src/backup/tar.ts'
import { chunksOf, imageSha, readAll, refusalOf, sampleBackup, sampleRows } from '../support/backup-samples.ts'
import { full } from '../support/full.ts'

const at = Date.UTC(2026, 1, 3, 4, 5, 6, 789)

/** Where parts begin and end. */
const boundaries = (bytes: Buffer): readonly { readonly at: number; readonly name: string }[] => {
  const found: { at: number; name: string }[] = []
  for (let position = 0; position + blockBytes <= bytes.length; ) {
    const entry = readTarHeader(bytes.subarray(position, position + blockBytes), at)
    if (entry === null) break
    found.push({ at: position, name: entry.name })
    position += blockBytes + entry.size + paddingBytes(entry.size)
  }
  return found
}

it('holds rows, images and token, and counts them', async () => {
  const { rows, images, token, summary } = await readAll(chunksOf(await sampleBackup()))
  expect(rows.map(([key, value]) => [key, value.toString('latin1')])).toEqual(
    sampleRows.map(([key, value]) => [key, Buffer.from(value).toString('latin1')]),
  )
  expect(images.get(imageSha)?.toString()).toBe('the bytes of an image')
  expect(token).toBe('the-token\n')
  expect(summary).toMatchObject({ format: 1, version: '0.2.0', instance: 'instance-of-the-tests', at })
  expect(summary.counts).toEqual({ rows: 11, devices: 1, packages: 1, campaigns: 0, tasks: 2, sessions: 1, retained: 1, images: 1 })
})

it('splits rows into parts of about a mebibyte', async () => {
  const rows = Array.from({ length: 40 }, (_, n) => [`ran/${String(n).padStart(3, '0')}`, Buffer.alloc(70_000, n)] as const)
  const bytes = await sampleBackup({ rows: [...sampleRows.filter(([key]) => key < 'ran'), ...rows] })
  expect(boundaries(bytes).filter(({ name }) => name.startsWith('store/'))).toHaveLength(3)
  expect((await readAll(chunksOf(bytes, 50_000))).summary.counts.rows).toBe(49)
})

it('is a tar for other programs', async () => {
  const found: Record<string, string> = {}
  const tar = extract()
  tar.end(await sampleBackup())
  for await (const entry of tar) found[entry.header.name] = await text(entry)
  expect(Object.keys(found)).toEqual([
    'fogbell-backup.json',
    'store/000001.rows',
    `images/${imageSha}`,
    'admin.token',
    'MANIFEST.json',
    'MANIFEST.sha256',
  ])
  expect(found[`images/${imageSha}`]).toBe('the bytes of an image')
})

it('has room for an image above 8 GiB in its header', () => {
  const size = 9_000_000_000
  expect(readTarHeader(tarHeader('images/x', size, at), at)).toEqual({ name: 'images/x', size })
})

it('reads no rows whose lengths do not fit', () => {
  const bytes = encodeRows([['kéy', 'välue']])
  expect(decodeRows(bytes)).toHaveLength(1)
  for (let end = 1; end < bytes.length; end++) expect(decodeRows(bytes.subarray(0, end))).toBe(null)
})

it('reads no more rows of a part than a writer makes of one: each takes more memory than bytes', () => {
  const row = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 97])
  expect(decodeRows(Buffer.concat(Array.from({ length: 262_144 }, () => row)))).toHaveLength(262_144)
  expect(decodeRows(Buffer.concat(Array.from({ length: 262_145 }, () => row)))).toBe(null)
})

describe('is refused', () => {
  it('if it is cut where a part begins, and says behind which', async () => {
    const bytes = await sampleBackup()
    const cuts = boundaries(bytes)
    expect(cuts).toHaveLength(6)
    for (const { at: cut } of cuts.slice(1))
      expect(await refusalOf(chunksOf(bytes.subarray(0, cut)))).toBe('OTA_BACKUP_INVALID backup_ends_early')
    const behindToken = bytes.subarray(0, cuts[4]?.at)
    await expect(readAll(chunksOf(behindToken))).rejects.toThrow('behind admin.token')
    expect(await refusalOf(chunksOf(bytes.subarray(0, -1)))).toBe('OTA_BACKUP_INVALID backup_ends_early')
  })

  it('if it is cut anywhere', { timeout: full(120_000, 20_000) }, async () => {
    const bytes = await sampleBackup()
    for (let cut = 0; cut < bytes.length; cut += full(1, 41))
      expect(await refusalOf(chunksOf(bytes.subarray(0, cut))), `cut at ${cut}`).toMatch(/^OTA_BACKUP_INVALID backup_(ends_early|not_one)$/)
  })

  it('if any byte has changed, those of the tar around its parts included', { timeout: full(120_000, 20_000) }, async () => {
    const bytes = await sampleBackup()
    for (let position = 0; position < bytes.length; position += full(1, 7)) {
      const changed = Buffer.from(bytes)
      changed[position] = (changed[position] ?? 0) ^ (1 << (position % 8))
      expect(await refusalOf(chunksOf(changed)), `byte ${position}`).toMatch(/^OTA_(BACKUP_INVALID|STORE_NEWER|BACKUP_FAILED) /)
    }
  })

  it('if something follows its end', async () => {
    expect(await refusalOf(chunksOf(Buffer.concat([await sampleBackup(), Buffer.alloc(512)])))).toBe(
      'OTA_BACKUP_INVALID backup_layout_damaged',
    )
  })

  it('if a part is left out or two are exchanged', async () => {
    const bytes = await sampleBackup()
    const [, rows = 0, image = 0, token = 0, manifest = 0] = boundaries(bytes).map((each) => each.at)
    const without = Buffer.concat([bytes.subarray(0, image), bytes.subarray(token)])
    expect(await refusalOf(chunksOf(without))).toBe('OTA_BACKUP_INVALID backup_image_absent')
    const exchanged = [bytes.subarray(0, rows), bytes.subarray(image, token), bytes.subarray(rows, image), bytes.subarray(token)]
    expect(await refusalOf(chunksOf(Buffer.concat(exchanged)))).toBe('OTA_BACKUP_INVALID backup_part_damaged')
    const tokenless = Buffer.concat([bytes.subarray(0, token), bytes.subarray(manifest)])
    expect(await refusalOf(chunksOf(tokenless))).toBe('OTA_BACKUP_INVALID backup_part_damaged')
  })

  it('if it is of a later format, or none at all', async () => {
    expect(await refusalOf(chunksOf(await sampleBackup({ format: 2 })))).toBe('OTA_STORE_NEWER backup_newer')
    for (const other of [Buffer.alloc(0), Buffer.alloc(2048), Buffer.from('{"pid":1}\n'.repeat(200))])
      expect(await refusalOf(chunksOf(other))).toBe('OTA_BACKUP_INVALID backup_not_one')
  })

  it('if rows are not in order, or a package cannot be read', async () => {
    expect(await refusalOf(chunksOf(await sampleBackup({ rows: sampleRows.toReversed() })))).toBe('OTA_BACKUP_INVALID backup_part_damaged')
    const rows = sampleRows.map(([key, value]) => [key, key.startsWith('firmware/') ? '{' : value] as const)
    expect(await refusalOf(chunksOf(await sampleBackup({ rows })))).toBe('OTA_BACKUP_INVALID backup_row_unreadable')
  })
})

it('says at its end why the server could not continue', async () => {
  const damaged = Buffer.from('the bytes of an imagf')
  await expect(sampleBackup({ imageOnDisk: damaged })).rejects.toThrow('image of pk/1.0.1 is damaged')
})
