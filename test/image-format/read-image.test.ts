// Images as their formats' specifications lay them out: what is read of them, and that nothing else is taken for one.

import { readFile } from 'node:fs/promises'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ImageBytes } from '../../src/image-format/facts.ts'
import { readImage } from '../../src/image-format/read-image.ts'
import { elfOf, espDescription, espImage, hexOf, mcubootImage, uf2Of } from '../support/image-headers.ts'

const bytesOf = (bytes: Uint8Array): ImageBytes => ({
  size: bytes.length,
  read: async (at, length) => bytes.subarray(at, at + length),
})
const read = (bytes: Uint8Array) => readImage(bytesOf(bytes))

const esp = espImage('v1.4.0-3-g12ab', 'pump', 5)
const version = 0x9fc7bc
const device = 0x650d9d

const cases: [name: string, image: Buffer, facts: object][] = [
  ['ESP-IDF', esp, { formats: ['esp-idf'], version: 'v1.4.0-3-g12ab', project: 'pump', chip: 'ESP32-C3' }],
  ['ESP-IDF of a chip that is not known', espImage('1', 'p', 999), { formats: ['esp-idf'], version: '1', project: 'p', chip: null }],
  [
    'a version of all 32 bytes',
    espImage('9'.repeat(32), 'p'),
    { formats: ['esp-idf'], version: '9'.repeat(32), project: 'p', chip: 'ESP32-S3' },
  ],
  ['MCUboot', mcubootImage(1, 2, 300, 0), { formats: ['mcuboot'], version: '1.2.300', project: null, chip: null }],
  ['MCUboot with a build number', mcubootImage(0, 0, 1, 77), { formats: ['mcuboot'], version: '0.0.1+77', project: null, chip: null }],
  [
    'UF2 of ESP-IDF',
    uf2Of(esp, { family: 0xd42ba06c }),
    { formats: ['uf2', 'esp-idf'], version: 'v1.4.0-3-g12ab', project: 'pump', chip: 'ESP32-C3' },
  ],
  [
    'UF2 with tags',
    uf2Of(Buffer.alloc(700, 1), {
      family: 0xe48bff56,
      tags: [
        [version, '2.0.1'],
        [device, 'ACME Toaster mk3'],
      ],
    }),
    { formats: ['uf2'], version: '2.0.1', project: 'ACME Toaster mk3', chip: 'RP2040' },
  ],
  [
    'UF2 after blocks that are not for the flash',
    uf2Of(mcubootImage(1, 0, 0, 0), { before: 3 }),
    { formats: ['uf2', 'mcuboot'], version: '1.0.0', project: null, chip: null },
  ],
  [
    'Intel HEX of MCUboot',
    hexOf(mcubootImage(3, 1, 4, 0)),
    { formats: ['intel-hex', 'mcuboot'], version: '3.1.4', project: null, chip: null },
  ],
  [
    'Intel HEX with bare line feeds',
    hexOf(esp, '\n'),
    { formats: ['intel-hex', 'esp-idf'], version: 'v1.4.0-3-g12ab', project: 'pump', chip: 'ESP32-C3' },
  ],
  ['Intel HEX of anything', hexOf(Buffer.alloc(64, 9)), { formats: ['intel-hex'], version: null, project: null, chip: null }],
  ['ELF of ESP-IDF', elfOf(243, espDescription('1.0', 'pump')), { formats: ['elf'], version: '1.0', project: 'pump', chip: 'RISC-V' }],
  ['ELF without a description', elfOf(94, Buffer.alloc(256)), { formats: ['elf'], version: null, project: null, chip: 'Xtensa' }],
]

test.each(cases)('%s', async (_name, image, facts) => {
  expect(await read(image)).toEqual(facts)
})

test('a program of this machine', async () => {
  expect(await read(await readFile(process.execPath))).toMatchObject(
    process.platform === 'linux' ? { formats: ['elf'], version: null } : {},
  )
})

describe('is none of them', () => {
  const zeros = Buffer.alloc(600)
  const altered = (image: Buffer, at: number, byte: number): Buffer => {
    const copy = Buffer.from(image)
    copy[at] = byte
    return copy
  }
  const strange: [name: string, image: Uint8Array][] = [
    ['an empty file', zeros.subarray(0, 0)],
    ['zeros', zeros],
    ['text', Buffer.from(': no record\n:00000001FF\n')],
    ['Intel HEX with a wrong checksum', altered(hexOf(esp), 40, 0x39)],
    ['UF2 with a wrong end', altered(uf2Of(esp), 508, 0)],
    ['one byte 0xe9', Buffer.from([0xe9])],
    ['0xe9 with too many segments', altered(esp, 1, 17)],
    ['0xe9 without a description, of no chip', altered(altered(esp, 32, 0), 12, 99)],
  ]
  test.each(strange)('%s', async (_name, image) => {
    expect(await read(image)).toBeNull()
  })
})

test('a version that is no text is not taken', async () => {
  for (const odd of ['1.0\u0007', '\ufffd', 'a\u202eb']) {
    const image = espImage(odd, 'p')
    if (odd === '\ufffd') image.set([0xff, 0xfe], 48)
    expect(await read(image)).toMatchObject({ version: null, project: 'p' })
  }
})

test('whatever the bytes, the reading ends and gives text or nothing', async () => {
  const image = fc.constantFrom(...cases.map(([, bytes]) => bytes))
  const change = fc.tuple(fc.nat(700), fc.integer({ min: 0, max: 255 }))
  await fc.assert(
    fc.asyncProperty(image, fc.array(change, { maxLength: 8 }), fc.nat(9000), async (bytes, changes, length) => {
      const copy = Buffer.from(bytes.subarray(0, length))
      for (const [at, byte] of changes) if (at < copy.length) copy[at] = byte
      const facts = await read(copy)
      for (const text of [facts?.version, facts?.project]) expect(text ?? '').toMatch(/^\P{Cc}*$/u)
    }),
    { numRuns: 500 },
  )
})
