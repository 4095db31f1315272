// What the page finds out about a file before and while it is uploaded.

import { expect, it } from 'vitest'
import type { Firmware } from '../../src/ui/api/records.d.ts'
import { fillings, isReadable, readSaid } from '../../src/ui/app/firmware/image-said.ts'
import { type CheckedFile, findingsOf, namedOf } from '../../src/ui/app/firmware/upload-checks.ts'
import { rateOf, type SentSample, secondsLeft, withSample } from '../../src/ui/app/firmware/upload-rate.ts'
import { elfOf, espDescription, espImage, hexOf, mcubootImage, uf2Of } from '../support/image-headers.ts'

const fileOf = (bytes: Uint8Array<ArrayBuffer> | Buffer): Blob => new Blob([new Uint8Array(bytes)])
const saidOf = async (bytes: Buffer) => {
  const said = await readSaid(fileOf(bytes))
  return said.kind === 'read' ? said.facts : said
}

it('a file says its version, project and chip in each format', async () => {
  expect(await saidOf(espImage('2.0.1', 'lamp'))).toEqual({ formats: ['esp-idf'], version: '2.0.1', project: 'lamp', chip: 'ESP32-S3' })
  expect(await saidOf(mcubootImage(1, 4, 2, 0))).toMatchObject({ formats: ['mcuboot'], version: '1.4.2', project: null })
  expect(await saidOf(uf2Of(mcubootImage(1, 4, 2, 7)))).toMatchObject({ formats: ['uf2', 'mcuboot'], version: '1.4.2+7' })
  expect(await saidOf(hexOf(espImage('3.0', 'pump')))).toMatchObject({ formats: ['intel-hex', 'esp-idf'], version: '3.0', project: 'pump' })
  expect(await saidOf(elfOf(94, espDescription('2.1', 'lamp')))).toMatchObject({ formats: ['elf'], version: '2.1', project: 'lamp' })
  expect(await saidOf(Buffer.from('anything else'))).toBeNull()
  expect(await saidOf(Buffer.alloc(0))).toBeNull()
})

it('of a large file only some kilobytes are read', async () => {
  const read: number[] = []
  const image = espImage('2.0.1', 'lamp')
  const huge = {
    size: 1_073_741_824,
    slice: (from: number, to: number) => {
      read.push(to - from)
      return new Blob([new Uint8Array(image.subarray(from, to))])
    },
  } as unknown as Blob
  expect(await readSaid(huge)).toMatchObject({ facts: { version: '2.0.1' } })
  expect(read.reduce((sum, each) => sum + each, 0)).toBeLessThan(65_536)
})

it('a file of which the browser gets nothing is unreadable', async () => {
  const gone = { size: 5, slice: () => ({ arrayBuffer: () => Promise.reject(new Error('NotReadableError')) }) } as unknown as Blob
  expect(await readSaid(gone)).toEqual({ kind: 'unreadable' })
  expect(await isReadable(gone)).toBe(false)
  expect(await isReadable(new Blob(['x']))).toBe(true)
})

const facts = { formats: ['esp-idf'], version: '2.0.1', project: 'Lamp', chip: null } as const

const known = (products: Readonly<Record<string, readonly string[]>>) => new Map(Object.entries(products))

it('fields are filled in from the image, with the product as devices have it', () => {
  expect(fillings({ module: 'default' }, facts, known({ pump: ['default'], lamp: ['default', 'mcu'] }))).toEqual({
    product: 'lamp',
    'filled.product': 'lamp',
    version: '2.0.1',
    'filled.version': '2.0.1',
    module: 'default',
    'filled.module': 'default',
  })
  expect(fillings({}, facts, known({}))).toMatchObject({ product: 'Lamp', module: 'default' })
})

it('where devices of a product have one module, the package is for that', () => {
  expect(fillings({ module: 'default' }, facts, known({ lamp: ['mcu'] }))).toMatchObject({ module: 'mcu' })
  expect(fillings({ module: 'boot' }, facts, known({ lamp: ['mcu'] }))).not.toHaveProperty('module')
})

it('another file changes what was filled in, and nothing that was typed', () => {
  const first = fillings({}, facts, known({}))
  expect(fillings(first, { ...facts, version: '2.0.2' }, known({}))).toMatchObject({ version: '2.0.2' })
  expect(fillings({ ...first, version: '9' }, { ...facts, version: '2.0.2' }, known({}))).not.toHaveProperty('version')
  expect(fillings(first, null, known({}))).toMatchObject({ product: 'Lamp', version: '' })
})

it('names are read as the server reads them', () => {
  expect(namedOf({ product: 'lamp', module: ' ', version: ' 1.0 ', from: '0.9\n\n 0.8 \n0.9' })).toEqual({
    product: 'lamp',
    module: 'default',
    version: '1.0',
    from: ['0.9', '0.8'],
  })
})

const there = (size: number, from: readonly string[] = []): Firmware => ({ id: '1', version: '2.0.1', size, from }) as unknown as Firmware
const checked = (changes: Partial<CheckedFile>): readonly string[] =>
  findingsOf({
    size: 100,
    named: { product: 'lamp', module: 'default', version: '2.0.1', from: [] },
    isUnreadable: false,
    facts,
    most: 1000,
    devices: { product: 3, module: 3 },
    same: [],
    ...changes,
  }).map((finding) => (finding.kind === 'exists' && finding.differs ? 'differs' : finding.kind))

it('what the server would refuse after the last byte is found before the first one', () => {
  expect(checked({})).toEqual([])
  expect(checked({ size: 0 })).toEqual(['empty'])
  expect(checked({ size: 1001 })).toEqual(['large'])
  expect(checked({ size: 1001, most: null })).toEqual([])
  expect(checked({ isUnreadable: true, size: 0 })).toEqual(['unreadable'])
  expect(checked({ same: [there(100)] })).toEqual(['exists'])
  expect(checked({ same: [there(99)] })).toEqual(['differs'])
})

it('a package for other versions is another package', () => {
  expect(checked({ same: [there(99, ['1.0'])] })).toEqual([])
  const named = { product: 'lamp', module: 'default', version: '2.0.1', from: ['0.9', '1.0'] }
  expect(checked({ named, same: [there(99, ['1.0', '0.9'])] })).toEqual(['differs'])
})

it('another version than that of the image, and names that no device has, are said', () => {
  const named = { product: 'lamp', module: 'default', version: '2.0.2', from: [] }
  expect(checked({ named })).toEqual(['version'])
  expect(checked({ named: { ...named, version: '' } })).toEqual([])
  expect(checked({ devices: { product: 0, module: 0 } })).toEqual(['product'])
  expect(checked({ devices: { product: 1, module: 0 } })).toEqual(['module'])
  expect(checked({ devices: { product: null, module: null } })).toEqual([])
})

const sampled = (...samples: readonly (readonly [number, number])[]): readonly SentSample[] =>
  samples.reduce<readonly SentSample[]>((all, [at, sent]) => withSample(all, { at, sent }), [])

it('the speed is that of the last five seconds, and says how long it will take', () => {
  expect(rateOf(sampled([0, 0]))).toBeNull()
  expect(rateOf(sampled([0, 0], [250, 100]))).toBeNull()
  expect(rateOf(sampled([0, 0], [1000, 1000]))).toBe(1000)
  expect(secondsLeft(sampled([0, 0], [1000, 1000]), 4500)).toBe(4)
  const slower = sampled([0, 0], [1000, 10_000], [6000, 10_500], [11_000, 11_000])
  expect(rateOf(slower)).toBe(100)
  expect(secondsLeft(sampled([0, 0], [1000, 0]), 100)).toBeNull()
})
