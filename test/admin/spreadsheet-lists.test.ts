// Lists as spreadsheets save them: encodings, separators, line ends, and what a spreadsheet makes of numbers and formulas.

import { isAscii, isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDevices } from '../../src/admin/csv.ts'
import { OtaError } from '../../src/errors.ts'
import { full } from '../support/full.ts'

const bytesOf = (list: string | Uint8Array): Uint8Array => (typeof list === 'string' ? new TextEncoder().encode(list) : list)
const parse = (list: string | Uint8Array) => parseDevices(bytesOf(list), { gatewayOf: () => null, isGateway: () => false })

const refusal = async (list: string | Uint8Array): Promise<OtaError> => {
  const thrown: unknown = await parse(list).catch((error: unknown) => error)
  if (!(thrown instanceof OtaError) || thrown.code !== 'OTA_IMPORT_INVALID') throw new Error(`not refused: ${JSON.stringify(thrown)}`)
  return thrown
}
const faults = async (list: string | Uint8Array) => (await refusal(list)).faults.map(({ path, message }) => `${path}: ${message}`)

/** What GB18030 has for each character of two bytes, since there is only a decoder. */
const gbk = (() => {
  const codes = new Map<string, readonly number[]>()
  const decoder = new TextDecoder('gb18030')
  for (let lead = 0xa1; lead <= 0xf7; lead++)
    for (let trail = 0xa1; trail <= 0xfe; trail++) codes.set(decoder.decode(new Uint8Array([lead, trail])), [lead, trail])
  return (text: string): Uint8Array =>
    new Uint8Array(Array.from(text).flatMap((character) => codes.get(character) ?? [character.charCodeAt(0)]))
})()

const utf16 = (text: string, isBig: boolean): Uint8Array => {
  const bytes = Buffer.from(text, 'utf16le')
  return isBig ? bytes.swap16() : bytes
}

const encoders: Readonly<Record<string, (text: string) => Uint8Array>> = {
  'UTF-8': bytesOf,
  'UTF-8 with BOM': (text) => bytesOf(`\uFEFF${text}`),
  'UTF-16 LE': (text) => utf16(`\uFEFF${text}`, false),
  'UTF-16 BE': (text) => utf16(`\uFEFF${text}`, true),
  'UTF-16 LE without BOM': (text) => utf16(text, false),
  'UTF-16 BE without BOM': (text) => utf16(text, true),
  GBK: gbk,
}

const cell = fc
  .stringMatching(/^[\w ,"';|\t产品设备温度计一二三楼-]{1,12}$/)
  .filter((text) => text.trim() === text && !/'-|e-\d\d/i.test(text))
const quote = (text: string, separator: string, always: boolean): string =>
  always || /["\r\n]/.test(text) || text.includes(separator) ? `"${text.replaceAll('"', '""')}"` : text

test('a list is read the same in each encoding, with each separator and each line end', async () => {
  const list = fc.record({
    encoding: fc.constantFrom(...Object.keys(encoders)),
    separator: fc.constantFrom(',', ';', '\t'),
    end: fc.constantFrom('\n', '\r\n', '\r'),
    header: fc.constantFrom(
      ['product', 'name', 'secret', 'tags'],
      [' Product', 'NAME ', 'Secret', 'tags'],
      ['产品', '设备名', '密钥', '标签'],
    ),
    told: fc.boolean(),
    always: fc.boolean(),
    blank: fc.nat(3),
    extra: fc.nat(2),
    names: fc.uniqueArray(
      cell.filter((text) => !text.includes('\t')),
      { minLength: 1, maxLength: 8 },
    ),
    secret: fc.tuple(cell, fc.constantFrom('', '\r\n', '\n', '\r'), cell).map((parts) => parts.join('')),
  })
  await fc.assert(
    fc.asyncProperty(list, async ({ encoding, separator, end, header, told, always, blank, extra, names, secret }) => {
      // Without a mark, UTF-16 is only recognised by an ASCII character at the start.
      fc.pre(!encoding.endsWith('without BOM') || told || header[0] !== '产品')
      const line = (cells: readonly string[]) =>
        cells.map((text) => quote(text, separator, always)).join(separator) + separator.repeat(extra)
      const rows = names.flatMap((name) => [...Array(blank).fill(separator.repeat(blank)), line(['pk', name, secret, 'a;b'])])
      const text = [...(told ? [`sep=${separator}`] : []), line(header), ...rows, ''].join(end)
      const bytes = encoders[encoding]?.(text) ?? bytesOf('')
      // A few characters of GBK, such as 楼, are UTF-8 too; a list that has no others counts as UTF-8.
      fc.pre(encoding !== 'GBK' || isAscii(bytes) || !isUtf8(bytes))
      const read = await parse(bytes)
      expect(read.map(({ row: _row, ...device }) => device)).toEqual(
        names.map((name) => ({ product: 'pk', name, secret, tags: ['a', 'b'] })),
      )
    }),
    { numRuns: full(300, 60) },
  )
})

test('a list that is UTF-8 and GBK at once counts as UTF-8', async () => {
  const list = gbk('product,name,tags\npk,a,一楼\n')
  expect(isUtf8(list)).toBe(true)
  expect(await parse(list)).toEqual([{ row: 2, product: 'pk', name: 'a', tags: ['һ¥'] }])
  const [device] = await parse(gbk('product,name,tags\npk,a,一楼 二楼\n'))
  expect(device?.tags).toEqual(['一楼', '二楼'])
})

test('rows of separators alone, blank lines and empty columns at the end are skipped, and counted as rows', async () => {
  const rows = await parse('sep=;\r\n;;;\r\nproduct;name;;\r\n;;;\r\n\r\n" ";"";;\r\npk;a;;\r\npk;b;;;;;\r\n')
  expect(rows).toEqual([
    { row: 6, product: 'pk', name: 'a' },
    { row: 7, product: 'pk', name: 'b' },
  ])
  expect(await faults('product,name,,\npk,a,,x\n')).toEqual(['row 2: has 4 fields where the first row has 2'])
})

test.each([
  ['8.61E+14', 'a long number'],
  ['8,61E+14', 'a long number'],
  ['1E+15', 'a long number'],
  ['#N/A', 'the error of a formula'],
  ['#REF!', 'the error of a formula'],
  ['#NAME?', 'the error of a formula'],
  ['########', 'the error of a formula'],
])('%s is refused as what a spreadsheet made of it', async (text, words) => {
  expect(await faults(`product;name;secret\npk;${text};\n`)).toEqual([expect.stringMatching(`^row 2, column B: is ${words}`)])
  const [fault = ''] = await faults(`name;secret;product\nx;${text};pk\n`)
  expect(fault).toMatch(new RegExp(`^row 2, column B: is ${words}`))
  expect((await refusal(`product;name\npk;${text}\n`)).message).toMatch(/^The list has a fault; at row 2, column B: /)
})

test('names that only look like a number of a spreadsheet are names', async () => {
  const names = ['6001e02', '12E4', '1e5', '00861', '2026-11-29', 'Mar-11']
  expect((await parse(`product,name\n${names.map((name) => `pk,${name}`).join('\n')}`)).map(({ name }) => name)).toEqual(names)
})

test('a list in another encoding is refused, with the place of the first character that cannot be read', async () => {
  const latin = Buffer.from('product,name,tags\npk,a,\npk,b,Küche\npk,c,Flur\n', 'latin1')
  expect(await faults(latin)).toEqual(['row 3, column C: this character is in another encoding'])
  const { message } = await refusal(latin)
  expect(message).toMatch(/at row 3, column C: it must be UTF-8, UTF-16 with a byte order mark \(BOM\), or GB18030/)
  // As Windows has them in Cyrillic, and in Japanese.
  const cyrillic = Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2])
  const kana = Buffer.from([0x83, 0x45, 0x83, 0x93, 0x83, 0x54])
  for (const name of [cyrillic, kana]) {
    const list = Buffer.concat([Buffer.from('product;name\r\npk;a\r\npk;'), name, Buffer.from('\r\n')])
    expect(await faults(list)).toEqual(['row 3, column B: this character is in another encoding'])
  }
})

test('a list that says it is UTF-8 or UTF-16 and is not all that is refused, with the place', async () => {
  const marked = Buffer.concat([
    Buffer.from('\uFEFFproduct,name\npk,"a\nb"\npk,'),
    Buffer.from([0xb9, 0xcc, 0xbc, 0xfe]),
    Buffer.from('\n'),
  ])
  expect(await faults(marked)).toEqual(['row 3 (line 4), column B: this character is in another encoding'])
  const text = 'product\tname\npk\ta\npk\t'
  const lone = Buffer.concat([Buffer.from(`\uFEFF${text}`, 'utf16le'), Buffer.from([0x00, 0xd8, 0x0a, 0x00])])
  expect(await faults(lone)).toEqual(['row 3, column B: this character is in another encoding'])
  const odd = Buffer.concat([Buffer.from(`\uFEFF${text}b`, 'utf16le'), Buffer.from([0x41])])
  expect(await faults(odd)).toEqual(['row 3, column B: this character is in another encoding'])
  expect(await faults(Buffer.from([0xff, 0xfe, 0x41]))).toHaveLength(1)
})

test('a character of the list that a piece ends in is read whole, in each encoding', async () => {
  const names = Array.from({ length: 3000 }, (_, at) => `${'x'.repeat(at % 7)}${'设备'.repeat(60)}${at}`)
  const text = `product,name\n${names.map((name) => `pk,${name}`).join('\n')}`
  for (const encode of [bytesOf, gbk, (one: string) => utf16(`\uFEFF${one}`, true)])
    expect((await parse(encode(text))).map(({ name }) => name)).toEqual(names)
})

test('NUL characters are refused where they are', async () => {
  expect(await faults('product,name,secret\npk,a,s\0\n')).toEqual([expect.stringMatching(/^row 2, column C: contains a NUL character/)])
  expect(await faults('product,name\npk,a\0\n')).toEqual([expect.stringMatching(/^row 2, column B: contains a NUL character/)])
})

test('a quote that is never closed is found without looking through all of a long list again and again', async () => {
  const list = `product,name,secret\npk,a,"${'s'.repeat(20_000_000)}`
  const from = performance.now()
  expect(await faults(list)).toEqual(['row 2: a quote is opened and never closed'])
  expect(performance.now() - from).toBeLessThan(3000)
})

test('whatever the bytes are, they give rows or faults', async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .constantFrom('\uFEFF', 'sep=;\r\n', 'product', 'name', 'tags', '产品', ',', ';', '\t', '"', '\r', '\n', "'=", '8.61E+14', '\0')
      .map(bytesOf),
    fc.constantFrom('产品', '设备名', '\n').map(gbk),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), fc.boolean(), async (pieces, headed) => {
      const list = Buffer.concat([...(headed ? [bytesOf('product,name,tags\n')] : []), ...pieces])
      const outcome: unknown = await parse(list).catch((error: unknown) => error)
      expect(Array.isArray(outcome) || (outcome instanceof OtaError && outcome.faults.length > 0)).toBe(true)
    }),
    { numRuns: full(3000, 200) },
  )
})
