import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type KnownDevices, parseDevices } from '../../src/admin/csv.ts'
import { OtaError } from '../../src/errors.ts'
import { keptBytes } from '../support/kept-memory.ts'

/** pk/g is a gateway, of pk/child. */
const known: KnownDevices = {
  gatewayOf: (key) => (key === 'pk/child' ? 'pk/g' : key === 'pk/g' ? null : undefined),
  isGateway: (key) => key === 'pk/g',
}
const parse = (text: string | Uint8Array) => parseDevices(typeof text === 'string' ? new TextEncoder().encode(text) : text, known)

const faults = async (text: string | Uint8Array): Promise<readonly string[]> => {
  const thrown: unknown = await parse(text).catch((error: unknown) => error)
  if (!(thrown instanceof OtaError) || thrown.code !== 'OTA_IMPORT_INVALID') throw new Error(`not refused: ${JSON.stringify(thrown)}`)
  return thrown.faults.map(({ path, message }) => `${path}: ${message}`)
}

test('columns may be in any order, and empty cells change nothing', async () => {
  expect(await parse('Name , tags,product,secret,gateway\na,x;y z,pk,s,pk/g\nb,,pk,,\n')).toEqual([
    { row: 3, product: 'pk', name: 'b' },
    { row: 2, product: 'pk', name: 'a', secret: 's', gateway: 'pk/g', tags: ['x', 'y', 'z'] },
  ])
})

test('a row that is kept keeps nothing else of the list', async () => {
  const row = (at: number) =>
    parse(`product,name,secret,tags\npk,device-${at},${'s'.repeat(32)},a-tag-of-some-length${' '.repeat(200_000)}\n`)
  expect(await keptBytes(50, row)).toBeLessThan(1_000_000)
})

test('line ends, blank lines, a byte order mark and a missing last line end are all the same', async () => {
  const rows = [
    { product: 'pk', name: 'a' },
    { product: 'pk', name: 'b' },
  ]
  for (const text of [
    'product,name\npk,a\npk,b',
    '\uFEFFproduct,name\r\npk,a\r\npk,b\r\n',
    'product,name\rpk,a\rpk,b',
    '\n\nproduct,name\n \npk,a\n\npk,b\n\n',
  ]) {
    expect((await parse(text)).map(({ row: _row, ...row }) => row)).toEqual(rows)
  }
})

test('rows are counted as a spreadsheet shows them; a fault also names the line of an editor where it is another one', async () => {
  const list = 'product,name,secret\r\n\r\npk,a,"one\r\ntwo"\r\npk,b,\r\n'
  expect((await parse(list)).map(({ row }) => row)).toEqual([3, 4])
  expect(await faults(`${list}pk,b,\r\n`)).toEqual(['row 5 (line 6), column B: is the same device as row 4'])
  expect(await faults(`sep=,\r\n${list}pk,b,\r\n`)).toEqual(['row 5 (line 7), column B: is the same device as row 4'])
})

test('quotes hold commas, line ends and quotes', async () => {
  expect(await parse('product,name,secret\n"pk","a, ""b""","x\ny"')).toEqual([{ row: 2, product: 'pk', name: 'a, "b"', secret: 'x\ny' }])
})

test('fields that are written by the rules are read unchanged', async () => {
  const word = fc.stringMatching(/^[\w ,"';=|\n一-鿿-]{1,20}$/).filter((text) => text.trim() === text && !/'+[=-]/.test(text))
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(
        word.filter((text) => !text.includes('\n')),
        { minLength: 1, maxLength: 20 },
      ),
      word,
      async (names, secret) => {
        const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`
        const text = `product,name,secret\r\n${names.map((name) => `pk,${quote(name)},${quote(secret)}`).join('\r\n')}`
        expect((await parse(text)).map(({ name, secret: read }) => [name, read])).toEqual(names.map((name) => [name, secret]))
      },
    ),
    { numRuns: 50 },
  )
})

test('any text gives rows or faults', async () => {
  const text = fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a', ' ', 'product', 'name', '/', '&') })
  await fc.assert(
    fc.asyncProperty(text, async (rest) => {
      const outcome: unknown = await parse(`product,name\n${rest}`).catch((error: unknown) => error)
      expect(Array.isArray(outcome) || (outcome instanceof OtaError && outcome.faults.length > 0)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('every bad row is named with its number, column and fault, without the secret', async () => {
  const list = [
    'product,name,secret,gateway,tags',
    'pk,ok,,,',
    'pk,short',
    'pk,a&b,,,',
    ',noproduct,,,',
    'pk,ok,,,',
    'pk,gw,,nogateway,',
    `pk,t,,,${'x'.repeat(65)}`,
    'pk,"q"x,,,',
    'pk,open,"SECRET,,',
  ].join('\n')
  const found = await faults(list)
  expect(found).toEqual([
    'row 3: has 2 fields where the first row has 5',
    expect.stringMatching(/^row 4, column B: the device name contains "&"/),
    expect.stringMatching(/^row 5, column A: the product key is empty/),
    'row 6, column B: is the same device as row 2',
    expect.stringMatching(/^row 7, column D: .*pk\/dn/),
    expect.stringMatching(/^row 8, column E: a tag/),
    expect.stringMatching(/^row 9: text follows a closing quote/),
    expect.stringMatching(/^row 10: a quote is opened and never closed/),
  ])
  expect(found.join()).not.toContain('SECRET')
})

test('faults of gateways are listed with all others', async () => {
  const list = [
    'product,name,gateway',
    'pk,a,pk/none',
    'pk,b&c,',
    'pk,own,pk/own',
    'pk,under,pk/child',
    'pk,g,pk/hub',
    'pk,hub,',
    'pk,ok,pk/hub',
    'pk,deep,pk/ok',
    'pk,hub,pk/g',
    'pk,short',
    'pk,late,pk/short',
  ].join('\n')
  expect(await faults(list)).toEqual([
    'row 2, column C: the gateway pk/none is unknown; add it first, or in another row',
    expect.stringMatching(/^row 3, column B: the device name contains "&"/),
    'row 4, column C: a device cannot be its own gateway',
    'row 5, column C: the gateway pk/child is itself a sub-device, of pk/g',
    'row 6, column C: pk/g is itself a gateway',
    'row 9, column C: the gateway pk/ok is itself a sub-device, of pk/hub',
    'row 10, column B: is the same device as row 7',
    'row 11: has 2 fields where the first row has 3',
  ])
})

test('a gateway may be in any row: the devices without one come first', async () => {
  const names = async (text: string) => (await parse(text)).map(({ name, row }) => [name, row])
  expect(await names('product,name,gateway\npk,a,pk/hub\npk,b,\npk,hub,\n')).toEqual([
    ['b', 3],
    ['hub', 4],
    ['a', 2],
  ])
  expect(await faults('product,name,gateway\npk,a,pk/hub\npk,hub,pk/g\n')).toEqual([
    'row 2, column C: the gateway pk/hub is itself a sub-device, of pk/g',
  ])
})

test('a device that is a gateway cannot have one', async () => {
  expect(await faults('product,name,gateway\npk,hub,\npk,a,pk/hub\npk,g,pk/hub\n')).toEqual(['row 4, column C: pk/g is itself a gateway'])
  expect(await parse('product,name,gateway\npk,a,pk/g\npk,child,\n')).toHaveLength(2)
})

test('a first row with missing, unknown or repeated columns is refused', async () => {
  expect(await faults('')).toHaveLength(2)
  expect(await faults('pk,dn\n')).toEqual(expect.arrayContaining([expect.stringContaining('row 1, column A: the column "pk" is unknown')]))
  expect(await faults('product,name,name\n')).toEqual(['row 1, column C: the column name appears twice'])
  expect(await faults('product,name,sekret\n')).toEqual([expect.stringContaining('row 1, column C: the column "sekret" is unknown')])
  expect(await parse('product,name\n')).toEqual([])
})

test('at most a hundred faults are listed', async () => {
  expect(await faults(`product,name\n${'pk,&\n'.repeat(5000)}`)).toHaveLength(100)
})

test('other work runs while a long list is read', async () => {
  const list = `product,name\n${Array.from({ length: 20_000 }, (_, at) => `pk,device-${at}`).join('\n')}`
  let turns = 0
  const turn = setInterval(() => turns++, 0)
  expect(await parse(list)).toHaveLength(20_000)
  clearInterval(turn)
  expect(turns).toBeGreaterThan(3)
})

test('a list is the same wherever the pieces end in which it is read', async () => {
  const word = (at: number): string => ['n', '漢', '漢é', '漢é😀', '漢é😀x'][at % 5] ?? ''
  const ends = ['\n', '\r\n', '\r']
  const lines = Array.from(
    { length: 30_000 },
    (_, at) => `pk,"d${at}",${at % 3 === 0 ? `"s${word(at)}\r\n""${at}"` : word(at)}${ends[at % 3]}`,
  )
  const rows = await parse(`product,name,secret\n${lines.join('')}`)
  expect(rows).toHaveLength(30_000)
  const wanted = Array.from({ length: 30_000 }, (_, at) => (at % 3 === 0 ? `s${word(at)}\r\n"${at}` : word(at)))
  expect(rows.map(({ secret }) => secret)).toEqual(wanted)
  expect(rows.map(({ name }) => name)).toEqual(Array.from({ length: 30_000 }, (_, at) => `d${at}`))
  for (const [at, row] of rows.entries()) {
    expect(row.row).toBe(at + 2)
  }
})
